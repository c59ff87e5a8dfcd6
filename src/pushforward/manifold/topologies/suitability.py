"""How many directions points spread in, read from the principal variances of balls of many sizes."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.manifold.topologies.scales import labels_of, local_scale
from pushforward.points import Cloud, nearest, strays
from pushforward.rng import Seed, sample

# Balls whose dimension is looked for, up to the highest, and how many must fit into the points at least.
CENTRES, HIGHEST, LARGEST = 160, 6, 8
# Points in a ball: small ones see noise, large ones see the curvature.
SIZES = (25, 50, 100, 200, 400)
# A gap between neighbouring variances narrower than the first is none; one as wide as the second needs no larger balls.
CLEAR, AMPLE = 3.0, 10.0
# A gap of this share of the widest counts before it: without noise the later ones are between powers of curvature.
FIRST = 0.25
# Variances this small beside the largest are rounding.
NOTHING = 1e-4
# A dimension that fewer of the points have is chance, or the crossing of branches.
MIXED = 0.15


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
    _, indices = nearest(centres, y, sizes[-1])
    ratios = {k: _ratios(y[indices[:, :k]]) for k in sizes}
    middle = {k: r.median(0).values for k, r in ratios.items()}
    gaps = {k: float(r[_first(r)]) for k, r in middle.items()}
    size = next((k for k in sizes if gaps[k] >= AMPLE), max(sizes, key=lambda k: gaps[k]))
    kinds, counts = (_first(ratios[size]) + 1).unique(return_counts=True)
    shares = [(int(d), float(c) / len(centres)) for d, c in zip(kinds, counts, strict=True)]
    common = max(shares, key=lambda part: part[1])[0]
    frequent = tuple(part for part in shares if part[1] >= MIXED)
    return Local(common if gaps[size] >= CLEAR else None, gaps[size], size, frequent)


def _first(ratios: Tensor) -> Tensor:
    """Where the first gap is that counts.  (... HIGHEST) -> (...)"""
    needed = (FIRST * ratios.amax(-1, keepdim=True)).clamp_min(CLEAR).minimum(ratios.amax(-1, keepdim=True))
    return (ratios >= needed).int().argmax(-1)


def _ratios(balls: Tensor) -> Tensor:
    """Each variance over the next; filling all coordinates counts as a gap just clear.  (c k p) -> (c HIGHEST)"""
    count, p = len(balls), balls.shape[2]
    S = torch.linalg.svdvals((balls - balls.mean(1, keepdim=True)).double()).square()
    S = S.clamp_min(NOTHING * S[:, :1]).clamp_min(1e-300)
    filled = torch.full((count, int(p <= HIGHEST)), CLEAR, dtype=S.dtype)
    ratios = torch.cat([S[:, :-1] / S[:, 1:], filled], 1)[:, :HIGHEST]
    return torch.nn.functional.pad(ratios, (0, HIGHEST - ratios.shape[1]), value=1.0)


# Distinct points that are needed at least.
FEWEST = 200


# With a larger share of outliers no topology is given.
CONTAMINATED = 0.2


# The highest dimension.
MOST = 3


def allowed(verb: str, dim: int | None, charts: int | None) -> None:
    """Raises `BadInput` for what cannot be a dimension or a number of charts."""
    for what, value, most in (("dim", dim, MOST), ("charts", charts, 10**6)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most):
            raise BadInput(
                f"`pf.{verb}({what}={value!r})`: a whole number from 1 to {most} is needed, or leave it out."
            )


@dataclass(frozen=True, eq=False)
class Readied:
    """Points that an atlas can be fitted to: `cloud`, without strays and crumbs, and for each its scale and part.

    `near` (n): which of the points that were given these are. `reason`: why no atlas can be fitted after all, if so.
    """

    cloud: Cloud
    dim: int
    near: Tensor
    scale: Tensor
    labels: np.ndarray
    reason: str | None


def readied(points: Cloud, dim: int | None, *, seed: Seed) -> Readied | str:
    """Points of the dimension that is given or else read, or why that cannot be."""
    few = _few(len(points.y))
    if few:
        return few
    if dim is None:
        local = local_dimension(points.y, seed=seed)
        reason = unclear(local)
        if reason or local.dim is None:
            share = float(strays(points.y, 1).double().mean())
            return contaminated(share) if share > CONTAMINATED else reason or ""
        dim = local.dim
    near = ~strays(points.y, dim)
    labels = labels_of(points.y[near], local_scale(points.y[near]), dim)
    near[near.clone()] = torch.as_tensor(labels >= 0)
    left = replace(points, y=points.y[near], counts=points.counts[near], outliers=int((~near).sum()))
    reason = _few(len(left.y))
    if left.outliers > CONTAMINATED * points.given:
        reason = contaminated(left.outliers / points.given)
    return Readied(left, dim, near, local_scale(left.y), labels[labels >= 0], reason)


def _few(points: int) -> str | None:
    if points >= FEWEST:
        return None
    return f"there are {points} distinct points with neighbours; at least {FEWEST} are needed, thousands are better"


def contaminated(share: float) -> str:
    """The reason where this share of the points are outliers."""
    return f"{share:.0%} of the points are far from all others or from the atlas. Remove outliers, or give more points"


def unclear(local: Local) -> str | None:
    """Why the dimension is not to be trusted, if so."""
    if local.dim is None:
        return (
            f"no dimension is clear: local variances fall by {local.gap:.1f} : 1 at most, {CLEAR:g} : 1 is needed "
            "(noise as large as the shape, or too few points). `dim=` gives it if you know it"
        )
    if local.mixed:
        parts_ = ", ".join(f"{d} at {share:.0%}" for d, share in local.shares)
        return f"the dimension is mixed: {parts_} of the points. Look at the parts one by one"
    if local.dim is not None and local.dim > MOST:
        return f"the dimension is {local.dim}; atlases are fitted and homology is computed up to dimension {MOST}"
    return None
