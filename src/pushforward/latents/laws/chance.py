"""Whether samples follow the density: their law stays when it should, and the density integrates to 1."""

import math

import torch
from torch import Tensor

from pushforward.latents.laws.case import Case, require
from pushforward.process import jvp
from pushforward.rng import normal, uniform

# How many samples walk, and how many are counted near centres.
SAMPLES, COUNTED = 8192, 16384
# Of the random walk: with these it goes as far as the law is wide.
STEPS = 24
# How many standard errors count as different.
DEVIATIONS = 6.0
CENTRES, VELOCITIES = 64, 256
# A quantile over centres, and where it is in a standard normal distribution.
LOW, BELOW = 0.3, -0.524
# Relative standard error above which a centre says nothing about the integral.
ACCURATE = 0.15


def the_law_stays(case: Case) -> None:
    r"""Samples that walk at random, as Metropolis lets them, keep their law if it is exp(log_density) · volume.

    Steps along geodesics with normal velocities are as likely back as there with respect to the volume of the metric.
    So a walk that accepts them with probability min(1, p(y)/p(z)), and never those beyond the boundary, leaves the law
    p · volume as it is; means of features, of their squares and of the log-density then stay, within their errors.

    Source: Metropolis et al. (1953); Mangoubi, Smith (2018) for geodesic walks.
    """
    latent, z = case.latent, case.points(SAMPLES)
    before = _statistics(case, z)
    for _ in range(STEPS):
        y = latent.move(z, case.velocities(len(z), latent.dim**-0.5))
        p = latent.project(y)
        rises = latent.log_density(p) - latent.log_density(z)
        accepted = case.same(y, p) & (uniform((len(z),), seed=case.draws).double().log() < rises)
        z = torch.where(accepted[:, None], p, z)
    change = _statistics(case, z) - before
    error = change.std(0) / len(z) ** 0.5
    worst = float((change.mean(0).abs() / error.clamp_min(1e-9)).max())
    law = "samples must follow `log_density` with respect to the volume of `metric`: a random walk that keeps this law"
    evidence = f"one moves by {worst:.3g} standard errors"
    require(worst <= DEVIATIONS, f"{law} must keep their means", evidence, "sample, log_density or metric")


def the_density_integrates_to_1(case: Case) -> None:
    r"""Near most points the share of samples is what the density says, so that its integral is 1.

    For a bump $b(r) = e^{-r^2/2s^2}$ around a point c the mean of $b(d(c, z))/p(z)$ over samples is the integral of the
    bump over the manifold. So is that of $b(|v|)$ over the velocities of shortest geodesics from c, times their volume
    $\sqrt{\det J^\top g J}$ with J the derivative of `move`. Both are means over draws, and their ratio must be 1.
    Where shortest paths are no geodesics (along an edge, through a crossing) it is greater: hence low quantiles over
    many c, of each component for itself. In many dimensions, where no c has enough samples near it, nothing is tested.
    """
    centres, width = case.points(CENTRES), _bump(case)
    counted = _by_samples(case, centres, width)
    wanted, errors = _by_geodesics(case, centres, width)
    logs, useful = (counted / wanted).log(), errors < ACCURATE
    for component in _together(case, centres):
        here = component & useful
        if here.sum() < 5:
            continue
        error = float(errors[here].median())
        off = float(logs[here].quantile(LOW)) - BELOW * error
        allowed = max(0.08, DEVIATIONS * error / math.sqrt(int(here.sum())))
        law = "`log_density` must integrate to 1, and samples must be as dense as it says"
        require(abs(off) <= allowed, law, f"they are {math.exp(off):.3g} times as dense", "log_density or sample")
        few = float((logs + DEVIATIONS / 2 * errors)[here].quantile(0.1))
        evidence = f"in a tenth of all places they are {math.exp(few):.3g} times as dense at most"
        require(few >= -0.05, law, evidence, "log_density or sample")


def _statistics(case: Case, z: Tensor) -> Tensor:
    features = case.latent.features(z)
    squares = features.square()
    return torch.cat([features, squares, squares.sum(1, keepdim=True), case.latent.log_density(z)[:, None]], 1)


def _bump(case: Case) -> float:
    """The width of the bump: narrow where samples are many, about as wide as the law where space is large."""
    k = case.latent.dim
    return min(0.8, 0.25 * k**0.5) * float(case.latent.spread.double().log().mean().exp())


def _by_samples(case: Case, centres: Tensor, width: float) -> Tensor:
    """The integral of the bump around every centre, by samples of the law."""
    z = case.points(COUNTED)
    rarity = (-case.latent.log_density(z)).exp()
    r = torch.stack([case.latent.distance(c.expand_as(z), z) for c in centres])
    return (rarity * (-(r / width).square() / 2).exp()).mean(1)


def _by_geodesics(case: Case, centres: Tensor, width: float) -> tuple[Tensor, Tensor]:
    """The same by geodesics that are shortest paths, and the relative error of both as it must be expected.

    The mean square of b/p over samples is the integral of b²/p. To choose centres by this error, and not by that which
    the samples show, does not favour those that happen to have too many or too few samples near.
    """
    latent, n = case.latent, len(centres) * VELOCITIES
    z = centres.repeat_interleave(VELOCITIES, 0)
    v = width * normal((n, latent.dim), seed=case.draws).double()
    y, length = latent.move(z, v), v.norm(dim=1)
    shortest = (latent.distance(z, y) - length).abs() <= 1e-6 * (1 + length)
    volume = _volume(case, z, v) * (shortest & case.inside(y))
    bump = (-(length / width).square() / 2).exp()
    squares = volume * bump * (-latent.log_density(y)).exp()
    volume, squares = (t.reshape(len(centres), VELOCITIES) for t in (volume, squares))
    whole = (2 * math.pi * width**2) ** (latent.dim / 2)
    mean = volume.mean(1).clamp_min(1e-300)
    by_samples = (squares.mean(1) / (whole * mean.square()) - 1).clamp_min(0) / COUNTED
    by_geodesics = volume.var(1) / mean.square() / VELOCITIES
    return whole * mean, (by_samples + by_geodesics).sqrt()


def _volume(case: Case, z: Tensor, v: Tensor) -> Tensor:
    """√det Jᵀ g J of the derivative J of `move` in v.  -> (n)"""
    axes = torch.eye(case.latent.dim).to(v)
    J = torch.stack([jvp(lambda u: case.latent.move(z, u), (v,), (e.expand_as(v),))[1] for e in axes], 2)
    return torch.linalg.det(J.mT @ case.latent.metric(case.latent.move(z, v)) @ J).clamp_min(0).sqrt()


def _together(case: Case, centres: Tensor) -> list[Tensor]:
    """Masks of the centres that are in one component."""
    left, masks = torch.ones(len(centres), dtype=torch.bool), []
    while left.any():
        first = centres[left][:1]
        masks.append(left & torch.isfinite(case.latent.distance(first.expand_as(centres), centres)))
        left = left & ~masks[-1]
    return masks
