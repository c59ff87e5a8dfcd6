"""Simplicial complexes that grow: simplices of each dimension, and the value at which each one enters."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

# Cells in which a point is at most: those of the nearest landmarks.
CELLS = 12


@dataclass(frozen=True, eq=False)
class Complex:
    """Simplices by dimension, `simplices[k]` (n_k, k + 1) with rising vertices, and their values `values[k]` (n_k).

    A face is never later than what it is a face of, and in each dimension simplices are in the order of their values.
    """

    simplices: tuple[np.ndarray, ...]
    values: tuple[np.ndarray, ...]

    @property
    def dim(self) -> int:
        """The highest dimension there is room for."""
        return len(self.simplices) - 1

    @property
    def euler(self) -> int:
        """The Euler characteristic of the whole: the alternating sum of the numbers of simplices."""
        return sum((-1) ** k * len(s) for k, s in enumerate(self.simplices))

    def until(self, value: float) -> "Complex":
        """What has entered at `value`."""
        present = [v <= value for v in self.values]
        return Complex(
            tuple(s[h] for s, h in zip(self.simplices, present, strict=True)),
            tuple(v[h] for v, h in zip(self.values, present, strict=True)),
        )


def closure(top: Iterable[Iterable[int]]) -> Complex:
    """The complex of the given simplices and all their faces, all of value 0.

    >>> closure([(0, 1, 2)]).euler
    1
    """
    faces: set[tuple[int, ...]] = set()
    for simplex in top:
        vertices = sorted(set(simplex))
        faces |= {face for k in range(len(vertices)) for face in combinations(vertices, k + 1)}
    by_dim = [sorted(s for s in faces if len(s) == k + 1) for k in range(max(map(len, faces), default=1))]
    arrays = tuple(np.array(s, dtype=np.int64).reshape(-1, k + 1) for k, s in enumerate(by_dim))
    return Complex(arrays, tuple(np.zeros(len(s)) for s in arrays))


def cover_nerve(apart: np.ndarray, *, dim: int, until: float) -> Complex:
    r"""The nerve of growing balls: landmarks whose balls of radius r have a point in common span a simplex from r on.

    `apart` (m, n): distances of n points to m landmarks. The value of a simplex is
    $\min_x \max_{i} \text{apart}_{i x}$ over its landmarks i; those up to dimension `dim` and value `until` are kept.
    As long as balls and their intersections are contractible, the nerve has the homology of what they cover.

    >>> line = np.abs(np.arange(5.0) - np.array([[0.0], [2.0], [4.0]]))
    >>> cover_nerve(line, dim=1, until=1.0).simplices[1].tolist()
    [[0, 1], [1, 2]]

    Source: Borsuk (1948).
    """
    m = len(apart)
    lists = [np.arange(m)[:, None]], [np.min(apart, axis=1)]
    simplices, values = lists
    inside = apart <= until
    simplices[0], values[0] = simplices[0][values[0] <= until], values[0][values[0] <= until]
    order = np.argsort(values[0], kind="stable")
    simplices[0], values[0] = simplices[0][order], values[0][order]
    for _ in range(dim):
        larger, heights = _grown(simplices[-1], apart, inside)
        simplices.append(larger)
        values.append(heights)
    return Complex(tuple(simplices), tuple(values))


def voronoi_nerve(apart: np.ndarray, *, dim: int, until: float) -> Complex:
    r"""The nerve of the Voronoi cells of landmarks, grown: cells of points no farther than r beyond the nearest one.

    `apart` (m, n): distances of n points to m landmarks. The value of a simplex is
    $\min_x \max_i (\text{apart}_{i x} - \min_j \text{apart}_{j x})$ over its landmarks i. Where points are dense it
    is the Delaunay complex restricted to them that grows; it has far fewer simplices than a nerve of balls that cover.

    >>> line = np.abs(np.arange(5.0) - np.array([[0.0], [2.0], [4.0]]))
    >>> voronoi_nerve(line, dim=1, until=1.0).simplices[1].tolist()
    [[0, 1], [1, 2]]

    Sources: Edelsbrunner, Shah (1997) for restricted Delaunay complexes; de Silva, Carlsson (2004) for witnesses.
    """
    m, most = len(apart), min(CELLS, len(apart))
    beyond = (apart - apart.min(0)).T
    near = np.argpartition(beyond, most - 1, axis=1)[:, :most]
    order = np.argsort(np.take_along_axis(beyond, near, 1), axis=1, kind="stable")
    near = np.take_along_axis(near, order, 1)
    value = np.take_along_axis(beyond, near, 1)
    inside = [value[:, last] <= until for last in range(most)]
    lists: list[np.ndarray] = []
    values: list[np.ndarray] = []
    for k in range(dim + 1):
        choices = list(combinations(range(most), k + 1))
        simplices = np.concatenate([near[inside[c[-1]]][:, c] for c in choices])
        heights = np.concatenate([value[inside[c[-1]], c[-1]] for c in choices])
        kept, least = _lowest(np.sort(simplices, axis=1), heights, m)
        lists.append(kept)
        values.append(least)
    return Complex(tuple(lists), tuple(values))


def _lowest(simplices: np.ndarray, heights: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Each simplex once, with the least of its heights, in the order of these."""
    key = simplices @ m ** np.arange(simplices.shape[1], dtype=np.int64)
    order = np.argsort(key)
    _, first = np.unique(key[order], return_index=True)
    least = np.minimum.reduceat(heights[order], first) if len(first) else heights[:0]
    later = np.argsort(least, kind="stable")
    return simplices[order[first[later]]], least[later]


def _grown(faces: np.ndarray, apart: np.ndarray, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All simplices with one vertex more, each from the face without its last vertex."""
    lists: list[np.ndarray] = []
    values: list[np.ndarray] = []
    for face in faces:
        common = np.flatnonzero(inside[face].all(0))
        later = face[-1] + 1 + np.flatnonzero(inside[face[-1] + 1 :][:, common].any(1))
        if not len(later):
            continue
        height = np.maximum(apart[np.ix_(later, common)], apart[np.ix_(face, common)].max(0))
        lists.append(np.concatenate([np.broadcast_to(face, (len(later), len(face))), later[:, None]], 1))
        values.append(np.where(inside[np.ix_(later, common)], height, np.inf).min(1))
    if not lists:
        return np.zeros((0, faces.shape[1] + 1), dtype=np.int64), np.zeros(0)
    simplices, heights = np.concatenate(lists), np.concatenate(values)
    order = np.argsort(heights, kind="stable")
    return simplices[order], heights[order]
