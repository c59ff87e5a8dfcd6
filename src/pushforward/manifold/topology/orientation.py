"""Whether tangent spaces can be oriented alike: the first Stiefel–Whitney class on the nerve of a cover."""

import numpy as np
import torch
from torch import Tensor

from pushforward.manifold.topology.complexes import Complex
from pushforward.manifold.topology.graph import Landmarks

SURE = 0.5
"""By how much of all the ways between two landmarks that agree must outnumber the others."""


def orientable(frames: Tensor, found: Landmarks, nerve: Complex) -> bool | None:
    r"""Whether the sign of $\det(F_i^\top F_j)$, carried along shortest paths, is a coboundary on the nerve.

    Signs of edges whose ways disagree are not used. None if the others do not form a cocycle: then frames are wrong.

    frames (n d dim) of all points; a nerve at one radius.
    """
    signs = carried(frames, found)
    within = found.apart <= float(max(v.max() for v in nerve.values if len(v)))
    edges = {}
    for i, j in nerve.simplices[1].tolist():
        both = within[i] & within[j]
        vote = float((signs[i, both] * signs[j, both]).mean())
        if abs(vote) >= SURE:
            edges[i, j] = 1 if vote > 0 else -1
    if any(edges.get((i, j), 0) * edges.get((j, k), 0) * edges.get((i, k), 0) < 0 for i, j, k in nerve.simplices[2]):
        return None
    return balanced(edges)


def balanced(edges: dict[tuple[int, int], int]) -> bool:
    """Whether vertices can be given signs of which each edge has the product: two-colouring of the double cover.

    >>> balanced({(0, 1): -1, (1, 2): -1, (0, 2): 1}), balanced({(0, 1): 1, (1, 2): 1, (0, 2): -1})
    (True, False)
    """
    beside: dict[int, list[tuple[int, int]]] = {}
    for (i, j), sign in edges.items():
        beside.setdefault(i, []).append((j, sign))
        beside.setdefault(j, []).append((i, sign))
    given: dict[int, int] = {}
    for root in beside:
        given.setdefault(root, 1)
        waiting = [root]
        while waiting:
            i = waiting.pop()
            for j, sign in beside[i]:
                if j not in given:
                    given[j] = given[i] * sign
                    waiting.append(j)
    return all(given[i] * given[j] == sign for (i, j), sign in edges.items())


def carried(frames: Tensor, found: Landmarks) -> np.ndarray:
    """±1: whether each landmark's orientation, carried along the way, is that of the point it comes to.  -> (m n)"""
    n = len(frames)
    signs, before = [], []
    for row in found.before:
        to = np.where(row >= 0, row, np.arange(n))
        turned = torch.linalg.det(frames.mT @ frames[torch.as_tensor(to)])
        signs.append(np.where(turned.numpy() < 0, -1, 1))
        before.append(to)
    sign, to = np.array(signs), np.array(before)
    for _ in range(int(np.ceil(np.log2(n))) + 1):  # twice the way with each round
        sign = sign * np.take_along_axis(sign, to, 1)
        to = np.take_along_axis(to, to, 1)
    return sign
