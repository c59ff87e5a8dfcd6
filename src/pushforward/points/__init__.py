"""Points in whatever form they come: read and checked, cleaned, linked to their neighbours."""

from pushforward.points.clouds import Cloud, cloud, coordinates
from pushforward.points.files import ARRAYS, PICTURES, Place, chosen, place
from pushforward.points.graph import Landmarks, farthest, farthest_first, neighbour_graph, parts, spread_evenly
from pushforward.points.items import Batch
from pushforward.points.links import both_ways, linked
from pushforward.points.neighbours import (
    BUDGET,
    TINY,
    Near,
    Neighbours,
    dimension_of_skewness,
    levina_bickel,
    nearest,
    nearest_others,
    two_nn,
)
from pushforward.points.outliers import crowded, lonely, strays
from pushforward.points.reader import pairs, read, real_points, rows, source, stream
from pushforward.points.sources import Source, batches, some
from pushforward.points.stocks import Stock, stock
from pushforward.points.summary import Statistics, statistics

__all__ = [
    "ARRAYS",
    "BUDGET",
    "PICTURES",
    "TINY",
    "Batch",
    "Cloud",
    "Landmarks",
    "Near",
    "Neighbours",
    "Place",
    "Source",
    "Statistics",
    "Stock",
    "batches",
    "both_ways",
    "chosen",
    "cloud",
    "coordinates",
    "crowded",
    "dimension_of_skewness",
    "farthest",
    "farthest_first",
    "levina_bickel",
    "linked",
    "lonely",
    "nearest",
    "nearest_others",
    "neighbour_graph",
    "pairs",
    "parts",
    "place",
    "read",
    "real_points",
    "rows",
    "some",
    "source",
    "spread_evenly",
    "statistics",
    "stock",
    "strays",
    "stream",
    "two_nn",
]
