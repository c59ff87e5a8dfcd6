"""Whether tangent spaces can be oriented alike: the first Stiefel–Whitney class on the nerve of a cover."""

import numpy as np
import torch
from torch import Tensor

from pushforward.manifold.topologies.complexes import Complex
from pushforward.manifold.topologies.sampled import Sample

# Radius of the surroundings, in radii of the cover.
BALL = 1.0
# The mean of unit directions is shorter inside, and 0.64 on the edge of a surface, 1 at an end of a curve.
ONE_SIDED = 0.45
# Shares of one-sided landmarks up to which there is no boundary, and from which there is one.
FEW, SOME = 0.03, 0.1
# Arms are counted between these radii; what does not get as far as the third is none.
INNER, OUTER, REACHED = 1.0, 2.0, 1.5
# The cosine of 60°.
SIDE_BY_SIDE = 0.5


def one_sided(sample: Sample) -> Tensor:
    r"""The length of the mean direction $|\text{mean}\,F_i^\top(y - y_i)/|\cdot||$ around each landmark.  -> (m)"""
    marks, lengths = sample.landmarks, []
    for i, row in zip(marks.which, marks.apart, strict=True):
        around = torch.as_tensor((row <= BALL * marks.radius) & (row > 0))
        way = (sample.y[around] - sample.y[i]) @ sample.frames[i]
        lengths.append((way / way.norm(dim=1, keepdim=True).clamp_min(1e-12)).mean(0).norm())
    return torch.nan_to_num(torch.stack(lengths), nan=1.0)


def has_boundary(sample: Sample) -> bool | None:
    """Whether landmarks lie on an edge; None where too many do for chance and too few for an edge."""
    share = float((one_sided(sample) > ONE_SIDED).double().mean())
    return None if FEW < share < SOME else share >= SOME


def arms(sample: Sample) -> list[Tensor]:
    """Directions (a, d) of the arms that leave each landmark of a curve: 1 at an end, 2 inside, more at a crossing.

    Where points are rare an arm may have none between the radii, or none far out: its next point then lies beyond.
    """
    from scipy.sparse.csgraph import connected_components

    graph, marks, directions = sample.graph, sample.landmarks, []
    for i, row in zip(marks.which, marks.apart, strict=True):
        beside, first = row[graph.indices], graph.indptr[:-1]
        farthest, nearest = np.maximum.reduceat(beside, first), np.minimum.reduceat(beside, first)
        over = (row > OUTER * marks.radius) & (nearest <= INNER * marks.radius)
        ring = np.flatnonzero((row > INNER * marks.radius) & (row <= OUTER * marks.radius) | over)
        _, labels = connected_components(graph[ring][:, ring], directed=False)
        far = (row[ring] >= REACHED * marks.radius) | (farthest[ring] > OUTER * marks.radius)
        ways = [(sample.y[ring[labels == label]] - sample.y[i]).mean(0) for label in np.unique(labels[far])]
        directions.append(torch.stack([way / way.norm().clamp_min(1e-12) for way in ways] or [sample.y[:0].sum(0)]))
    return directions


def narrow(directions: Tensor) -> bool:
    """Whether arms leave a crossing so nearly side by side that they may pass each other.  (a, d)

    That is so of a landmark beside a crossing, too: ask the one from which they leave most evenly.
    """
    return bool((directions @ directions.T).triu(1).max() > SIDE_BY_SIDE)


# By how much of all the ways between two landmarks that agree must outnumber the others.
SURE = 0.5


def orientable(sample: Sample, nerve: Complex, radius: float) -> bool | None:
    r"""Whether the sign of $\det(F_i^\top F_j)$, carried along shortest paths, is a coboundary on the nerve.

    Signs of edges whose ways disagree are not used. None if the others do not form a cocycle: then frames are wrong.

    Ways lead to the points that are no farther than `radius` from both landmarks of an edge.
    """
    signs = carried(sample)
    within = sample.landmarks.apart <= radius
    edges = {}
    for i, j in nerve.simplices[1].tolist():
        both = within[i] & within[j]
        vote = float((signs[i, both] * signs[j, both]).mean()) if both.any() else 0.0
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
    return signed(beside)[1]


def signed(beside: dict[int, list[tuple[int, int]]]) -> tuple[int, bool]:
    """How many pieces a graph has, and whether signs of its vertices have the product that each edge asks for.

    `beside`: of every vertex its neighbours, with the signs of the edges to them, both ways.

    >>> signed({0: [(1, -1)], 1: [(0, -1)], 2: []})
    (2, True)
    """
    signs: dict[int, int] = {}
    pieces = 0
    for root in beside:
        pieces += root not in signs
        waiting = [] if root in signs else [root]
        signs.setdefault(root, 1)
        while waiting:
            i = waiting.pop()
            for j, sign in beside[i]:
                if j not in signs:
                    signs[j] = signs[i] * sign
                    waiting.append(j)
    return pieces, all(signs[i] * signs[j] == sign for i, others in beside.items() for j, sign in others)


def carried(sample: Sample) -> np.ndarray:
    """±1: whether each landmark's orientation, carried along the way, is that of the point it comes to.  -> (m n)"""
    frames, n = sample.frames, len(sample.frames)
    signs, before = [], []
    for row in sample.landmarks.before:
        to = np.where(row >= 0, row, np.arange(n))
        turn = torch.linalg.det(frames.mT @ frames[torch.as_tensor(to)])
        signs.append(np.where(turn.numpy() < 0, -1, 1))
        before.append(to)
    sign, to = np.array(signs), np.array(before)
    for _ in range(int(np.ceil(np.log2(n))) + 1):  # twice the way with each round
        sign = sign * np.take_along_axis(sign, to, 1)
        to = np.take_along_axis(to, to, 1)
    return sign
