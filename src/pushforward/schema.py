"""What the annotations of a dataclass say of its value: which classes it may hold, and how plain JSON becomes one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Code:
    """How a field whose class has a form of its own in JSON is written and read."""

    write: Callable[..., object]
    read: Callable[..., object]


def coded(write: Callable[..., object], read: Callable[..., object]) -> dict[str, Code]:
    """The metadata of such a field, for `field(metadata=coded(write, read))`."""
    return {"code": Code(write, read)}


def saved(kind: type) -> "list[Field[object]]":
    """The fields that are part of a dataclass's value: one with `compare=False` only refers to something."""
    return [f for f in fields(kind) if f.compare]  # pyright: ignore[reportArgumentType]


def codes(kind: object) -> dict[str, Code]:
    """The codes of a dataclass's fields, by name."""
    return {f.name: f.metadata["code"] for f in fields(kind) if "code" in f.metadata} if is_dataclass(kind) else {}


def names(kind: object) -> dict[str, str]:
    """What fields that were renamed are called now, by the name they had: `field(metadata={"was": "old"})`."""
    return {f.metadata["was"]: f.name for f in fields(kind) if "was" in f.metadata} if is_dataclass(kind) else {}


def is_record(kind: object) -> bool:
    """Whether this is a dataclass or a NamedTuple."""
    return isinstance(kind, type) and (is_dataclass(kind) or hasattr(kind, "_fields"))


@cache
def hints(kind: type) -> dict[str, object]:
    """The types of the fields of a dataclass or NamedTuple, by name."""
    types: dict[str, object] = get_type_hints(kind)
    own = [f.name for f in saved(kind)] if is_dataclass(kind) else list(getattr(kind, "_fields"))  # noqa: B009
    return {name: types[name] for name in own}


@cache
def classes(kind: type) -> dict[str, type]:
    """A dataclass and all those that its fields may hold, by name: nothing else is ever made from a file."""
    known: dict[str, type] = {}
    _collect(kind, known)
    return known


def _collect(hint: object, known: dict[str, type]) -> None:
    if isinstance(hint, type) and is_record(hint) and hint.__name__ not in known:
        known[hint.__name__] = hint
        for inner in hints(hint).values():
            _collect(inner, known)
    for inner in get_args(hint):
        _collect(inner, known)


def filled(hint: object, value: object) -> object:
    """Plain JSON as what an annotation says: tuples for lists, whole numbers for keys, dataclasses for objects.

    >>> filled(dict[int, tuple[int, ...]], {"2": [1, 1]})
    {2: (1, 1)}
    """
    if get_origin(hint) in (Union, UnionType):
        [*one] = (part for part in get_args(hint) if part is not NoneType)
        return value if value is None or len(one) > 1 else filled(one[0], value)
    if hint is int and isinstance(value, str):
        return int(value)
    if isinstance(hint, type) and is_record(hint) and isinstance(value, Mapping | list):
        return _record(hint, value)
    arguments = get_args(hint)
    if isinstance(value, list):
        items = cast("list[object]", value)
        each = arguments[:1] * len(items) if Ellipsis in arguments else arguments
        return tuple(filled(*pair) for pair in zip(each, items, strict=True))
    if isinstance(value, Mapping) and len(arguments) == 2:
        return {filled(arguments[0], key): filled(arguments[1], part) for key, part in value.items()}
    return value


def _record(kind: type, value: Mapping[str, object] | list[object]) -> object:
    """A dataclass or NamedTuple of its fields, by name or in order; its `GONE` are fields that it once had."""
    types, own = hints(kind), codes(kind)
    named = value if isinstance(value, Mapping) else dict(zip(types, value, strict=True))
    now = names(kind)
    gone: frozenset[str] = getattr(kind, "GONE", frozenset())
    named = {now.get(name, name): part for name, part in named.items() if name not in gone}
    return kind(**{
        name: own[name].read(part) if name in own else filled(types[name], part) for name, part in named.items()
    })  # fmt: skip


def mismatch(hint: object, value: object, name: str = "") -> str | None:
    """What keeps a value from being what an annotation says, with its place in it; None if nothing does.

    >>> mismatch(tuple[int, ...], (1, 2)), mismatch(dict[str, float], {"a": "b"})
    (None, "['a'] is str, not float")
    """
    if get_origin(hint) in (Union, UnionType):
        each = [mismatch(part, value, name) for part in get_args(hint)]
        return None if None in each else " and ".join(map(str, each))
    if get_origin(hint) is Literal:
        return None if value in get_args(hint) else f"{name} is {value!r}, not one of {get_args(hint)}"
    kind = get_origin(hint) or hint
    if not isinstance(kind, type) or kind is object:
        return None
    wide = (int, float) if kind is float else kind
    if not isinstance(value, wide) or (isinstance(value, bool) and kind in (int, float)):
        return f"{name or 'it'} is {type(value).__name__}, not {kind.__name__}"
    parts = _parts(kind, get_args(hint), value, name)
    if parts is None:
        return f"{name} has {len(cast('tuple[object, ...]', value))} parts, not {len(get_args(hint))}"
    return next((one for one in (mismatch(*part) for part in parts) if one is not None), None)


def _parts(kind: type, inner: tuple[Any, ...], value: Any, name: str) -> list[tuple[object, object, str]] | None:
    """Annotations, values and places of what a value holds; None where there are too many or too few."""
    if is_record(kind):
        fields = [key for key in hints(kind) if key not in codes(kind)]
        return [(hints(kind)[key], getattr(value, key), f"{name}.{key}" if name else key) for key in fields]
    if isinstance(value, Mapping) and len(inner) == 2:
        keys = [(inner[0], key, f"a key of {name}") for key in value]
        return keys + [(inner[1], part, f"{name}[{key!r}]") for key, part in value.items()]
    if isinstance(value, tuple) and inner and Ellipsis not in inner:
        return (
            None
            if len(inner) != len(value)
            else [(*pair, f"{name}[{i}]") for i, pair in enumerate(zip(inner, value, strict=True))]
        )
    if isinstance(value, tuple | list | Sequence) and inner and not isinstance(value, str):
        return [(inner[0], part, f"{name}[{i}]") for i, part in enumerate(value)]
    return []
