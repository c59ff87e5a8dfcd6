"""Every public object of pushforward, by the page of the reference on which it stands."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

import pushforward as pf

HELPERS = {
    "Random numbers": ("pushforward.rng", ("normal", "uniform")),
    "Is a network fit for it?": ("pushforward.net", ("diagnose",)),
    "Figures as files": ("pushforward.show.figures", ("figure_png", "figure_svg", "contrast_gif")),
    "Charts of inputs": ("pushforward.inputs", ("LinearChart",)),
}
"""What the guides use beside the public names, by subject."""


class Public(NamedTuple):
    """A public object under its one public address."""

    address: str
    value: object

    @property
    def name(self) -> str:
        """Without the namespace."""
        return self.address.rpartition(".")[2]


def verbs() -> list[Public]:
    """What `pf` itself holds, without its namespaces."""
    names = [name for name in dir(pf) if name not in pf.NAMESPACES and not name.startswith("__")]
    return [Public(f"pushforward.{name}", getattr(pf, name)) for name in names]


def members(space: str) -> list[Public]:
    """What a namespace holds."""
    room = import_module(f"pushforward.{space}")
    names = getattr(room, "__all__", None) or [name for name, value in vars(room).items() if inspect.isclass(value)]
    return [Public(f"pushforward.{space}.{name}", getattr(room, name)) for name in sorted(names)]


def helpers() -> dict[str, list[Public]]:
    """`HELPERS`, loaded."""
    return {
        title: [Public(f"{room}.{name}", getattr(import_module(room), name)) for name in names]
        for title, (room, names) in HELPERS.items()
    }


def aids() -> list[Public]:
    """`HELPERS` without their subjects."""
    return [one for some in helpers().values() for one in some]


def everything() -> list[Public]:
    """All of it; an object with two addresses, such as `pf.modularity`, comes twice."""
    return [*verbs(), *(one for space in pf.NAMESPACES for one in members(space)), *aids()]


def methods(value: type) -> Iterator[tuple[str, object]]:
    """Public methods and properties of a class that pushforward wrote, in the order of their names.

    What all results share is on the page of results, once.
    """
    from pushforward.result import Result

    shared = set(vars(Result)) if value is not Result else set()
    for name in sorted(dir(value)):
        attribute = inspect.getattr_static(value, name)
        home = next((base for base in value.__mro__ if name in vars(base)), object)
        if name.startswith("_") or name in shared or not home.__module__.startswith("pushforward"):
            continue
        plain = attribute.__func__ if isinstance(attribute, classmethod | staticmethod) else attribute
        if inspect.isfunction(plain) or isinstance(plain, property):
            yield name, attribute


def example(value: object) -> bool:
    """Whether the docstring, or that of a method, shows an object at work."""
    own = [value, *(getattr(value, name) for name, _ in methods(value))] if inspect.isclass(value) else [value]
    return any(">>> " in (one.__doc__ or "") for one in own)


def line_of(value: object) -> str:
    """The first sentence of a docstring."""
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())
