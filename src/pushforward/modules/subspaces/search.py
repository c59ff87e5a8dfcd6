"""The subspaces of one set of metrics: those that return in low ranks, or those into which all fall at once."""

import torch
from torch import Tensor

from pushforward.modules.subspaces.diagonal import split
from pushforward.modules.subspaces.fit import Fit, conjugate, fit
from pushforward.modules.subspaces.mining import mine
from pushforward.modules.subspaces.spectra import Spectra
from pushforward.rng import Seed, generator

# ‖remainder‖ / ‖H‖ up to which a metric counts as explained.
EXPLAINED = 0.1
# The share from which on nothing else is looked for.
EXACTLY = 0.99


def search(points: Spectra, *, seed: Seed) -> list[Tensor]:
    """Orthonormal bases (k, d).

    Subspaces that return are looked for among metrics of low rank, and taken apart further if their parts never act
    alone. Unless these explain about as much, what all metrics fall into at once is taken: where all are of high rank.
    """
    draws = generator(seed)
    if len(points.rank) == 0:
        return []
    at_once = split(points.H, seed=draws)
    all_at_once = fit(points, at_once).share if len(at_once) > 1 else 0.0
    if all_at_once > EXACTLY:
        return at_once
    mined = mine(points)
    mined = [V for b in range(len(mined)) for V in _parts(points, mined, b, seed=draws)]
    share = fit(points.low if overcomplete(mined) else points, mined).share
    return at_once if all_at_once > share + EXPLAINED else mined


def overcomplete(blocks: list[Tensor]) -> bool:
    """Whether subspaces have more dimensions than the space."""
    return bool(blocks) and sum(V.shape[1] for V in blocks) > len(blocks[0])


def several(points: Spectra, one: Fit) -> Tensor:
    """At which points (n,) more than one subspace is needed."""
    return (points.rank > 1) & ~((one.active.sum(1) == 1) & (one.loss <= EXPLAINED))


def testable(points: Spectra, blocks: list[Tensor]) -> Tensor:
    """Which metrics (n,) can contradict: all, or those of less than full rank if the subspaces are overcomplete."""
    return (points.rank < points.S.shape[1]) | (not overcomplete(blocks))


def _parts(points: Spectra, blocks: list[Tensor], b: int, *, seed: Seed) -> list[Tensor]:
    """A subspace that returns, or what it falls into."""
    V = blocks[b]
    if V.shape[1] == 1:
        return [V]
    one = conjugate(points, blocks)
    at = points.at((one.active[:, b] & (one.loss <= EXPLAINED)).nonzero()[:, 0])
    root = torch.where(at.inside, at.S.clamp_min(1e-300).rsqrt(), 0)
    half = root[:, :, None] * (at.Q.mT @ V)
    return [V @ part for part in split(torch.linalg.pinv(half.mT @ half, hermitian=True), seed=seed)]
