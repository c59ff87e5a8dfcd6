"""How much two blocks work with the same properties of one input."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.contrasts.factors import Block, Factor, Pair
from pushforward.rng import Seed, normal

# More neurons than this in both blocks together are not compared: the matrix of their products would be large
LARGEST = 1500
# The share of a block's movement that rounding leaves unexplained
RESIDUAL = 1e-6
# Directions of neurons that move less than this, squared and relative, explain nothing
RIDGE = 1e-11


class Dependence:
    r"""Sums $F F^\top$ over inputs, for $F_A = T F_B$ with one T at all of them."""

    def __init__(self, blocks: Pair[Block]):
        self.sizes = [len(b.neurons) for b in blocks]
        self.products: Tensor | None = None
        self.columns = 0

    def wanted(self, factors: Pair[Factor]) -> dict[str, Tensor]:
        """What `add` needs of one input: F (m, r) of both blocks together, unless they are large."""
        return {} if sum(self.sizes) > LARGEST else {"F": torch.cat([factors.moved.F, factors.fixed.F])}

    def add(self, F: Tensor) -> None:
        """One more input."""
        self.columns += F.shape[1]
        self.products = F @ F.T if self.products is None else self.products.addmm_(F, F.T)

    def both_ways(self) -> Pair[bool]:
        """Whether the first is a function of the second, and the second of the first; False where it is not known."""
        if self.products is None:
            return Pair(False, False)
        A, B = slice(0, self.sizes[0]), slice(self.sizes[0], None)
        return Pair(self._explained(A, B, self.sizes[1]), self._explained(B, A, self.sizes[0]))

    def _explained(self, which: slice, by: slice, size: int) -> bool:
        G = self.products
        assert G is not None
        if self.columns < 2 * size or not (G[by, by].any() and G[which, which].any()):
            return False  # too few inputs, or one of them is still at all of these
        floor = RIDGE * float(torch.linalg.matrix_norm(G[by, by], 2)) * torch.eye(size, dtype=G.dtype)
        solved = torch.linalg.solve(G[by, by] + floor, G[by, which])
        left = float(G[which, which].trace() - (G[which, by] * solved.T).sum())
        return left <= RESIDUAL * float(G[which, which].trace())


# Directions along which a block moves less than this share of its fastest one do not move it: rounding does
RANK = 1e-5
# What moves a block at this share of its fastest speed, or more, is a direction that moves it
MOVES = 1e-3
# Random directions that say what chance is
DRAWS = 256


def overlap(factors: Pair[Factor]) -> float:
    r"""The RV coefficient $\langle M_A, M_B \rangle / (|M_A| |M_B|)$: 0 for different properties, 1 for the same.

    Source: Robert, Escoufier (1976).
    """
    A, B = factors.moved.M, factors.fixed.M
    norm = float(A.norm() * B.norm())
    return float((A * B).sum()) / norm if norm > 0 else 1.0


class Shared(NamedTuple):
    """How many of the `moving` directions that move one block move the other, out of r; `others` move the other."""

    shared: int
    moving: int
    others: int
    rank: int

    @property
    def contained(self) -> bool:
        """Whether all that moves the one moves the other, though the other does not fill all directions."""
        return self.moving > 0 and self.shared == self.moving and self.others < self.rank

    @property
    def all(self) -> bool:
        """Whether all that moves the one moves the other."""
        return self.moving > 0 and self.shared == self.moving


def shared(factors: Pair[Factor]) -> Shared:
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


def random_leaks(factors: Pair[Factor], *, seed: Seed) -> Tensor:
    """The leaks |F_B w| / |F_A w| of random directions w ~ N(0, I) of the chart (256,); inf where A does not move."""
    w = normal((DRAWS, len(factors.moved.M)), seed=seed, dtype=torch.float64).T
    moved, fixed = ((f.M @ w * w).sum(0).clamp_min(0).sqrt() for f in factors)
    return torch.where(moved > 0, fixed / moved, torch.inf)


def chance(factors: Pair[Factor], *, seed: Seed) -> float:
    """The median leak of random directions that vary as the inputs do."""
    return float(random_leaks(factors, seed=seed).median())
