"""Groups of blocks that overlap with each other more than with the rest."""

from typing import NamedTuple

import torch
from torch import Tensor

# How many times as large as the overlap with blocks outside the overlap inside a group must be
DISTINCT = 2.0


class Group(NamedTuple):
    """Blocks that belong together; the mean RV coefficient of its two parts, and with the blocks outside."""

    blocks: tuple[int, ...]
    inside: float
    outside: float


def hierarchy(G: Tensor) -> tuple[Group, ...]:
    r"""Nested groups by average linkage on the RV coefficients $G_{bc}/\sqrt{G_{bb} G_{cc}}$, smallest first.

    A merge counts as a group only if it is distinct: its parts overlap twice as much as they do with the rest.
    """
    scale = G.diagonal().sqrt()
    RV = G / torch.outer(scale, scale)
    clusters: list[tuple[int, ...]] = [(b,) for b in range(len(G))]
    groups: list[Group] = []
    while len(clusters) > 2:
        pairs = [(a, b) for i, a in enumerate(clusters) for b in clusters[:i]]
        a, b = max(pairs, key=lambda pair: _mean(RV, *pair))
        merged = tuple(sorted(a + b))
        clusters = [c for c in clusters if c not in (a, b)] + [merged]
        rest = tuple(c for other in clusters if other is not merged for c in other)
        inside, outside = _mean(RV, a, b), _mean(RV, merged, rest)
        if inside >= DISTINCT * outside and inside > 0.01:
            groups.append(Group(merged, inside, outside))
    return tuple(groups)


def _mean(RV: Tensor, a: tuple[int, ...], b: tuple[int, ...]) -> float:
    return float(RV[list(a)][:, list(b)].mean())


def merge_to(G: Tensor, sizes: Tensor, count: int) -> Tensor:
    """For each block the number of the one it goes to when blocks are merged until `count` are left (m,).

    Each time the two whose mean rows overlap most, in the sense of the RV coefficient of their sums.
    """
    M = G * torch.outer(sizes, sizes)  # overlaps of sums add up when blocks merge
    target = torch.arange(len(G))
    while len(target.unique()) > count:
        names = target.unique()
        join = torch.stack([(target == name).to(M) for name in names])
        S = join @ M @ join.T
        RV = S / torch.outer(S.diagonal().sqrt(), S.diagonal().sqrt())
        RV.fill_diagonal_(-1)
        i, j = divmod(int(RV.argmax()), len(names))
        target[target == names[j]] = names[i]
    return target.unique(return_inverse=True)[1]
