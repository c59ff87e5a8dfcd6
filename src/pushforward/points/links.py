"""Points linked to their neighbours, and parts that are hardly apart to each other."""

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from pushforward.points.neighbours import nearest

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# More parts than this are left as they are.
MOST_PARTS = 50


def both_ways(length: np.ndarray, a: np.ndarray, b: np.ndarray, n: int) -> "csr_matrix":
    """Edges from a to b and back, each once."""
    from scipy.sparse import csr_matrix

    ends = np.sort(np.stack([a, b]), 0)
    (a, b), first = np.unique(ends, axis=1, return_index=True)
    return csr_matrix((np.tile(length[first], 2), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(n, n))


def linked(y: Tensor, graph: "csr_matrix", longest: float) -> "csr_matrix":
    """With the shortest way from each part to the others, where it is not longer than `longest`.

    Dense regions have their nearest neighbours to themselves: a gap in the graph is no gap in the data yet.
    """
    from scipy.sparse.csgraph import connected_components

    count, labels = connected_components(graph, directed=False)
    if not 1 < count <= MOST_PARTS:
        return graph
    ways = [_shortest(y, labels == part) for part in range(count)]
    short = [way for way in ways if way[0] <= longest]
    if not short:
        return graph
    length, a, b = (np.array(column) for column in zip(*short, strict=True))
    links = graph.tocoo()
    lengths = np.concatenate([links.data, length])
    return both_ways(lengths, np.concatenate([links.row, a]), np.concatenate([links.col, b]), len(y))


def _shortest(y: Tensor, part: np.ndarray) -> tuple[float, int, int]:
    """The shortest way out of a part: its length and both ends."""
    inside, outside = np.flatnonzero(part), np.flatnonzero(~part)
    length, to = nearest(y[inside], y[outside])
    i = int(length.argmin())
    return float(length[i]), int(inside[i]), int(outside[int(to[i])])
