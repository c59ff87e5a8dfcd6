"""Points in whatever form they come: read and checked, cleaned, linked to their neighbours."""

from pushforward.points.clouds import Cloud, cloud, coordinates, rows
from pushforward.points.data import source
from pushforward.points.graph import Landmarks, farthest, neighbour_graph, net, parts
from pushforward.points.links import both_ways, linked, near
from pushforward.points.neighbours import (
    BUDGET,
    TINY,
    Near,
    Neighbours,
    dimension_of_skewness,
    levina_bickel,
    nearest,
    two_nn,
)
from pushforward.points.sources import Source, batches, some
from pushforward.points.summary import Statistics, statistics

__all__ = [
    "BUDGET",
    "TINY",
    "Cloud",
    "Landmarks",
    "Near",
    "Neighbours",
    "Source",
    "Statistics",
    "batches",
    "both_ways",
    "cloud",
    "coordinates",
    "dimension_of_skewness",
    "farthest",
    "levina_bickel",
    "linked",
    "near",
    "nearest",
    "neighbour_graph",
    "net",
    "parts",
    "rows",
    "some",
    "source",
    "statistics",
    "two_nn",
]
