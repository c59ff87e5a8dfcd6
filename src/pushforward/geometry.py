"""Differential geometry of generators and of any map: distances, shortest paths, and directions carried along them.

>>> from torch import tensor
>>> metric(lambda z: 2 * z, tensor([0.0, 1.0]))
tensor([[4., 0.],
        [0., 4.]])
"""

from pushforward.manifold import carry as carry
from pushforward.manifold import distances as distances
from pushforward.manifold import exponential as exponential
from pushforward.manifold import fit_atlas as fit_atlas
from pushforward.manifold import geodesic as geodesic
from pushforward.manifold import holonomy as holonomy
from pushforward.manifold import metric as metric
from pushforward.manifold import straight_line as straight_line
from pushforward.manifold import transport as transport

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
