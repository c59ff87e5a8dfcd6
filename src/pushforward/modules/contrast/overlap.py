"""How much two blocks work with the same properties of one input."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.contrast.probe import Factor, Pair
from pushforward.rng import Seed, normal

RANK = 1e-5
"""Directions along which a block moves less than this share of its fastest one do not move it: rounding does."""
MOVES = 1e-3
"""What moves a block at this share of its fastest speed, or more, is a direction that moves it."""
DRAWS = 256
"""Random directions that say what chance is."""


def overlap(factors: Pair) -> float:
    r"""The RV coefficient $\langle M_A, M_B \rangle / (|M_A| |M_B|)$: 0 for different properties, 1 for the same.

    Source: Robert, Escoufier (1976).
    """
    A, B = factors.moved.M, factors.held.M
    norm = float(A.norm() * B.norm())
    return float((A * B).sum()) / norm if norm > 0 else 1.0


class Shared(NamedTuple):
    """How many of the `moving` directions that move one block move the other, out of r; `held` move the other."""

    shared: int
    moving: int
    held: int
    rank: int

    @property
    def contained(self) -> bool:
        """Whether all that moves the one moves the other, though the other does not fill all directions."""
        return self.moving > 0 and self.shared == self.moving and self.held < self.rank

    @property
    def all(self) -> bool:
        """Whether all that moves the one moves the other."""
        return self.moving > 0 and self.shared == self.moving


def shared(factors: Pair) -> Shared:
    """How many of the directions that move the first block also move the second, numerically."""
    A, B = factors
    r = len(B.M)
    moving = int((singular(A) > MOVES * singular(A)[0]).sum()) if singular(A)[0] > 0 else 0
    values, vectors = torch.linalg.eigh(B.M)
    still = vectors[:, values.clamp_min(0).sqrt() <= RANK * float(values[-1].clamp_min(0).sqrt())]
    free = torch.linalg.svdvals(A.F @ still) if still.shape[1] else torch.zeros(0)
    alone = min(moving, int((free > MOVES * singular(A)[0]).sum()))
    return Shared(moving - alone, moving, r - still.shape[1], r)


def singular(factor: Factor) -> Tensor:
    """Speeds along the principal directions of a block, largest first (r,)."""
    return torch.linalg.eigvalsh(factor.M).clamp_min(0).sqrt().flip(0)


def random_leaks(factors: Pair, *, seed: Seed) -> Tensor:
    """The leaks |F_B w| / |F_A w| of random directions w ~ N(0, I) of the chart (256,)."""
    w = normal((DRAWS, len(factors.moved.M)), seed=seed, dtype=torch.float64).T
    moved, held = ((f.M @ w * w).sum(0).clamp_min(0).sqrt() for f in factors)
    return held / moved.clamp_min(1e-300)


def chance(factors: Pair, *, seed: Seed) -> float:
    """The median leak of random directions that vary as the inputs do."""
    return float(random_leaks(factors, seed=seed).median())
