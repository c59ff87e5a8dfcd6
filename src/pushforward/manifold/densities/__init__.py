"""`density`: how likely a generator makes an input."""

from pushforward.manifold.densities.result import Density
from pushforward.manifold.densities.run import density, density_at

__all__ = [
    "Density",
    "density",
    "density_at",
]
