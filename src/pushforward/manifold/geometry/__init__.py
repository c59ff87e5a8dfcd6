"""Distances, shortest paths and transport on the manifold that a map makes."""

from pushforward.manifold.geometry.carry_property import Effect, PropertyTransfer, carry
from pushforward.manifold.geometry.distance_matrix import distances
from pushforward.manifold.geometry.exponential_map import exponential
from pushforward.manifold.geometry.immersion import Map, metric
from pushforward.manifold.geometry.parallel_transport import Holonomy, holonomy, transport
from pushforward.manifold.geometry.path import Path
from pushforward.manifold.geometry.relax import Relaxation
from pushforward.manifold.geometry.shortest_paths import geodesic, geodesics, straight_line, straight_lines

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
    "geodesics",
    "holonomy",
    "metric",
    "straight_line",
    "straight_lines",
    "transport",
]
