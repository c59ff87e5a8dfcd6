"""All latent points of an input: descents from many starts, and which of their ends are different."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.generator.layers import squared
from pushforward.generator.result import Inverse, Preimages
from pushforward.generator.scaling import power_of_two
from pushforward.generator.tangent import Paint, jacobians
from pushforward.latents import Latent
from pushforward.progress import track
from pushforward.rng import Seed

# How many of the charts or components that an encoder finds likeliest are tried.
TRIES = 4
# Inputs at once.
CHUNK = 512


@torch.no_grad()
def encoder_points(latent: Latent, encoder: nn.Module, inside: Tensor) -> tuple[Tensor, Tensor]:
    """The encoder's points, one in every chart or component, and its logits.  -> (n m width), (n m)"""
    decoded = [latent.decode(encoder(part)) for part in inside.split(CHUNK)]
    points, logits = (torch.cat(column) for column in zip(*decoded, strict=True))
    return latent.project(points.flatten(0, 1)).unflatten(0, points.shape[:2]), logits


@torch.no_grad()
def likeliest(paint: Paint, points: Tensor, logits: Tensor, x: Tensor) -> Tensor:
    """Of an encoder's most likely candidates, the one that generates what is nearest to x.  -> (n width)"""
    at = torch.arange(len(x), device=x.device)
    points = points[at[:, None], logits.topk(min(TRIES, logits.shape[1]), dim=1).indices]  # (n m width) -> (n t width)
    if points.shape[1] == 1:
        return points[:, 0]
    unit = power_of_two(x)
    errors = [
        squared(paint(z.flatten(0, 1)).unflatten(0, z.shape[:2]) / unit, part[:, None] / unit, 2)
        for z, part in zip(points.split(CHUNK), x.split(CHUNK), strict=True)
    ]
    return points[at, torch.cat(errors).argmin(1)]


# Bytes of Jacobians in memory at a time: few, for a network's activations along all directions are many times more.
MEMORY = 2**21
# First damping, relative to the mean squared derivative.
DAMPING = 1e-2
# Damping at which no step lowers the residual.
STUCK = 1e6
# At least so many Jacobians at once: kernels round those of smaller batches differently.
FEW = 16


class Descended(NamedTuple):
    """`z` (n, width), the root mean square `residual` (n,) there, and whether no step leads further."""

    z: Tensor
    residual: Tensor
    converged: Tensor


@dataclass(frozen=True)
class LevenbergMarquardt:
    r"""Steps $v = (J^\top J + \lambda)^{-1} J^\top (x - G(z))$ in the latent's frame, taken where the residual falls.

    λ shrinks after a step that was taken and grows after one that was not. Every step ends on the latent: what leaves
    it is brought to its boundary. A step shorter than `tolerance` times the latent's spread is the last.

    Source: Levenberg (1944), Marquardt (1963).
    """

    steps: int = 30
    tolerance: float = 1e-4

    def descend(self, paint: Paint, latent: Latent, x: Tensor, z: Tensor, *, progress: bool = False) -> Descended:
        """From z (n, width) towards points that generate x (n, *shape)."""
        if not len(x):
            raise BadInput("there is no input to be inverted: the batch is empty. Give at least one.")
        rows = max(1, MEMORY // (x[:1].numel() * latent.dim * z.element_size()))
        lots = list(zip(x.split(rows), z.split(rows), strict=True))
        parts = [self._descend(paint, latent, *lot) for lot in track(lots, "inverting the generator", show=progress)]
        return Descended(*(torch.cat(column) for column in zip(*parts, strict=True)))

    @torch.no_grad()
    def _descend(self, paint: Paint, latent: Latent, x: Tensor, z: Tensor) -> Descended:
        z, x = latent.project(z), x.flatten(1)
        first = paint(z).flatten(1)
        unit = power_of_two(x, first)  # in which squares do not overflow
        x, off = x / unit, (x - first) / unit
        far = float(latent.spread.norm())
        damping = z.new_full((len(z),), DAMPING)
        converged = torch.zeros(len(z), dtype=torch.bool, device=z.device)
        moved, J = ~converged, off.new_empty(latent.dim, *off.shape)  # (k n d)
        for _ in range(self.steps):
            at = (~converged).nonzero()[:, 0]
            if not len(at):
                break
            new = at[moved[at].argsort(descending=True, stable=True)][: max(FEW, int(moved[at].sum()))]
            # after a step not taken it is the same
            J[:, new] = jacobians(paint, latent, z[new]).permute(2, 0, 1) / unit
            v = _step(J[:, at].permute(1, 2, 0), off[at], damping[at])
            trial = latent.project(latent.move(z[at], v))
            off_there = x[at] - paint(trial).flatten(1) / unit
            before, after = off[at].square().sum(1), off_there.square().sum(1)
            better = after < before
            small = (v.norm(dim=1) <= self.tolerance * far) & (damping[at] <= 1)
            moved[at] = better
            z[at] = torch.where(better[:, None], trial, z[at])
            off[at] = torch.where(better[:, None], off_there, off[at])
            damping[at] = torch.where(better, damping[at] * 0.2, damping[at] * 5)
            converged[at] = small | (damping[at] > STUCK)
        return Descended(z, off.square().mean(1).sqrt() * unit, converged)


def _step(J: Tensor, off: Tensor, damping: Tensor) -> Tensor:
    """(n d k), (n d), (n) -> (n k)"""
    normal = J.mT @ J
    diagonal = normal.diagonal(dim1=1, dim2=2).mean(1)
    damped = normal + torch.diag_embed((damping * diagonal + torch.finfo(J.dtype).tiny)[:, None].expand(-1, J.shape[2]))
    return torch.linalg.lstsq(damped, J.mT @ off[..., None]).solution[..., 0]


# Random latent points of which the nearest serve as starts.
POOL = 2048
# Inputs at once.
TOGETHER = 64
# Least distance of two preimages, in units of the latent's spread.
APART = 0.1


# Steps of all descents to preimages; the hopeful go on.
FIRST = 5
# How many times the best residual of its input a descent may have after its first steps to go on.
HOPEFUL = 3.0
# How many times the best residual of its input an end may have to be a preimage beside it.
ALIKE = 1.5
# Residuals below so many typical ones do not differ.
EXACT = 0.1


@torch.no_grad()
def starts(paint: Paint, latent: Latent, x: Tensor, count: int, *, seed: Seed) -> Tensor:
    """For every x the `count` of some random latent points that generate what is nearest.  -> (n count width)"""
    pool = latent.sample(max(POOL, count), seed=seed).to(x)
    outputs = torch.cat([paint(part).flatten(1) for part in pool.split(TOGETHER * 8)])
    unit = power_of_two(x, outputs)
    outputs, x = outputs / unit, x / unit
    exact = "donot_use_mm_for_euclid_dist"  # products lose the distances where the mean is large
    near = [
        torch.cdist(part.flatten(1), outputs, compute_mode=exact).topk(count, largest=False).indices
        for part in x.split(TOGETHER)
    ]
    return pool[torch.cat(near)]


@torch.no_grad()
def descents(
    paint: Paint, latent: Latent, x: Tensor, z: Tensor, method: LevenbergMarquardt, *, progress: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """The ends of all descents from z (n s width), best first, their residuals and whether they converged (n s)."""
    n, s, _ = z.shape
    ends = method.descend(paint, latent, x.repeat_interleave(s, 0), z.flatten(0, 1), progress=progress)
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


def inverse(paint: Paint, latent: Latent, x: Tensor, z: Tensor, *, progress: bool = False) -> Inverse:
    """The best end of the descents from z (n, s, width)."""
    ends, residual, converged = descents(paint, latent, x, z, LevenbergMarquardt(), progress=progress)
    best = ends[:, 0]
    with torch.no_grad():
        return Inverse(best, paint(best), residual[:, 0], converged[:, 0])


def preimages(
    paint: Paint, latent: Latent, x: Tensor, z: Tensor, tolerance: float, typical: float, *, progress: bool = False
) -> Preimages:
    """All different ends within tolerance of the descents from z (n, s, width), of which a `typical` residual is known.

    An end counts that is about as near to x as the nearest: where G makes x itself, what it makes near x is no
    preimage. All descents go a few steps, and those that are far behind then are given up.
    """
    ends, residual, _ = descents(paint, latent, x, z, LevenbergMarquardt(steps=FIRST), progress=progress)
    ends, residual = ends.clone(), residual.clone()
    going = residual <= HOPEFUL * residual[:, :1].clamp_min(2 * typical / HOPEFUL)
    x_going = x[going.nonzero()[:, 0]]
    last = LevenbergMarquardt(steps=60).descend(paint, latent, x_going, ends[going], progress=progress)
    ends[going], residual[going] = last.z, last.residual
    order = residual.argsort(dim=1, stable=True)
    at = torch.arange(len(x), device=x.device)[:, None]
    ends, residual = ends[at, order], residual[at, order]
    within = residual <= (ALIKE * residual[:, :1]).clamp_min(EXACT * typical).clamp_max(tolerance)
    keep = torch.cat(
        [different(latent, a, b) for a, b in zip(ends.split(TOGETHER), within.split(TOGETHER), strict=True)]
    )
    points = [a[b] for a, b in zip(ends, keep, strict=True)]
    return Preimages(points, keep.sum(1), residual[:, 0], tolerance)
