"""Differential geometry of generators and of any map: distances, shortest paths, and directions carried along them.

>>> from torch import tensor
>>> metric(lambda z: 2 * z, tensor([0.0, 1.0]))
tensor([[4., 0.],
        [0., 4.]])
"""

from pushforward.manifold import (
    carry,
    distances,
    exponential,
    fit_atlas,
    geodesic,
    holonomy,
    metric,
    straight_line,
    transport,
)

__all__ = [
    "carry",
    "distances",
    "exponential",
    "fit_atlas",
    "geodesic",
    "holonomy",
    "metric",
    "straight_line",
    "transport",
]
