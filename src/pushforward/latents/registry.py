"""Latents as JSON and back: by the name of their class and the arguments of its constructor."""

import inspect
from collections.abc import Iterator, Mapping

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.latents.latent import Latent

# Of dimensions, charts and radii in a file.
MOST = 10**6


@checked
def save(latent: Latent) -> dict[str, object]:
    """The name of the latent's class and the arguments of its constructor, ready for JSON.

    >>> from pushforward.latents import Sphere
    >>> save(Sphere(2))
    {'latent': 'Sphere', 'dim': 2}
    """
    return {"latent": type(latent).__name__, **latent.spec()}


def load(saved: Mapping[str, object]) -> Latent:
    """The latent that `save` wrote, and all those inside it.

    Classes of your own are known by their name, once the module that defines them has been imported.
    Raises `BadInput` for an unknown name, and for arguments the class does not take.

    >>> load({"latent": "Torus", "dim": 2, "radii": [2.0, 1.0]})
    Torus(dim=2, radii=[2.0, 1.0])
    """
    name = saved.get("latent") if isinstance(saved, dict) else None
    if not isinstance(name, str):
        raise BadInput(
            f"`latents.load({saved!r})`: a dict with the name of a latent under 'latent' is needed. Use `latents.save`."
        )
    arguments = {key: _inner(value) for key, value in saved.items() if key != "latent"}
    try:
        return _named(name)(**arguments)
    except TypeError as reason:
        raise BadInput(
            f"`latents.load({saved!r})`: {reason}. `spec()` must return the arguments of the constructor, by name."
        ) from None


def _inner(value: object) -> object:
    if isinstance(value, dict) and "latent" in value:
        return load(value)
    if isinstance(value, int | float) and not abs(value) <= MOST:
        raise BadInput(f"`latents.load(...)`: {value} is no number or size that a latent has; {MOST:,} is the most.")
    return [_inner(item) for item in value] if isinstance(value, list) else value


def _named(name: str) -> type[Latent]:
    """The class of that name; where one definition was run again (in a notebook), the newest."""
    kinds = {kind.__module__: kind for kind in _finals(Latent) if kind.__name__ == name}
    if not kinds:
        known = sorted({kind.__name__ for kind in _finals(Latent)})
        raise BadInput(
            f"there is no latent {name!r}. Known: {', '.join(known)}. One of your own, a subclass of `latents.Latent`, "
            "is known as soon as the module that defines it is imported: import it first."
        )
    if len(kinds) > 1:
        raise BadInput(
            f"several latents are called {name!r}, in {' and '.join(kinds)}. Rename yours: files know it by name."
        )
    return next(iter(kinds.values()))


def _finals(kind: type[Latent]) -> Iterator[type[Latent]]:
    for each in kind.__subclasses__():
        if not inspect.isabstract(each):
            yield each
        yield from _finals(each)
