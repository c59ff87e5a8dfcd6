"""Directions along which one block moves and the other does not."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushforward.modules.contrasts.factors import Factor, Pair
from pushforward.modules.contrasts.overlap import chance
from pushforward.rng import Seed

# How slow a movement of the fixed block counts as none, squared, relative to the moved block's mean squared speed
TAU = 1e-2


@dataclass(frozen=True, eq=False)
class Direction:
    """A unit direction w (r,) of the chart.

    `speed` of the moved block along it, in σ per unit of w, and that of the `fixed` one; `chance`: the median leak of
    random directions.
    """

    w: Tensor
    speed: float
    fixed: float = field(metadata={"was": "held"})
    chance: float

    @property
    def leak(self) -> float:
        """Movement of the fixed block over that of the moved one, to first order."""
        return self.fixed / self.speed if self.speed > 0 else float("inf")

    @property
    def gain(self) -> float:
        """How many times faster the moved block moves."""
        return self.speed / self.fixed if self.fixed > 0 else float("inf")

    def __str__(self) -> str:
        chance = 1 / self.chance if self.chance > 0 else float("inf")
        return f"gain {self.gain:.3g} (chance {chance:.3g}), speed {self.speed:.3g} σ"

    __repr__ = __str__


def directions(factors: Pair[Factor], most: int, *, seed: Seed, tau: float = TAU) -> tuple[Direction, ...]:
    r"""Up to `most` orthonormal directions, the best first: each maximises, orthogonally to those before it,

    $v^\top M_A v / v^\top (M_B + \tau\, \mathrm{tr}(M_A)/r\, I) v$.

    τ is relative to $M_A$: relative to $M_B$ the best ratio is found where nothing moves at all.
    """
    A, r = factors.moved.M, len(factors.moved.M)
    B = regularised(factors, tau)
    expected = chance(factors, seed=seed)
    basis = torch.eye(r, dtype=A.dtype)
    leading: list[Direction] = []
    while len(leading) < min(most, r):
        w = torch.nn.functional.normalize(basis @ _leading(basis.T @ A @ basis, basis.T @ B @ basis), dim=0)
        leading.append(Direction(_signed(w), factors.moved.speed(w), factors.fixed.speed(w), expected))
        basis = torch.linalg.qr(torch.cat([torch.stack([d.w for d in leading], 1), basis], 1))[0][:, len(leading) : r]
    return tuple(leading)


def easiest(factors: Pair[Factor]) -> float:
    """The leak, to first order, of the direction that moves the first block best without the second."""
    w = best_direction(factors, TAU / 10)
    speed = factors.moved.speed(w)
    return factors.fixed.speed(w) / speed if speed > 0 else float("inf")


def best_direction(factors: Pair[Factor], tau: float) -> Tensor:
    r"""The unit direction that maximises $v^\top M_A v / v^\top (M_B + \tau I) v$."""
    return torch.nn.functional.normalize(_leading(factors.moved.M, regularised(factors, tau)), dim=0)


def regularised(factors: Pair[Factor], tau: float) -> Tensor:
    """M_B + τ tr(M_A)/r I, positive definite wherever A moves at all."""
    A, B = factors.moved.M, factors.fixed.M
    floor = max(tau * float(A.trace()) / len(A), 1e-12 * float(B.trace()), 1e-300)
    return B + floor * torch.eye(len(B), dtype=B.dtype)


def _leading(A: Tensor, B: Tensor) -> Tensor:
    """The leading generalised eigenvector of (A, B), by Cholesky."""
    C = torch.linalg.cholesky(B)
    half = torch.linalg.solve_triangular(C, A, upper=False)
    whole = torch.linalg.solve_triangular(C, half.T, upper=False)
    v = torch.linalg.eigh((whole + whole.T) / 2).eigenvectors[:, -1]
    return torch.linalg.solve_triangular(C.T, v[:, None], upper=True)[:, 0]


def _signed(w: Tensor) -> Tensor:
    """One of ±w, the same whichever an eigensolver gives."""
    return w * torch.where(w[w.abs().argmax()] < 0, -1.0, 1.0)
