"""How many directions points spread in, read from the principal variances of balls of many sizes."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.manifold.links import near
from pushforward.rng import Seed, sample

CENTRES = 160
SIZES = (25, 50, 100, 200, 400)
"""Points in a ball: small ones see noise, large ones see the curvature."""
MOST = 6
"""Dimensions looked for."""
LARGEST = 8
"""At least so many balls must fit into the points."""
CLEAR = 3.0
"""A gap between neighbouring variances narrower than this is none."""
AMPLE = 10.0
"""Larger balls are not needed where the gap is as wide as this."""
FIRST = 0.25
"""A gap of this share of the widest counts before it: without noise the later ones are between powers of curvature."""
NOTHING = 1e-4
"""Variances this small beside the largest are rounding."""
MIXED = 0.15
"""A dimension that fewer of the points have is chance, or the crossing of branches."""


@dataclass(frozen=True)
class Local:
    """The local dimension: the gap it rests on, the size of balls that shows it best, and the shares of each dimension.

    `dim` is None where no size of balls shows a clear gap.
    """

    dim: int | None
    gap: float
    size: int
    shares: tuple[tuple[int, float], ...]

    @property
    def mixed(self) -> bool:
        """Whether there are points of several dimensions."""
        return len(self.shares) > 1


def local_dimension(y: Tensor, *, seed: Seed) -> Local:
    r"""The dimension at which the principal variances $\lambda_1 \ge \lambda_2 \ge \dots$ of balls first fall off.

    For balls of 25 … 400 points the median over centres of $\lambda_k/\lambda_{k+1}$ is taken; the smallest balls with
    an ample gap decide, or else those with the widest: where noise is behind and curvature not yet ahead. In a ball of
    radius r without noise all gaps are of order $r^{-2}$, since $\lambda$ is of order $r^2$ along the tangent space and
    $r^4, r^6, \dots$ across it: the first one that is about as wide as any counts.  (n p)

    >>> z = 6.28 * torch.rand(900, 1, generator=torch.Generator().manual_seed(0))
    >>> local_dimension(torch.cat([z.cos(), z.sin()], 1), seed=0).dim
    1

    Source: Fukunaga, Olsen (1971) for local principal components; Little, Jung, Maggioni (2009) for many scales.
    """
    centres = y[sample(len(y), CENTRES, seed=seed)]
    sizes = [k for k in SIZES if LARGEST * k <= len(y)] or [min(SIZES[0], len(y))]
    _, indices = near(centres, y, sizes[-1])
    ratios = {k: _ratios(y[indices[:, :k]]) for k in sizes}
    middle = {k: r.median(0).values for k, r in ratios.items()}
    gaps = {k: float(r[_first(r)]) for k, r in middle.items()}
    size = next((k for k in sizes if gaps[k] >= AMPLE), max(sizes, key=lambda k: gaps[k]))
    kinds, counts = (_first(ratios[size]) + 1).unique(return_counts=True)
    shares = [(int(d), float(c) / len(centres)) for d, c in zip(kinds, counts, strict=True)]
    common = max(shares, key=lambda part: part[1])[0]
    held = tuple(part for part in shares if part[1] >= MIXED)
    return Local(common if gaps[size] >= CLEAR else None, gaps[size], size, held)


def _first(ratios: Tensor) -> Tensor:
    """Where the first gap is that counts.  (... MOST) -> (...)"""
    needed = (FIRST * ratios.amax(-1, keepdim=True)).clamp_min(CLEAR).minimum(ratios.amax(-1, keepdim=True))
    return (ratios >= needed).int().argmax(-1)


def _ratios(balls: Tensor) -> Tensor:
    """Each variance over the next; filling all coordinates counts as a gap just clear.  (c k p) -> (c MOST)"""
    count, p = len(balls), balls.shape[2]
    S = torch.linalg.svdvals((balls - balls.mean(1, keepdim=True)).double()).square()
    S = S.clamp_min(NOTHING * S[:, :1]).clamp_min(1e-300)
    filled = torch.full((count, int(p <= MOST)), CLEAR, dtype=S.dtype)
    ratios = torch.cat([S[:, :-1] / S[:, 1:], filled], 1)[:, :MOST]
    return torch.nn.functional.pad(ratios, (0, MOST - ratios.shape[1]), value=1.0)
