"""How far apart points are, place by place, and what that says: parts, places of another dimension."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.points import both_ways, nearest

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# The scale of a place is the distance to this neighbour.
SCALE = 8
# Neighbours that link points to a part, and how far parts may be apart, in scales of the sparser side: random points
# on curves leave wider gaps (four scales are about 16 spacings, and one spacing in e¹⁶ is as long). A part with a
# smaller share of the points is a crumb, linked from farther.
LINKS, GAP, CRUMB, CRUMB_GAP = 6, {1: 4.0, 2: 1.0, 3: 1.0}, 0.02, 3.0
# Neighbours that tell the dimension of a place; a variance of this share of the one before is none, and one so many
# times the usual share is one more. Neighbours with the same reading that make it no chance.
PLACE, NONE, MORE, AGREED = 20, 0.01, 8.0, 0.6


def local_scale(y: Tensor) -> Tensor:
    """The distance to the eighth neighbour, smoothed over these neighbours.  (n p) -> (n)"""
    k = min(SCALE, len(y) - 1)
    length, to = nearest(y, y, k + 1)
    return length[:, -1].clamp_min(1e-12).log()[to].mean(1).exp()


def scaled(graph: "csr_matrix", scale: Tensor) -> "csr_matrix":
    """The graph with its lengths divided by the scale of the places: points are then evenly dense everywhere."""
    links, at = graph.tocoo(), scale.double().numpy()
    return both_ways(2 * links.data / (at[links.row] + at[links.col]), links.row, links.col, len(at))


def labels_of(y: Tensor, scale: Tensor, dim: int) -> np.ndarray:
    """The number of the connected part that each point is in, the largest first; −1 in crumbs.  -> (n)"""
    from scipy.sparse.csgraph import connected_components

    n, k = len(y), min(LINKS, len(y) - 1)
    length, to = nearest(y, y, k + 1)
    graph = both_ways(
        length[:, 1:].flatten().double().numpy().clip(1e-12), np.arange(n).repeat(k), to[:, 1:].flatten().numpy(), n
    )
    _, labels = connected_components(graph, directed=False)
    labels = _joined(y, scale, labels, GAP[dim])
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[order] = np.where(sizes[order] >= CRUMB * n, np.arange(len(sizes)), -1)
    return rank[labels]


def _joined(y: Tensor, scale: Tensor, labels: np.ndarray, gap: float) -> np.ndarray:
    """Parts, the smallest first, joined to the one they are nearest to, if it is near enough."""
    labels = labels.copy()
    for one in np.argsort(np.bincount(labels), kind="stable"):
        inside, outside = np.flatnonzero(labels == one), np.flatnonzero(labels != one)
        if not len(outside) or not len(inside):
            continue
        length, to = nearest(y[inside], y[outside])
        here, there = scale[inside], scale[outside[to[:, 0].numpy()]]
        apart = length[:, 0] / torch.maximum(here, there)
        least = int(apart.argmin())
        limit = CRUMB_GAP if len(inside) < CRUMB * len(labels) else gap
        if float(apart[least]) <= limit:
            labels[inside] = labels[outside[int(to[least, 0])]]
    return np.unique(labels, return_inverse=True)[1]


def connected(y: Tensor, graph: "csr_matrix", scale: Tensor, gap: float) -> "csr_matrix":
    """The graph of points of one part, its pieces linked wherever they are no farther apart than `gap` scales.

    A piece that is farther from all others is linked where it is nearest.
    """
    from scipy.sparse.csgraph import connected_components

    while True:
        count, labels = connected_components(graph, directed=False)
        if count == 1:
            return graph
        inside = np.flatnonzero(labels == np.bincount(labels).argmin())
        outside = np.flatnonzero(labels != labels[inside[0]])
        length, to = nearest(y[inside], y[outside])
        there = outside[to[:, 0].numpy()]
        way = (2 * length[:, 0] / (scale[inside] + scale[there])).double().numpy().clip(1e-12)
        links, near = graph.tocoo(), way <= max(gap, way.min())
        ends = np.append(links.row, inside[near]), np.append(links.col, there[near])
        graph = both_ways(np.append(links.data, way[near]), *ends, len(y))


def odd_places(y: Tensor, dim: int) -> tuple[float, float]:
    """The shares of points around which fewer directions are filled than `dim`, and more, their neighbours agreeing.

    Hairs and dangling ends have fewer, crossings more. Noise and curvature add to all places, chance to single ones.
    """
    to = nearest(y, y, min(PLACE, len(y) - 1) + 1).indices
    balls = y[to]
    S = torch.linalg.svdvals((balls - balls.mean(1, keepdim=True)).double()).square()
    thin = S[:, dim - 1] / S[:, 0].clamp_min(1e-300) < NONE if dim > 1 else torch.zeros(len(y), dtype=torch.bool)
    if S.shape[1] > dim:
        thick = S[:, dim] / S[:, dim - 1].clamp_min(1e-300)
        more = thick > (MORE * thick.median()).clamp_min(0.1)
    else:
        more = torch.zeros(len(y), dtype=torch.bool)
    shares = [float((one & (one[to[:, 1:]].double().mean(1) >= AGREED)).double().mean()) for one in (thin, more)]
    return shares[0], shares[1]
