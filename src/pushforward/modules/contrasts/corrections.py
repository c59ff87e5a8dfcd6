"""Directions and small corrections around a point, by its factors: each correction is looked at before it is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import normalize

from pushforward.modules.contrasts.directions import regularised
from pushforward.modules.contrasts.factors import Pair

LONGEST = 1.0
"""The longest step and correction, in standard deviations of the inputs."""
DAMPING = (1e-4, 1e-3, 1e-2, 1e-1)
"""How much corrections are damped, relative to the held block's mean squared speed: the best is taken."""
CORRECTIONS = 3
BETTER = 0.95
"""A correction that leaves more than this of what it is to correct is the last."""
PUNCTUAL = 4.0
"""How much more it counts that the moved block misses its target than that the held block moves as much."""
MARGIN = 0.01
"""How far from the edge of the distribution a walk keeps, as a share of its width."""


@dataclass(frozen=True, eq=False)
class Local:
    """What is known around one point of a walk.

    `heading` (m,) is the unit change in which the moved block is to grow; `missing` what the held block lacks of its
    first values; `inwards` the gradient of the density's score, `score` its value here and `bounds` where it is usual.
    """

    factors: Pair
    heading: Tensor
    look: Callable[[Tensor], Pair]
    moved: Callable[[Pair], Tensor]
    held: Callable[[Pair], Tensor]
    missing: Callable[[Pair], Tensor]
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

    def corrected(self, w: Tensor, best: Pair, *, along_edge: bool) -> Tensor:
        """Coordinates near w, where `best` is seen, at which the held block has come back."""
        if along_edge:
            w = self._kept(w)
            best = self.look(w[None])
        for _ in range(CORRECTIONS):
            tried = w + self._back(best)
            seen = self.look(tried)
            i = int(self.held(seen).argmin())
            if float(self.held(seen)[i]) >= BETTER * float(self.held(best)):
                break
            w, best = tried[i], seen.only(i)
        return self._kept(w) if along_edge else w

    def settled(self, values: Pair, target: float, *, along_edge: bool) -> Tensor:
        """Coordinates at which the held block is back and the moved one has moved by the target."""
        d = self.direction(along_edge=along_edge)
        slope = float(self.ahead @ d)
        w, best = torch.zeros_like(d), Pair(*(part[None] for part in values))
        missed = lambda v: (self.held(v).square() + (PUNCTUAL * (self.moved(v) - target)).square()).sqrt()  # noqa: E731
        for _ in range(CORRECTIONS):
            tried = w + self._back(best) + d * (target - float(self.moved(best))) / slope
            tried = torch.stack([self._kept(t) for t in tried]) if along_edge else tried
            seen = self.look(tried)
            i = int(missed(seen).argmin())
            if float(missed(seen)[i]) >= BETTER * float(missed(best)):
                break
            w, best = tried[i], seen.only(i)
        return w

    @cached_property
    def _across(self) -> tuple[Tensor, Tensor]:
        """Squared speeds of the held block and their directions, across the way ahead, which corrections keep."""
        g = normalize(self.ahead, dim=0)
        P = torch.eye(len(g), dtype=g.dtype) - torch.outer(g, g)
        values, V = torch.linalg.eigh(P @ self.factors.held.M @ P)
        return values.clamp_min(0), P @ V

    def _damping(self, shares: tuple[float, ...]) -> Tensor:
        B = self.factors.held.M
        return torch.tensor(shares, dtype=B.dtype)[:, None] * float(B.trace()) / len(B)

    def _back(self, values: Pair) -> Tensor:
        """Gauss–Newton steps that bring the held block back, one for each damping.  (1 m) -> (4 r)"""
        wanted = self.factors.held.F.T @ self.missing(values)[0]
        squares, V = self._across
        steps = (V.T @ wanted / (squares + self._damping(DAMPING)).clamp_min(1e-300)) @ V.T
        return steps * (LONGEST / steps.norm(dim=1, keepdim=True).clamp_min(LONGEST))

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

    def _kept(self, w: Tensor) -> Tensor:
        """Coordinates moved to where the inputs are usual, if the score bends as that of a Gaussian."""
        score = self.score + float(self._slope @ w) - float(w.square().sum()) / 2
        low, high = self.bounds
        margin = MARGIN * min(high - low, 100.0)
        lacking = max(low + margin - score, 0.0) - max(score - high + margin, 0.0)
        step = lacking * self._inward
        return w + step * (LONGEST / step.norm().clamp_min(LONGEST))
