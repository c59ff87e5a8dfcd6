"""Geodesic distances along neighbours, and landmarks spread by them."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from torch import Tensor

from pushforward.points.links import both_ways, linked, near
from pushforward.rng import Seed, integers

NEIGHBOURS = 10
LINK = 3.0
"""Parts nearer to each other than so many long neighbour distances are one …"""
SPACES = 8.0
"""… if these are not more than so many long distances to the nearest one: on a curve the tenth neighbour is far."""
CRUMB = 0.02
"""Parts with a smaller share of the points are no parts."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """`which` (m,) of the points; `apart` (m, n): distances of all points to them; `before` (m, n): the way there.

    `radius`: the farthest that a point is from its nearest landmark.
    """

    which: np.ndarray
    apart: np.ndarray
    before: np.ndarray
    radius: float


def neighbour_graph(y: Tensor) -> csr_matrix:
    """Distances to the nearest neighbours, both ways; parts that are hardly apart are linked.  (n p) -> (n n)"""
    n, k = len(y), min(NEIGHBOURS, len(y) - 1)
    length, to = near(y, y, k + 1)
    nearest = float(length[:, 1].double().quantile(0.99))
    length, start = length[:, 1:].flatten().double().numpy(), np.arange(n).repeat(k)
    graph = both_ways(length.clip(1e-12), start, to[:, 1:].flatten().numpy(), n)
    return linked(y, graph, min(LINK * float(np.quantile(length, 0.99)), SPACES * nearest))


def net(y: Tensor, count: int, *, seed: Seed) -> np.ndarray:
    """The numbers of `count` points that are spread evenly: each the farthest from those before.  (n p)

    Random points clump and leave holes; these have one spacing, so that neighbours are all around.
    """
    which = int(integers(len(y), (1,), seed=seed))
    least = y.new_full((len(y),), torch.inf)
    chosen = []
    for _ in range(min(count, len(y))):
        chosen.append(which)
        least = torch.minimum(least, (y - y[which]).square().sum(1))
        which = int(least.argmax())
    return np.array(chosen)


def parts(graph: csr_matrix) -> list[np.ndarray]:
    """The numbers of the points of each connected part, the largest first, without crumbs."""
    _, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels)
    large = [i for i in np.argsort(-sizes, kind="stable") if sizes[i] >= CRUMB * len(labels)]
    return [np.flatnonzero(labels == i) for i in large]


def farthest(graph: csr_matrix, count: int, *, seed: Seed) -> Landmarks:
    """`count` landmarks, each the point farthest from those before; the first is farthest from a random point.

    Source: Gonzalez (1985).
    """
    size = len(graph.indptr) - 1
    which = int(integers(size, (1,), seed=seed))
    first = dijkstra(graph, directed=False, indices=which)
    which = int(np.where(np.isfinite(first), first, -1).argmax())
    least = np.full(size, np.inf)
    chosen, apart, before = [], [], []
    for _ in range(min(count, size)):
        row, previous = dijkstra(graph, directed=False, indices=which, return_predecessors=True)
        chosen.append(which)
        apart.append(row)
        before.append(previous)
        least = np.minimum(least, row)
        which = int(least.argmax())
    return Landmarks(np.array(chosen), np.array(apart), np.array(before), float(least[np.isfinite(least)].max()))
