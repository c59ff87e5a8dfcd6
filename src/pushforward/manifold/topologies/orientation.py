"""Whether tangent spaces can be oriented alike: the first Stiefel–Whitney class on the nerve of a cover."""

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from pushforward.manifold.topologies.complexes import Complex
from pushforward.manifold.topologies.sampled import Sheet
from pushforward.points import Landmarks

BALL = 1.0
"""Radius of the surroundings, in radii of the cover."""
ONE_SIDED = 0.45
"""The mean of unit directions is shorter inside, and 0.64 on the edge of a surface, 1 at an end of a curve."""
FEW, SOME = 0.03, 0.1
"""Shares of one-sided landmarks up to which there is no boundary, and from which there is one."""
INNER, OUTER, REACHED = 1.0, 2.0, 1.5
"""Arms are counted between these radii; what does not get as far as the third is none."""


def one_sided(sheet: Sheet, found: Landmarks) -> Tensor:
    r"""The length of the mean direction $|\text{mean}\,F_i^\top(y - y_i)/|\cdot||$ around each landmark.  -> (m)"""
    lengths = []
    for i, row in zip(found.which, found.apart, strict=True):
        around = torch.as_tensor((row <= BALL * found.radius) & (row > 0))
        way = (sheet.y[around] - sheet.y[i]) @ sheet.frames[i]
        lengths.append((way / way.norm(dim=1, keepdim=True).clamp_min(1e-12)).mean(0).norm())
    return torch.nan_to_num(torch.stack(lengths), nan=1.0)


def has_boundary(sheet: Sheet, found: Landmarks) -> bool | None:
    """Whether landmarks lie on an edge; None where too many do for chance and too few for an edge."""
    share = float((one_sided(sheet, found) > ONE_SIDED).double().mean())
    return None if FEW < share < SOME else share >= SOME


def arms(sheet: Sheet, found: Landmarks) -> list[int]:
    """How many arms leave the surroundings of each landmark of a curve: 1 at an end, 2 inside, more at a crossing."""
    counts = []
    for row in found.apart:
        ring = np.flatnonzero((row > INNER * found.radius) & (row <= OUTER * found.radius))
        _, labels = connected_components(sheet.graph[ring][:, ring], directed=False)
        far = row[ring] >= REACHED * found.radius
        counts.append(len(np.unique(labels[far])))
    return counts


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
