"""Values as JSON and named tensors, and back: one way for every result to be written, read and compared.

>>> tensors = {}
>>> encode((1.5, float("inf"), {2: torch.ones(2)}), tensors)
{'tuple': [1.5, {'float': 'inf'}, {'dict': [[2, {'tensor': '2.2'}]]}]}
>>> decode({"dict": [[2, {"tensor": "2.2"}]]}, tensors, {})
{2: tensor([1., 1.])}
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

import numpy as np
import torch
from torch import Tensor

from pushforward import store
from pushforward.errors import BadInput, UnreadableFile
from pushforward.schema import classes, codes, filled, is_record, mismatch, names, saved

STAMP = ("kind", "format", "library")
"""What every header has."""
OUTLINE = "outline"
"""Of packed values the tensor that says what the others are; no other has such a name."""
BROKEN = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError)
"""What may come of making a value from a damaged file."""
T = TypeVar("T")
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Kinds = Mapping[str, Callable[..., object]]


def write(value: object, path: str | Path) -> Path:
    """Write a dataclass to one safetensors file, atomically; its class is the kind of the file. Raises `BadInput`."""
    tensors: dict[str, Tensor] = {}
    outline = encode(value, tensors)
    header = {"kind": type(value).__name__, "content": outline}
    return store.save(path, {name: t.clone() for name, t in tensors.items()}, header)  # no two names of one memory


def read(path: str | Path, kind: type[T]) -> T:
    """The dataclass in a file that `write` wrote, or version 0.1 of the library. Raises `UnreadableFile`."""
    tensors, header = store.load(path, kind.__name__)
    age = header.get("format", 1)
    try:
        if "content" in header or age > 1:
            value = decode(header["content"], tensors, classes(kind))
        else:
            value = filled(kind, {name: part for name, part in header.items() if name not in STAMP} | tensors)
        wrong = mismatch(kind, value)
    except BROKEN as reason:
        raise _unfit(path, kind, age, str(reason)) from reason
    if wrong is not None or not isinstance(value, kind):
        raise _unfit(path, kind, age, wrong or f"it makes a {type(value).__name__}")
    return value


def packed(value: object) -> dict[str, Tensor]:
    """A dataclass as tensors alone, for other processes; `unpacked` reads it.

    >>> from pushforward.linear import SVD
    >>> torch.equal(unpacked(packed(SVD(torch.ones(2), torch.ones(1), torch.ones(3))), SVD).U, torch.ones(2))
    True
    """
    tensors: dict[str, Tensor] = {}
    outline = json.dumps(encode(value, tensors)).encode()
    return {**tensors, OUTLINE: torch.frombuffer(bytearray(outline), dtype=torch.uint8)}


def unpacked(tensors: Mapping[str, Tensor], kind: type[T]) -> T:
    """The dataclass of which `packed` made some tensors."""
    outline = json.loads(bytes(tensors[OUTLINE].tolist()))
    return cast(T, decode(outline, dict(tensors), classes(kind)))


def _unfit(path: str | Path, kind: type, age: int, reason: str) -> UnreadableFile:
    if age < store.FORMAT:
        return UnreadableFile(
            f"{path} was written by version 0.1 of pushforward, and this version cannot make a {kind.__name__} of it "
            f"({reason}). Compute it again, or read it with version 0.1."
        )
    return damaged(path, kind, reason)


def damaged(path: str | Path, kind: type, reason: str) -> UnreadableFile:
    """The error that says what keeps a file from holding a value of some class."""
    return UnreadableFile(f"{path} is damaged: it holds no whole {kind.__name__} ({reason}). Save it again.")


def same(a: object, b: object) -> bool:
    """Whether two values would be written the same: tensors of one dtype, shape and content, where NaN equals NaN."""
    if a is b:
        return True
    first: dict[str, Tensor] = {}
    second: dict[str, Tensor] = {}
    if encode(a, first) != encode(b, second):
        return False
    return all(_equal(t, second[name]) for name, t in first.items())


def _equal(a: Tensor, b: Tensor) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if not a.is_floating_point():
        return torch.equal(a, b)
    a, b = (t.float() if t.dtype.itemsize < 2 else t for t in (a, b))  # numbers of 8 bits cannot be compared
    return bool(((a == b) | (a.isnan() & b.isnan())).all())


def encode(value: object, tensors: dict[str, Tensor], name: str = "") -> Json:
    """A value as standard JSON; its tensors go into `tensors`, named by their place in the value.

    Known are numbers, strings, None, tensors and arrays, and tuples, lists, mappings, dataclasses and NamedTuples of
    what is known. Raises `BadInput` for others.
    """
    if isinstance(value, Tensor | np.ndarray):
        return _placed(torch.as_tensor(np.array(value) if isinstance(value, np.ndarray) else value), tensors, name)
    if isinstance(value, np.generic):
        return encode(value.item(), tensors, name)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    if value is None or isinstance(value, bool | int | str):
        return value
    inner = lambda key, part: encode(part, tensors, f"{name}.{key}" if name else str(key))  # noqa: E731
    if is_record(type(value)):
        return {"of": type(value).__name__, "fields": {key: inner(key, part) for key, part in _parts(value)}}
    if isinstance(value, Mapping):
        return {"dict": [[encode(key, tensors), inner(key, part)] for key, part in value.items()]}
    if isinstance(value, tuple | list):
        parts = [inner(i, part) for i, part in enumerate(cast("list[object]", value))]
        return {"tuple": parts} if isinstance(value, tuple) else parts
    raise BadInput(
        f"`save`: {name or 'this'} is {type(value).__name__}, which has no form in a file. Numbers, strings, tensors, "
        "and tuples, lists and dicts of them have."
    )


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """The fields of a dataclass or NamedTuple, by name, as they are written."""
    if not is_dataclass(value):
        yield from zip(getattr(value, "_fields"), cast("tuple[object, ...]", value), strict=True)  # noqa: B009
        return
    own = codes(type(value))
    for f in saved(type(value)):
        part = getattr(value, f.name)
        yield f.name, own[f.name].write(part) if f.name in own and part is not None else part


def _placed(t: Tensor, tensors: dict[str, Tensor], name: str) -> Json:
    name = name or "value"
    while name in tensors:
        name += "'"
    t = t.detach().cpu().resolve_conj()
    tensors[name] = torch.view_as_real(t) if t.is_complex() else t  # files have no complex numbers of 128 bits
    return {"complex" if t.is_complex() else "tensor": name}


def decode(outline: Json, tensors: dict[str, Tensor], kinds: Kinds) -> object:
    """The value that `encode` wrote, with the classes named in `kinds` and no others."""
    again = lambda part: decode(part, tensors, kinds)  # noqa: E731
    if isinstance(outline, list):
        return [again(part) for part in outline]
    if not isinstance(outline, dict):
        return outline
    if "of" in outline:
        kind, parts = kinds[cast(str, outline["of"])], cast("dict[str, Json]", outline["fields"])
        return _build(kind, {key: again(part) for key, part in parts.items()})
    [(what, inner)] = outline.items()
    match what:
        case "tensor":
            return tensors[cast(str, inner)]
        case "complex":
            return torch.view_as_complex(tensors[cast(str, inner)])
        case "float":
            return float(cast(str, inner))
        case "tuple":
            return tuple(again(part) for part in cast("list[Json]", inner))
        case "dict":
            return {again(key): again(part) for key, part in _pairs(inner)}
        case _:
            raise ValueError(f"{what!r} is unknown")


def _build(kind: Callable[..., object], values: dict[str, object]) -> object:
    own, now = codes(kind), names(kind)
    values = {now.get(key, key): part for key, part in values.items()}
    return kind(**{
        key: own[key].read(part) if key in own and part is not None else part for key, part in values.items()
    })  # fmt: skip


def _pairs(inner: Json) -> "list[list[Json]]":
    """Keys and values of a dict; the first format had an object of JSON, with strings for keys."""
    return [[*pair] for pair in inner.items()] if isinstance(inner, dict) else cast("list[list[Json]]", inner)
