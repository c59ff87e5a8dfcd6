"""Points, velocities and codes as the methods of a latent are given them: floating-point tensors of its widths."""

import inspect
from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import torch
from torch import Tensor

from pushforward.arguments import checked
from pushforward.errors import BadInput

WIDTHS = {
    "z": ("width", "points"),
    "y": ("width", "points"),
    "v": ("dim", "velocities"),
    "codes": ("code_count", "codes"),
    "features": ("feature_count", "features"),
}
"""By the name of an argument: the attribute of the latent that says its width, and what it is."""
METHODS = (
    *(
        "features",
        "from_features",
        "decode",
        "miss",
        "project",
        "within",
        "frame",
        "metric",
        "move",
        "distance",
        "log_density",
    ),
)


def guard(cls: type) -> None:
    """Make the methods that a class of latents defines refuse what cannot be points of it."""
    for name, method in list(vars(cls).items()):
        if not inspect.isfunction(method) or getattr(method, "__isabstractmethod__", False):
            continue
        if name in METHODS:
            setattr(cls, name, _guarded(method))
        elif name in ("sample", "weighted", "__init__"):
            setattr(cls, name, checked(method))


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    names = list(inspect.signature(method).parameters)[1:]

    @wraps(method)
    def call(self: object, *args: object, **kwargs: object) -> object:
        rows: dict[str, Tensor] = {}
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            if name in WIDTHS:
                rows[name] = _checked(self, method.__name__, name, value)
        lengths, devices = {len(t) for t in rows.values()} - {1}, {t.device for t in rows.values()}
        dtypes = {t.dtype for t in rows.values()}
        if len(lengths) > 1 or len(devices) > 1:
            said = ", ".join(f"{name} {tuple(t.shape)} on {t.device}" for name, t in rows.items())
            raise BadInput(f"`{type(self).__name__}.{method.__name__}`: as many rows of each are needed, not {said}.")
        if len(dtypes) < 2:
            return method(self, *args, **kwargs)
        widest = reduce(torch.promote_types, dtypes)
        wide = {name: t.to(widest) for name, t in rows.items()}
        alike = [wide.get(name, value) for name, value in zip(names, args, strict=False)]
        return method(self, *alike, **{name: wide.get(name, value) for name, value in kwargs.items()})

    return call


def _checked(latent: object, method: str, name: str, value: object) -> Tensor:
    attribute, what = WIDTHS[name]
    width = getattr(latent, attribute)
    if isinstance(value, Tensor):
        plain = (
            value.layout is torch.strided and not value.is_nested and value.is_floating_point() and value.itemsize > 1
        )
        if plain and value.ndim == 2 and value.shape[1] == width:
            return value
        given = (
            "a nested one" if value.is_nested else f"{tuple(value.shape)} of {str(value.dtype)[6:]} on {value.device}"
        )
    else:
        given = type(value).__name__
    raise BadInput(
        f"`{type(latent).__name__}.{method}({name})`: {what} are a floating-point tensor (n, {width}), not {given}."
    )
