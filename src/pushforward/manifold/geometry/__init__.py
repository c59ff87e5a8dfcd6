"""Distances, shortest paths and transport on the manifold that a map makes."""

from pushforward.manifold.geometry.carry_property import carry
from pushforward.manifold.geometry.distance_matrix import distances
from pushforward.manifold.geometry.exponential_map import exponential
from pushforward.manifold.geometry.immersion import Map, metric
from pushforward.manifold.geometry.parallel_transport import holonomy, transport
from pushforward.manifold.geometry.relax import Relaxation
from pushforward.manifold.geometry.result import Holonomy, Path
from pushforward.manifold.geometry.shortest_paths import geodesic, straight_line
from pushforward.manifold.geometry.transfer import Effect, PropertyTransfer

__all__ = [
    "Effect",
    "Holonomy",
    "Map",
    "Path",
    "PropertyTransfer",
    "Relaxation",
    "carry",
    "distances",
    "exponential",
    "geodesic",
    "holonomy",
    "metric",
    "straight_line",
    "transport",
]
