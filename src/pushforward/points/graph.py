"""Geodesic distances along neighbours, and landmarks spread by them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.points.links import both_ways, linked
from pushforward.points.neighbours import nearest
from pushforward.rng import Seed, integers

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

NEIGHBOURS = 10
# Parts nearer to each other than so many long neighbour distances are one, if these are not more than so many long
# distances to the nearest one: on a curve the tenth neighbour is far.
LINK, SPACES = 3.0, 8.0
# Parts with a smaller share of the points are no parts.
CRUMB = 0.02


@dataclass(frozen=True, eq=False)
class Landmarks:
    """`which` (m,) of the points; `apart` (m, n): distances of all points to them; `before` (m, n): the way there.

    `radius`: the farthest that a point is from its nearest landmark.
    """

    which: np.ndarray
    apart: np.ndarray
    before: np.ndarray
    radius: float


def neighbour_graph(
    y: Tensor, *, neighbours: int = NEIGHBOURS, link: float = LINK, spaces: float = SPACES
) -> "csr_matrix":
    """Distances to the nearest neighbours, both ways; parts that are hardly apart are linked.  (n p) -> (n n)

    Parts are, that are no farther apart than `link` long distances to neighbours (the 99 % quantile), nor than `spaces`
    long distances to the nearest one.
    """
    n, k = len(y), min(neighbours, len(y) - 1)
    length, to = nearest(y, y, k + 1)
    first = float(length[:, 1].double().quantile(0.99))
    length, start = length[:, 1:].flatten().double().numpy(), np.arange(n).repeat(k)
    graph = both_ways(length.clip(1e-12), start, to[:, 1:].flatten().numpy(), n)
    return linked(y, graph, min(link * float(np.quantile(length, 0.99)), spaces * first))


def farthest_first(row: Callable[[int], Tensor], first: int, count: int) -> list[int]:
    """The numbers of `count` points: `first`, and each the farthest from those before.

    `row(i)` are the distances (n,) of all points from point i; what is not to be chosen is at −1.

    Source: Gonzalez (1985).

    >>> x = torch.tensor([0.0, 1.0, 5.0])
    >>> farthest_first(lambda i: (x - x[i]).abs(), 0, 3)
    [0, 2, 1]
    """
    which = [first]
    least = row(first)
    while len(which) < count:
        which.append(int(least.argmax()))
        least = torch.minimum(least, row(which[-1]))
    return which


def spread_evenly(y: Tensor, count: int, *, seed: Seed) -> np.ndarray:
    """The numbers of `count` points that are spread evenly: each the farthest from those before.  (n p)

    Random points clump and leave holes; these have one spacing, so that neighbours are all around.
    """
    first = int(integers(len(y), (1,), seed=seed))
    return np.array(farthest_first(lambda i: (y - y[i]).square().sum(1), first, min(count, len(y))))


def parts(graph: "csr_matrix") -> list[np.ndarray]:
    """The numbers of the points of each connected part, the largest first, without crumbs."""
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels)
    large = [i for i in np.argsort(-sizes, kind="stable") if sizes[i] >= CRUMB * len(labels)]
    return [np.flatnonzero(labels == i) for i in large]


def farthest(graph: "csr_matrix", count: int, *, seed: Seed) -> Landmarks:
    """`count` landmarks, each the point farthest from those before; the first is farthest from a random point.

    Source: Gonzalez (1985).
    """
    from scipy.sparse.csgraph import dijkstra

    size = len(graph.indptr) - 1
    start = dijkstra(graph, directed=False, indices=int(integers(size, (1,), seed=seed)))
    first = int(np.where(np.isfinite(start), start, -1).argmax())
    apart, before = [], []

    def row(i: int) -> Tensor:
        lengths, previous = dijkstra(graph, directed=False, indices=i, return_predecessors=True)
        apart.append(lengths)
        before.append(previous)
        return torch.from_numpy(lengths)

    chosen = farthest_first(row, first, min(count, size))
    least = np.min(apart, axis=0)
    return Landmarks(np.array(chosen), np.array(apart), np.array(before), float(least[np.isfinite(least)].max()))
