"""Every public callable, found by walking the package."""

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import pushforward as pf
from pushforward.result import Result

SPACES = ("geometry", "modular", "datasets", "extend", "latents", "settings", "studies", "results")
MADE_ELSEWHERE = (Result, pf.Generator, pf.Gaussian, *(getattr(pf.studies, name) for name in pf.studies.__all__))
"""Classes whose objects verbs make: nobody calls them."""
RECORDS = {"Decoded", "Digits", "DigitCNN", "Manifold", "PairMLP", "Pairs", "Planted", "Sprites", "Task"}
"""The same, among data sets and latents."""


@cache
def public() -> dict[str, tuple[type | None, str]]:
    """By a name such as `geometry.carry` or `results.Modules.lesion`: the class and the attribute's name."""
    names: dict[str, tuple[type | None, str]] = {}
    met: set[int] = set()
    for space in (None, *SPACES):
        room = pf if space is None else getattr(pf, space)
        for name in dir(pf) if space is None else room.__all__:
            value = getattr(room, name)
            if not callable(value) or id(value) in met:
                continue
            met.add(id(value))
            full = name if space is None else f"{space}.{name}"
            if not inspect.isclass(value):
                names[full] = None, name
            elif not is_abstract(value):
                names |= {f"{full}{'.' * bool(one)}{one}": (value, one) for one in calls_of(value)}
    return names


def is_abstract(cls: type) -> bool:
    return (inspect.isabstract(cls) and cls is not pf.Gaussian) or getattr(cls, "_is_protocol", False)


def calls_of(cls: type) -> Iterator[str]:
    """Public methods that the package defines, and "" for the constructor."""
    if not issubclass(cls, MADE_ELSEWHERE) and cls.__name__ not in RECORDS:
        yield ""
    for name in dir(cls):
        value: Any = inspect.getattr_static(cls, name)
        routine = inspect.isfunction(value) or isinstance(value, staticmethod | classmethod)
        ours = any(name in vars(base) and base.__module__.startswith("pushforward.") for base in cls.__mro__)
        if routine and ours and (name == "__call__" or not name.startswith("_")):
            yield name
