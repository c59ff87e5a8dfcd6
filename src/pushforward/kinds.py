"""What annotations take: each as a `Kind`, and limits of numbers that annotations may have."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    is_typeddict,
)

import numpy as np
import torch
from torch import Tensor

# What has more forms is left to the function, which says better what is needed.
FORMS = 5
CURES = {
    "Neurons": ("`pf.Neurons`", "`pf.Neurons(model)`"),
    "Module": ("`torch.nn.Module`", ""),
    "Inputs": ("`pf.extend.Inputs`", "`pf.Gaussian.fit(X)`, or anything that has `chart(x)`"),
    "Generator": ("`pf.Generator`", "`pf.Generator.fit(X, latent)` or `pf.Generator.wrap(model, latent)`"),
    "Generates": ("generator", "`pf.Generator.fit(X, latent)`, or anything with `latent`, `encode(x)` and a call"),
    "Latent": ("latent of `pf.latents`", "such as `pf.latents.Circle()`"),
}
"""By the name of a class: what it is called in messages, and where one comes from."""
FLOAT8 = [t for t in vars(torch).values() if isinstance(t, torch.dtype) and t.is_floating_point and t.itemsize == 1]
# What tensors are kept in, and hardly ever computed with.
ONLY_STORED = {torch.uint16, torch.uint32, torch.uint64, *FLOAT8}
# No count is so large: the integers of tensors end before.
LARGE = 2**63


@dataclass(frozen=True)
class Least:
    """Of a number's annotation: the least that it may be; it is finite."""

    value: float

    def __call__(self, value: float) -> bool:
        """Whether a number may be so small."""
        return LARGE > value >= self.value

    def __str__(self) -> str:
        return f"of at least {self.value:g}"


@dataclass(frozen=True)
class Within:
    """Of a number's annotation: between which it may lie, ends included."""

    low: float
    high: float

    def __call__(self, value: float) -> bool:
        """Whether a number lies there."""
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"in [{self.low:g}, {self.high:g}]"


Count = Annotated[int, Least(1)]
"""How many there are: one or more."""
Share = Annotated[float, Within(0, 1)]
"""A part of a whole."""
Own = "the function says better what is needed"
Size = Annotated[float, Least(0)]
"""How large something is."""


BITS = Within(-(2**63), 2**64 - 1)


class Kind:
    """What an annotation takes: `fits(value)`, and `words` that say what is needed; `choice`: one of a few words.

    `each`: what every item of a sequence must be.
    """

    def __init__(
        self,
        words: str,
        fits: Callable[[Any], bool],
        cure: str = "",
        *,
        choice: bool = False,
        each: "Kind | None" = None,
    ):
        self.words, self.fits, self.cure, self.choice, self.each = words, fits, cure, choice, each


def kind_of(annotation: object) -> Kind | None:
    """What an annotation takes; None for one that takes anything, or that cannot be told at run time."""
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, TypeVar) and annotation.__bound__ is not None:
        return kind_of(annotation.__bound__)
    if origin is Annotated:
        return _limited(args[0], args[1:])
    if origin in (Union, UnionType):
        return _any_of(args)
    if origin is Literal:
        return Kind(
            _either(map(repr, args)), lambda value: type(value) in map(type, args) and value in args, choice=True
        )
    if origin in (Sequence, list, tuple, set, frozenset):
        return _sequence(origin, args)
    if origin in (Mapping, dict):
        return _mapping(args)
    if origin is Callable or annotation is Callable:
        return Kind("a function", callable)
    return _PLAIN.get(annotation) or _of_class(origin or annotation)


def _of_class(cls: object) -> Kind | None:
    if not isinstance(cls, type) or cls in (object, type, Any) or is_typeddict(cls):
        return None
    if getattr(cls, "_is_protocol", False) and not getattr(cls, "_is_runtime_protocol", False):
        return None
    name, cure = CURES.get(cls.__name__, (f"`{cls.__name__}`", ""))
    known: set[type] = set()  # protocols are slow to ask

    def fits(value: object) -> bool:
        if type(value) not in known and isinstance(value, cls):
            known.add(type(value))
        return type(value) in known

    return Kind(f"a {name}", fits, cure)


def _limited(annotation: object, limits: tuple[object, ...]) -> Kind | None:
    if Own in limits:
        return None
    kind, own = kind_of(annotation), [limit for limit in limits if isinstance(limit, Least | Within)]
    if kind is None:
        return None
    words = " ".join([kind.words, *map(str, own)])
    return Kind(words, lambda value: kind.fits(value) and all(limit(value) for limit in own))


def _any_of(annotations: tuple[object, ...]) -> Kind | None:
    if int in annotations and torch.Generator in annotations:
        annotations = (_SEED, *(part for part in annotations if part not in (int, torch.Generator)))
    kinds = [part if isinstance(part, Kind) else kind_of(part) for part in annotations]
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds) or len(known) > FORMS:
        return None
    words = [kind.words for kind in known if kind.words != "None"]
    cures = [kind.cure for kind in known if kind.cure]
    each = next((kind.each for kind in known if kind.each), None)
    return Kind(_either(words), lambda value: any(kind.fits(value) for kind in known), " or ".join(cures), each=each)


def _sequence(origin: Any, args: tuple[object, ...]) -> Kind | None:
    """A sequence is no string; its parts are looked at as well."""
    if origin is tuple and args and args[-1] is not ...:
        return _tuple([kind_of(part) for part in args])
    each = kind_of(args[0]) if args else None
    cls: type = Sequence if origin is list else origin
    some = "items" if each is None else f"items, each {each.words}"

    def fits(value: Any) -> bool:
        if not isinstance(value, cls) or isinstance(value, str | bytes):
            return False
        return each is None or all(each.fits(part) for part in value)

    return Kind(f"a {'list' if cls is Sequence else cls.__name__} of {some}", fits, each=each)


def _tuple(kinds: list[Kind | None]) -> Kind:
    def fits(value: object) -> bool:
        if not isinstance(value, tuple | list) or len(value) != len(kinds):
            return False
        return all(kind is None or kind.fits(part) for kind, part in zip(kinds, value, strict=True))

    return Kind(f"a tuple ({', '.join(kind.words if kind else 'anything' for kind in kinds)})", fits)


def _mapping(args: tuple[object, ...]) -> Kind:
    kinds = [kind_of(part) for part in args] or [None, None]
    keys, values = (kind or Kind("anything", lambda _: True) for kind in kinds)

    def fits(value: object) -> bool:
        return isinstance(value, Mapping) and all(keys.fits(k) and values.fits(v) for k, v in value.items())

    return Kind(f"a dict from {keys.words} to {values.words}", fits)


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def is_dense(value: object) -> bool:
    """Whether this is a tensor of real numbers that can be computed with."""
    if not isinstance(value, Tensor) or value.layout is not torch.strided or value.is_meta or value.is_nested:
        return False
    return not (value.is_complex() or value.is_quantized or value.dtype in ONLY_STORED)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and -LARGE <= int(value) < 2 * LARGE


def _is_number(value: object) -> bool:
    return _is_whole(value) or isinstance(value, float | np.floating)


def is_seed(value: object) -> bool:
    """Whether random numbers can follow from it: an integer, or a generator on the CPU."""
    if isinstance(value, torch.Generator):
        return value.device.type == "cpu"
    return isinstance(value, Integral) and not isinstance(value, bool)


_SEED = Kind("an integer or a `torch.Generator` on the CPU", is_seed)
_PLAIN: Mapping[object, Kind] = {
    int: Kind("a whole number", _is_whole),
    float: Kind("a number", _is_number),
    bool: Kind("True or False", lambda v: type(v).__name__ in ("bool", "bool_")),
    str: Kind("a string", lambda v: isinstance(v, str)),
    Path: Kind("a path", lambda v: isinstance(v, Path)),
    None: Kind("None", lambda v: v is None),
    NoneType: Kind("None", lambda v: v is None),
    Tensor: Kind("a dense tensor of real numbers", is_dense),
}
