"""Every latent that ships, in several sizes, for the tests of latents."""

from torch import Tensor

from pushforward.latents import (
    Annulus,
    Atlas,
    Circle,
    Cube,
    Disjoint,
    FigureEight,
    Gaussian,
    Interval,
    Klein,
    Latent,
    Moebius,
    Product,
    ProjectivePlane,
    Sphere,
    Torus,
)

CONNECTED: list[Latent] = [
    Gaussian(2),
    Interval(),
    Cube(2),
    Circle(),
    Sphere(2),
    Torus(2, radii=(2, 1)),
    Klein(),
    Moebius(),
    Annulus(),
    ProjectivePlane(),
    FigureEight(),
    Product([Circle(), Interval()]),
]
OTHERS: list[Latent] = [
    Gaussian(1),
    Gaussian(4),
    Cube(3),
    Sphere(1),
    Sphere(4),
    Torus(2),
    Torus(3, radii=(3, 1, 0.5)),
    Klein(radii=(2, 0.5)),
    Moebius(width=3, radius=0.5),
    Annulus(inner=0.2, outer=5),
    Atlas(4, 2),
    Atlas(3, 2, weights=[1, 4, 2]),
    Disjoint([Circle(), FigureEight(), Interval()], weights=[2, 1, 3]),
    Disjoint([Sphere(2), Product([Circle(), Interval()]), Moebius()]),
    Product([Sphere(2), Interval()]),
    Product([Gaussian(1), FigureEight()]),
]
"""Of one piece, and in other sizes or of several pieces."""
UNION = Disjoint([Sphere(2), Klein(), Product([Circle(), Interval()])], weights=[1, 2, 5])


def points(latent: Latent, n: int, seed: int = 0) -> Tensor:
    """Some points of a latent, in double precision.  -> (n width)"""
    return latent.project(latent.sample(n, seed=seed).double())
