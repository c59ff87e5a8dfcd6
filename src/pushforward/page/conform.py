"""Whether a value is what a `TypedDict` of the schema says: its keys, and the type of everything in it."""

from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict


def flaws(value: object, kind: Any, where: str = "scene") -> list[str]:
    """Everything about a value that its type does not allow, each with its place; empty if it conforms.

    >>> from pushforward.page.schema import LayerCount
    >>> flaws({"layer": 1}, LayerCount)
    ["scene: 'neurons' is missing"]
    >>> flaws({"layer": 1, "neurons": "2"}, LayerCount)
    ['scene.neurons: a str, int is needed']
    """
    if is_typeddict(kind):
        return _dict(value, kind, where)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        tries = [flaws(value, one, where) for one in inner]
        return min(tries, key=lambda some: (any(flaw.startswith(f"{where}: a ") for flaw in some), len(some)))
    if origin is Literal:
        return [] if value in inner else [f"{where}: {value!r}, one of {inner} is needed"]
    if origin is NotRequired:
        return flaws(value, inner[0], where)
    if origin is list:
        return _list(value, inner[0], where)
    if origin is tuple:
        return _tuple(value, inner, where)
    if origin is dict:
        if not isinstance(value, dict):
            return [_said(value, kind, where)]
        return [flaw for key, part in value.items() for flaw in flaws(part, inner[1], f"{where}[{key!r}]")]
    return [] if _plain(value, kind) else [_said(value, kind, where)]


def _dict(value: object, kind: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [_said(value, kind, where)]
    hints = get_type_hints(kind, include_extras=True)
    needed = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    out = [f"{where}: {name!r} is missing" for name in sorted(needed - set(value))]
    out += [f"{where}: {name!r} is unknown" for name in sorted(set(value) - set(hints))]
    for name in hints:
        if name in value:
            out += flaws(value[name], hints[name], f"{where}.{name}")
    return out


def _list(value: object, kind: Any, where: str) -> list[str]:
    if not isinstance(value, list | tuple):
        return [_said(value, list, where)]
    return [flaw for i, part in enumerate(value) for flaw in flaws(part, kind, f"{where}[{i}]")]


def _tuple(value: object, kinds: tuple[Any, ...], where: str) -> list[str]:
    """A tuple, or the list that it becomes in JSON."""
    if not isinstance(value, list | tuple) or len(value) != len(kinds):
        return [f"{where}: {value!r:.40}, a tuple of {len(kinds)} is needed"]
    pairs = zip(value, kinds, strict=True)
    return [flaw for i, (part, kind) in enumerate(pairs) for flaw in flaws(part, kind, f"{where}[{i}]")]


def _plain(value: object, kind: Any) -> bool:
    """Whether a plain value is of its type; numbers are whole or not, and neither NaN nor infinite."""
    if kind is object:
        return True
    if kind in (None, NoneType):
        return value is None
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _said(value: object, kind: Any, where: str) -> str:
    return f"{where}: a {type(value).__name__}, {getattr(kind, '__name__', kind)} is needed"
