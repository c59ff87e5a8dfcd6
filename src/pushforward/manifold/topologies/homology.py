"""Exact homology of finite complexes that grow, over the fields of p elements, by sparse column reduction."""

import math
from typing import NamedTuple

import numpy as np

from pushforward.manifold.topologies.complexes import Complex

Column = dict[int, int]
"""The entries of a column that are not 0 (mod p)."""


class Bar(NamedTuple):
    """A class of homology: its dimension, the value it is born at, and the one it dies at (infinity: never)."""

    dim: int
    birth: float
    death: float


def bars(complex_: Complex, *, p: int) -> list[Bar]:
    """All classes of homology of positive length over Z_p, of dimensions below the complex's own and in it.

    Columns of the boundary are reduced from the highest dimension down; a simplex that kills a class below bounds
    nothing itself, so that its column is never made (clearing).

    >>> from pushforward.manifold.topologies.complexes import closure
    >>> [b.dim for b in bars(closure([(0, 1), (1, 2), (0, 2)]), p=2)]
    [0, 1]

    Sources: Edelsbrunner, Letscher, Zomorodian (2002); Chen, Kerber (2011) for the order.
    """
    classes: list[Bar] = []
    killed: set[int] = set()
    for k in range(complex_.dim, -1, -1):
        pairs = _reduced(complex_, k, killed, p)
        paired = set(pairs.values()) | killed
        births = [i for i in range(len(complex_.values[k])) if i not in paired]
        classes += [Bar(k, float(complex_.values[k][i]), math.inf) for i in births]
        if k > 0:
            at, below = complex_.values[k], complex_.values[k - 1]
            classes += [Bar(k - 1, float(below[low]), float(at[j])) for low, j in pairs.items() if at[j] > below[low]]
        killed = set(pairs)
    return sorted(classes)


def betti(complex_: Complex, *, p: int) -> tuple[int, ...]:
    """The Betti numbers of the whole over Z_p, one for each dimension of the complex.

    >>> from pushforward.manifold.topologies.complexes import closure
    >>> betti(closure([(0, 1), (1, 2), (0, 2), (3,)]), p=3)
    (2, 1)
    """
    alive = [b.dim for b in bars(complex_, p=p) if math.isinf(b.death)]
    return tuple(alive.count(k) for k in range(complex_.dim + 1))


def lasting(classes: list[Bar], *, dim: int, born: float, alive: float) -> tuple[int, ...]:
    """How many classes of each dimension 0 … dim are born by `born` and alive just after `alive`."""
    dims = [b.dim for b in classes if b.birth <= born and b.death > alive]
    return tuple(dims.count(k) for k in range(dim + 1))


def _reduced(complex_: Complex, k: int, killed: set[int], p: int) -> dict[int, int]:
    """The pairs of dimension k: the last face left in a reduced column -> the simplex whose column it is."""
    if k == 0:
        return {}
    place = {tuple(face): i for i, face in enumerate(complex_.simplices[k - 1].tolist())}
    columns: dict[int, Column] = {}
    pairs: dict[int, int] = {}
    for j, simplex in enumerate(complex_.simplices[k].tolist()):
        if j in killed:
            continue
        column = _boundary(simplex, place, p)
        low = max(column)
        while low in columns:
            _subtract(column, columns[low], column[low], p)
            if not column:
                break
            low = max(column)
        if column:
            columns[low], pairs[low] = _monic(column, low, p), j
    return pairs


def _boundary(simplex: list[int], place: dict[tuple[int, ...], int], p: int) -> Column:
    faces = (tuple(simplex[:i] + simplex[i + 1 :]) for i in range(len(simplex)))
    return {place[face]: (-1) ** i % p for i, face in enumerate(faces)}


def _subtract(column: Column, other: Column, times: int, p: int) -> None:
    """Take away `times` the other column, in place."""
    for row, entry in other.items():
        rest = (column.get(row, 0) - times * entry) % p
        if rest:
            column[row] = rest
        else:
            del column[row]


def _monic(column: Column, low: int, p: int) -> Column:
    """Divided by its last entry."""
    inverse = pow(column[low], -1, p)
    return {row: entry * inverse % p for row, entry in column.items()}


def euler(numbers: tuple[int, ...]) -> int:
    """The alternating sum of Betti numbers.

    >>> euler((1, 2, 1))
    0
    """
    return int(sum((-1) ** k * b for k, b in enumerate(np.asarray(numbers))))
