"""Loops inside of what fills two or three dimensions: empty places that points go around."""

import math

import numpy as np
import torch
from torch import Tensor

from pushforward.manifold.topologies.hollows import flat, spheres
from pushforward.rng import sample

# Points that are read at most: the columns of the reduction are 7 times as many.
MOST = 5000
# A corner is inside a sphere if its distance is so much less than the radius.
INSIDE = 1e-9


def loops(y: Tensor, dim: int) -> Tensor:
    r"""How much wider each loop is where it is filled than where it closes, between points that fill a flat space. (l,)

    Of the first homology of the alpha complex, the death of every class over its birth, the largest first. Random
    points have many loops of ratios up to about 2 in three dimensions and 3 in two. Empty where the points (n p) are in
    no flat space of `dim` dimensions, two or three.

    >>> angle = torch.arange(200) * 0.1
    >>> ring = torch.stack([angle.cos(), angle.sin()], 1)
    >>> ratios = loops(ring + 0.1 * torch.randn(200, 2, generator=torch.Generator().manual_seed(0)), 2)
    >>> int((ratios > 4).sum())
    1

    Sources: Edelsbrunner, Mücke (1994) for alpha complexes; Edelsbrunner, Letscher, Zomorodian (2002) for the classes.
    """
    from scipy.spatial import Delaunay

    y = y if len(y) <= MOST else y[sample(len(y), MOST, seed=0)]
    if (points := flat(y, dim)) is None:
        return torch.zeros(0)
    cells = np.sort(Delaunay(points).simplices, axis=1)
    levels = [(cells, spheres(points[cells])[1])]
    while levels[-1][0].shape[1] > 2:
        levels.append(_faces(points, *levels[-1]))
    (edges, births), (triangles, deaths) = levels[-1], levels[-2]
    order = np.argsort(births, kind="stable")
    births, rank = births[order], np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    sides = np.stack([rank[_numbers(edges, np.delete(triangles, k, axis=1))] for k in range(3)], 1)
    ratios = [
        deaths[t] / births[e] for t, e in _pairs(sides, np.argsort(deaths, kind="stable")) if births[e] < deaths[t]
    ]
    return torch.tensor(sorted(ratios, reverse=True))


def widest_by_chance(n: int, dim: int) -> float:
    """The ratio that loops between n random points without a hole hardly ever reach.

    In two dimensions it grows with their number, and one in 20 has a wider one (290 each of discs, squares, strips,
    annuli and normal laws of 300 to 5,000 points); in three one in 100 (180 each of balls, cubes, solid tori).
    """
    return 2.05 + 0.4 * math.log10(min(n, MOST)) if dim == 2 else 2.4


def _faces(points: np.ndarray, simplices: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces of simplices (n k), each once, and the radii at which balls around the points cover them.

    That of its smallest sphere, unless a corner opposite is inside: then that of the first simplex beside it.
    """
    k = simplices.shape[1]
    every = np.concatenate([np.delete(simplices, i, axis=1) for i in range(k)])
    faces, which = np.unique(every, axis=0, return_inverse=True)
    which, opposite, beside = which.ravel(), simplices.T.ravel(), np.tile(radius, k)
    centre, own = spheres(points[faces])
    inside = np.linalg.norm(points[opposite] - centre[which], axis=1) < (1 - INSIDE) * own[which]
    covered, first = np.zeros(len(faces), dtype=bool), np.full(len(faces), np.inf)
    np.logical_or.at(covered, which, inside)
    np.minimum.at(first, which, beside)
    return faces, np.where(covered, first, np.minimum(own, first))


def _numbers(edges: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Which of the sorted edges (n 2) some are."""
    width = int(edges.max()) + 1
    return np.searchsorted(edges[:, 0] * width + edges[:, 1], some[:, 0] * width + some[:, 1])


def _pairs(sides: np.ndarray, order: np.ndarray) -> list[tuple[int, int]]:
    """Triangles that fill a loop, with the edge that closed it: the boundary matrix reduced over Z₂."""
    filled, pairs = dict[int, set[int]](), list[tuple[int, int]]()
    for t in order.tolist():
        column = set(sides[t].tolist())
        while column and (last := max(column)) in filled:
            column ^= filled[last]
        if column:
            last = max(column)
            filled[last] = column
            pairs.append((t, last))
    return pairs
