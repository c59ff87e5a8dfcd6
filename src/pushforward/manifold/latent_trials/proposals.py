"""Which latents are tried, and in which proportions."""

from collections.abc import Callable

from pushforward.errors import BadInput
from pushforward.latents import (
    Annulus,
    Circle,
    Cube,
    Disjoint,
    FigureEight,
    Interval,
    Klein,
    Latent,
    Moebius,
    ProjectivePlane,
    Sphere,
    Torus,
)

SHAPES: dict[type[Latent], Callable[[Latent], list[Latent]]] = {
    Torus: lambda latent: _tori(latent.dim),
    Klein: lambda _: [Klein((2 * ratio, 1.0)) for ratio in (0.35, 0.7, 1.4, 2.8)],
    Moebius: lambda _: [Moebius(width) for width in (0.25, 0.5, 1.0, 2.0)],
    Annulus: lambda _: [Annulus(inner) for inner in (0.35, 0.6, 0.8)],
}
"""A narrow hole could be closed, unseen, and an annulus would fit a disc: rims of these are far apart."""


def candidates(dim: int) -> list[Latent]:
    """The manifolds of dimension `dim` that are tried when none are named.

    >>> candidates(1)
    [Interval(), Circle(), FigureEight(), Disjoint(latents=[Circle(), Circle()], weights=[1.0, 1.0])]
    """
    if dim < 1:
        raise BadInput(f"`candidates({dim})`: the dimension must be at least 1.")
    if dim == 1:
        return [Interval(), Circle(), FigureEight(), Disjoint([Circle(), Circle()])]
    if dim == 2:
        return [Cube(2), Annulus(), Moebius(), Sphere(2), Torus(2), Klein(), ProjectivePlane()]
    return [Cube(dim), Sphere(dim), Torus(dim)]


def shapes(latent: Latent) -> list[Latent]:
    """The same manifold in several proportions, where it has any to choose; the data decide.

    >>> [shape.spec()["width"] for shape in shapes(Moebius())]
    [1.0, 0.25, 0.5, 2.0]
    """
    others = SHAPES.get(type(latent), lambda _: [])(latent)
    return [latent, *(other for other in others if other.spec() != latent.spec())]


def _tori(dim: int) -> list[Latent]:
    if dim != 2:
        return [Torus(dim)]
    return [Torus(2, (ratio, 1.0)) for ratio in (1.0, 1.5, 2.3, 3.5)]
