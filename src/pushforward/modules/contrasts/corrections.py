"""Directions and small corrections around a point, by its factors: each correction is tried before it is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import normalize

from pushforward.modules.contrasts.directions import regularised
from pushforward.modules.contrasts.factors import Factor, Pair

# The longest step and correction, in standard deviations of the inputs
LONGEST = 1.0
# How much corrections are damped, relative to the fixed block's mean squared speed: the best is taken
DAMPING = (1e-4, 1e-3, 1e-2, 1e-1)
# So many corrections at most; one that leaves more than this share of what it is to correct is the last
CORRECTIONS, BETTER = 3, 0.95
# How much more it counts that the moved block misses its target than that the fixed block moves as much
PUNCTUAL = 4.0
# How far from the edge of the distribution a walk keeps, as a share of its width
MARGIN = 0.01


@dataclass(frozen=True, eq=False)
class Local:
    """What is known around one point of a walk.

    `heading` (m,) is the unit change in which the moved block is to grow; `missing` what the fixed block lacks of its
    first values; `inwards` the gradient of the density's score, `score` its value here and `bounds` where it is usual.
    """

    factors: Pair[Factor]
    heading: Tensor
    look: Callable[[Tensor], Pair[Tensor]]
    moved: Callable[[Pair[Tensor]], Tensor]
    fixed: Callable[[Pair[Tensor]], Tensor]
    missing: Callable[[Pair[Tensor]], Tensor]
    inwards: Callable[[], Tensor]
    score: float
    bounds: tuple[float, float]
    tau: float

    @cached_property
    def ahead(self) -> Tensor:
        """The direction in w in which the moved block's movement grows; its length is how fast (r,)."""
        return self.factors.moved.F.T @ self.heading

    def direction(self, *, along_edge: bool) -> Tensor:
        r"""The unit direction in which the moved block goes on: $w \propto (M_B + \tau I)^{-1} F_A^\top u$.

        From a generalised eigenvector's u this is that eigenvector again: one step of power iteration, which needs no
        common frame of two charts, and whose sign is that in which the block goes on.
        """
        d = normalize(torch.linalg.solve(regularised(self.factors, self.tau), self.ahead), dim=0)
        if not along_edge:
            return d
        outwards = float(self._slope @ d) * self._side
        return normalize(d - self._inward * min(outwards, 0.0) * self._side, dim=0)

    def corrected(self, w: Tensor, best: Pair[Tensor], *, along_edge: bool) -> Tensor:
        """Coordinates near w, where the activations are `best`, at which the fixed block is back where it was."""
        if along_edge:
            w = self._inside(w)
            best = self.look(w[None])
        for _ in range(CORRECTIONS):
            options = w + self._back(best)
            there = self.look(options)
            i = int(self.fixed(there).argmin())
            if float(self.fixed(there)[i]) >= BETTER * float(self.fixed(best)):
                break
            w, best = options[i], there.only(i)
        return self._inside(w) if along_edge else w

    def settled(self, values: Pair[Tensor], target: float, *, along_edge: bool) -> Tensor:
        """Coordinates at which the fixed block is back and the moved one has moved by the target."""
        d = self.direction(along_edge=along_edge)
        slope = float(self.ahead @ d)
        w, best = torch.zeros_like(d), Pair(*(part[None] for part in values))
        miss = lambda v: (self.fixed(v).square() + (PUNCTUAL * (self.moved(v) - target)).square()).sqrt()  # noqa: E731
        for _ in range(CORRECTIONS):
            options = w + self._back(best) + d * (target - float(self.moved(best))) / slope
            options = torch.stack([self._inside(option) for option in options]) if along_edge else options
            there = self.look(options)
            i = int(miss(there).argmin())
            if float(miss(there)[i]) >= BETTER * float(miss(best)):
                break
            w, best = options[i], there.only(i)
        return w

    @cached_property
    def _across(self) -> tuple[Tensor, Tensor]:
        """Squared speeds of the fixed block and their directions, across the way ahead, which corrections keep."""
        g = normalize(self.ahead, dim=0)
        P = torch.eye(len(g), dtype=g.dtype) - torch.outer(g, g)
        values, V = torch.linalg.eigh(P @ self.factors.fixed.M @ P)
        return values.clamp_min(0), P @ V

    def _damping(self, shares: tuple[float, ...]) -> Tensor:
        B = self.factors.fixed.M
        return torch.tensor(shares, dtype=B.dtype)[:, None] * float(B.trace()) / len(B)

    def _back(self, values: Pair[Tensor]) -> Tensor:
        """Gauss–Newton steps that bring the fixed block back, one for each damping.  (1 m) -> (4 r)"""
        pull = self.factors.fixed.F.T @ self.missing(values)[0]
        squares, V = self._across
        moves = (V.T @ pull / (squares + self._damping(DAMPING)).clamp_min(1e-300)) @ V.T
        return moves * (LONGEST / moves.norm(dim=1, keepdim=True).clamp_min(LONGEST))

    @cached_property
    def _side(self) -> float:
        """1 where the inputs become too thin, −1 where they become too dense."""
        low, high = self.bounds
        return 1.0 if self.score - low < high - self.score else -1.0

    @cached_property
    def _slope(self) -> Tensor:
        return self.inwards()

    @cached_property
    def _inward(self) -> Tensor:
        """The step that raises the score by 1, keeps the movement of the one block, and hardly moves the other (r,)."""
        squares, V = self._across
        n = V @ (V.T @ self._slope / (squares + self._damping((1e-2,))[0] + 1e-300))
        return n / (self._slope @ n).clamp_min(1e-300)

    def _inside(self, w: Tensor) -> Tensor:
        """Coordinates moved to where the inputs are usual, if the score bends as that of a Gaussian."""
        score = self.score + float(self._slope @ w) - float(w.square().sum()) / 2
        low, high = self.bounds
        margin = MARGIN * min(high - low, 100.0)
        short = max(low + margin - score, 0.0) - max(score - high + margin, 0.0)
        step = short * self._inward
        return w + step * (LONGEST / step.norm().clamp_min(LONGEST))
