"""What public functions are given, checked against their annotations before anything is done with it."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import cache, wraps
from numbers import Real
from typing import Any, ParamSpec, TypeVar, get_type_hints

import torch
from torch import Tensor

from pushforward.errors import BadInput, WrongType
from pushforward.kinds import Kind, kind_of

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)
# How much of a wrong value a message shows
SHOWN = 60


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which refuses arguments that do not fit their annotations.

    Whole numbers and numbers of NumPy are taken. What is annotated as `object` is left to the function.

    >>> @checked
    ... def half(x: float, times: int = 1) -> float:
    ...     return x / 2**times
    >>> half("a")
    Traceback (most recent call last):
    pushforward.errors.WrongType: `half(x='a')`: a number is needed, not a str.
    """
    name = function.__qualname__.removesuffix(".__init__")
    kinds: dict[str, Kind] = {}
    order: list[str] = []
    rest: list[str] = []

    def prepare() -> None:
        parameters = inspect.signature(function).parameters.values()
        hints = get_type_hints(function, include_extras=True)
        kinds.update({p.name: kind for p in parameters if p.name in hints and (kind := kind_of(hints[p.name]))})
        order.extend(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
        rest.extend(p.name for p in parameters if p.kind is p.VAR_POSITIONAL)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not order and not kinds:
            prepare()
        if not kinds:
            return function(*args, **kwargs)
        for key, value in (*zip((*order, *rest * len(args)), args, strict=False), *kwargs.items()):
            kind = kinds.get(key)
            if kind is not None and not kind.fits(value):
                raise _refusal(name, key, value, kind)
        return function(*args, **kwargs)

    return call


def checked_class(cls: C) -> C:
    """The same class, whose constructor, call and public methods are `checked`."""
    for name, value in list(vars(cls).items()):
        if name.startswith("_") and name not in ("__init__", "__call__"):
            continue
        if inspect.isfunction(value):
            setattr(cls, name, checked(value))
        elif isinstance(value, staticmethod):
            setattr(cls, name, staticmethod(checked(value.__func__)))
    return cls


def check_fields(settings: Any) -> None:
    """Raise `BadInput` for a field of a dataclass that does not fit its annotation."""
    hints = _hints(type(settings))
    for field in (one for one in fields(settings) if one.init):
        kind, value = kind_of(hints[field.name]), getattr(settings, field.name)
        if kind is not None and not kind.fits(value):
            raise _refusal(type(settings).__name__, field.name, value, kind)


@cache
def _hints(cls: type) -> dict[str, object]:
    return get_type_hints(cls, include_extras=True)


def checked_index(call: str, index: Tensor, size: int) -> Tensor:
    """Numbers of `size` things as an index: integers from −size to size − 1, or a mask. Raises `BadInput`."""
    if index.dtype == torch.bool:
        fits = index.shape == (size,)
    else:
        fits = not (index.is_floating_point() or index.is_complex()) and bool(((index < size) & (index >= -size)).all())
    if not fits:
        raise BadInput(
            f"`{call}`: {tuple(index.shape)} of {str(index.dtype)[6:]} was given; integers from 0 to {size - 1} are "
            "needed."
        )
    return index if index.dtype == torch.bool else index.long()


def _refusal(function: str, name: str, value: object, kind: Kind) -> BadInput:
    """The error for an argument that does not fit."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    word = isinstance(value, str) and kind.choice
    said = number or word or value is None or isinstance(value, bool)  # by its value; else its type is told
    shown = repr(value) if said or isinstance(value, str | bytes) else "..."
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    what = kind.words if said else f"{kind.words} is needed, not {_described(value, kind)}"
    text = f"`{function}({name}={shown})`: {what}{' is needed' * said}{f'; use {kind.cure}' if kind.cure else ''}."
    return BadInput(text) if number or word else WrongType(text)


def _described(value: object, kind: Kind | None = None) -> str:
    if kind is not None and kind.each is not None and isinstance(value, list | tuple):
        wrong = [(i, part) for i, part in enumerate(value) if not kind.each.fits(part)]  # pyright: ignore[reportUnknownVariableType]
        if wrong:
            return f"a {type(value).__name__} whose item {wrong[0][0]} is {_described(wrong[0][1])}"
    if isinstance(value, Tensor) and value.is_nested:
        return "a nested tensor"
    if isinstance(value, Tensor):
        layout = "" if value.layout is torch.strided else f" {str(value.layout)[6:]}"
        return f"a{layout} tensor {tuple(value.shape)} of {str(value.dtype)[6:]} on {value.device}"
    return f"a {type(value).__name__}"
