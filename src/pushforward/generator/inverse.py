"""All latent points of an input: descents from many starts, and which of their ends are different."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.generator.descent import LevenbergMarquardt
from pushforward.generator.tangent import Paint
from pushforward.latents import Latent
from pushforward.rng import Seed

POOL = 2048
"""Random latent points of which the nearest serve as starts."""
TOGETHER = 64
"""Inputs at once."""
APART = 0.1
"""Least distance of two preimages, in units of the latent's spread."""


FIRST = 5
"""Steps of all descents to preimages; the hopeful go on."""
HOPEFUL = 3.0
"""How many times the best residual of its input a descent may have after its first steps to go on."""
ALIKE = 1.5
"""How many times the best residual of its input an end may have to be a preimage beside it."""
EXACT = 0.05
"""Share of the tolerance below which residuals do not differ."""


@dataclass(frozen=True, eq=False)
class Inverse:
    """The best latent point found for each input.

    `z` (n, width); the inputs `points` (n, *shape) it generates; the root mean square `residual` (n,) in the data's
    units; and whether the descent `converged` (n,).
    """

    z: Tensor
    points: Tensor
    residual: Tensor
    converged: Tensor

    def __repr__(self) -> str:
        return f"Inverse({len(self.z)} inputs, median residual {float(self.residual.median()):.3g})"


@dataclass(frozen=True, eq=False)
class Preimages:
    """All latent points found of each input: `points`, a list of (m, width); `multiplicity` (n,), how many there are.

    `residual` (n,) is the least root mean square difference reached; above `tolerance` there are no preimages.
    """

    points: list[Tensor]
    multiplicity: Tensor
    residual: Tensor
    tolerance: float

    def of(self, which: Tensor) -> "Preimages":
        """Those of some of the inputs, given by number."""
        points = [self.points[i] for i in which.tolist()]
        return Preimages(points, self.multiplicity[which], self.residual[which], self.tolerance)

    def __repr__(self) -> str:
        counts = ", ".join(f"{int((self.multiplicity == m).sum())} × {int(m)}" for m in self.multiplicity.unique())
        return f"Preimages({len(self.points)} inputs; multiplicity {counts})"


@torch.no_grad()
def starts(paint: Paint, latent: Latent, x: Tensor, count: int, *, seed: Seed) -> Tensor:
    """For every x the `count` of some random latent points that generate what is nearest.  -> (n count width)"""
    pool = latent.sample(max(POOL, count), seed=seed).to(x)
    made = torch.cat([paint(part).flatten(1) for part in pool.split(TOGETHER * 8)])
    exact = "donot_use_mm_for_euclid_dist"  # products lose the distances where the mean is large
    near = [
        torch.cdist(part.flatten(1), made, compute_mode=exact).topk(count, largest=False).indices
        for part in x.split(TOGETHER)
    ]
    return pool[torch.cat(near)]


@torch.no_grad()
def descents(
    paint: Paint, latent: Latent, x: Tensor, z: Tensor, method: LevenbergMarquardt
) -> tuple[Tensor, Tensor, Tensor]:
    """The ends of all descents from z (n s width), best first, their residuals and whether they converged (n s)."""
    n, s, _ = z.shape
    ends = method.descend(paint, latent, x.repeat_interleave(s, 0), z.flatten(0, 1))
    residual = ends.residual.reshape(n, s)
    order = residual.argsort(stable=True)
    at = torch.arange(n, device=x.device)[:, None]
    return ends.z.reshape(n, s, -1)[at, order], residual[at, order], ends.converged.reshape(n, s)[at, order]


def different(latent: Latent, z: Tensor, within: Tensor) -> Tensor:
    """Which ends to keep: those `within` tolerance that are no repetition of an earlier one.  (n s width) -> (n s)"""
    n, s, _ = z.shape
    a, b = z[:, :, None].expand(-1, -1, s, -1), z[:, None].expand(-1, s, -1, -1)
    distance = latent.distance(a.flatten(0, 2), b.flatten(0, 2)).reshape(n, s, s)
    near = distance < APART * float(latent.spread.norm())
    keep = within.clone()
    for j in range(1, s):
        keep[:, j] &= ~(keep[:, :j] & near[:, :j, j]).any(1)
    return keep


def inverse(paint: Paint, latent: Latent, x: Tensor, z: Tensor) -> Inverse:
    """The best end of the descents from z (n, s, width)."""
    ends, residual, converged = descents(paint, latent, x, z, LevenbergMarquardt())
    best = ends[:, 0]
    with torch.no_grad():
        return Inverse(best, paint(best), residual[:, 0], converged[:, 0])


def preimages(paint: Paint, latent: Latent, x: Tensor, z: Tensor, tolerance: float) -> Preimages:
    """All different ends within tolerance of the descents from z (n, s, width).

    An end counts that is about as near to x as the nearest: where G makes x itself, what it makes near x is no
    preimage. All descents go a few steps, and those that are far behind then are given up.
    """
    ends, residual, _ = descents(paint, latent, x, z, LevenbergMarquardt(steps=FIRST))
    ends, residual = ends.clone(), residual.clone()
    going = residual <= HOPEFUL * residual[:, :1].clamp_min(tolerance / HOPEFUL)
    last = LevenbergMarquardt(steps=60).descend(paint, latent, x[going.nonzero()[:, 0]], ends[going])
    ends[going], residual[going] = last.z, last.residual
    order = residual.argsort(dim=1, stable=True)
    at = torch.arange(len(x), device=x.device)[:, None]
    ends, residual = ends[at, order], residual[at, order]
    within = residual <= (ALIKE * residual[:, :1]).clamp_min(EXACT * tolerance).clamp_max(tolerance)
    keep = torch.cat(
        [different(latent, a, b) for a, b in zip(ends.split(TOGETHER), within.split(TOGETHER), strict=True)]
    )
    points = [a[b] for a, b in zip(ends, keep, strict=True)]
    return Preimages(points, keep.sum(1), residual[:, 0], tolerance)
