"""Subspaces that return: the ranges of metrics of low rank, and of what is left of the others."""

import torch
from torch import Tensor

from pushforward.modules.subspaces.fit import WITHIN, conjugate
from pushforward.modules.subspaces.spectra import FLAT, Spectra

# A subspace counts if it returns at so many points, and at this share of all.
LEAST, SHARE = 5, 0.002
# Σ sin² to the middle of a cluster up to which nothing else may lie: twice the angle of `WITHIN`.
SHELL = 4 * WITHIN
# How many of the points inside may lie in that shell, as a share.
HALO = 1 / 5
# So many ranges of one rank are compared with each other.
MOST = 1500


def mine(points: Spectra) -> list[Tensor]:
    """Bases (k, d) of the subspaces that return, those of lowest dimension first; none is the whole space.

    A range of dimension d is looked for among metrics of rank d and among what known subspaces leave of others; each
    new subspace explains more of these, so all dimensions are gone through again after one is met.
    """
    k = points.S.shape[1]
    least = max(LEAST, int(SHARE * len(points.rank)))
    low = points.low
    blocks: list[Tensor] = []
    left, ranges, d = low.rank, low.Q, 1
    while d < k:
        fresh = [V for V in _returning(ranges[left == d][:MOST, :, -d:], least) if _new(V, blocks)]
        if fresh:
            blocks += fresh
            left, ranges = _remainders(low, blocks)
        d = 1 if fresh else d + 1
    return blocks


def _remainders(points: Spectra, blocks: list[Tensor]) -> tuple[Tensor, Tensor]:
    """How many dimensions (n,) known subspaces leave of each metric, and its eigenvectors then (n, k, k)."""
    S, Q = torch.linalg.eigh(conjugate(points, blocks).remainder)
    return (FLAT * points.S[:, -1:] < S).sum(1), Q


def _returning(ranges: Tensor, least: int) -> list[Tensor]:
    """The middles of tight, isolated clusters of at least so many subspaces (p, k, d), the largest first."""
    p, _, d = ranges.shape
    if p < least:
        return []
    apart = d - _overlap(ranges)
    near, wide = apart <= WITHIN, apart <= SHELL
    fresh: list[Tensor] = []
    open_ = torch.ones(p, dtype=torch.bool)
    while True:
        inside = (near & open_).sum(1) * open_
        best = int(inside.argmax())
        if int(inside[best]) < least:
            return fresh
        members = ranges[near[best] & open_]
        middle = torch.linalg.eigh((members @ members.mT).mean(0)).eigenvectors[:, -d:]
        away = d - (middle.T @ ranges).square().sum((1, 2))
        core, shell = int((away <= WITHIN).sum()), int(((away > WITHIN) & (away <= SHELL)).sum())
        if core >= least and shell <= HALO * core:
            fresh.append(middle)
        open_ &= ~(wide[best] | (away <= SHELL))


def _new(V: Tensor, blocks: list[Tensor]) -> bool:
    """Whether no known subspace lies in this one."""
    return all(U.shape[1] - float((V.T @ U).square().sum()) > SHELL for U in blocks)


def _overlap(ranges: Tensor) -> Tensor:
    """Σ cos² of the principal angles between all pairs (p, p)."""
    p, k, d = ranges.shape
    if d * d <= k:
        rows = ranges.mT.reshape(p * d, k)
        return (rows @ rows.T).square().reshape(p, d, p, d).sum((1, 3))
    flat = (ranges @ ranges.mT).reshape(p, k * k)
    return flat @ flat.T
