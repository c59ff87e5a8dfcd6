"""What a generator does with the data: does it cover them, stay on them, and is it one to one?"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from pushforward.generator import jacobians
from pushforward.latents import Latent
from pushforward.manifold.latent_trials.trial_data import TrialData, quantile
from pushforward.points import nearest
from pushforward.rng import generator, integers, normal, permutation, uniform

# Latent points at which the generator is read.
POINTS = 8000
# How many of them, the edge included, are compared with one another.
PAIRED = 4000
# Share of the paired points that is moved as far as it goes: to the edge, where there is one.
EDGE = 0.25
# How many spreads of the latent that is.
BEYOND = 100.0
# Distances are compared by this quantile: defects are rare.
TAIL = 0.99
# Distances of real points below this share of the data's radius count as this: so exact networks are in seconds.
EXACT = 0.03
# Generated points nearer to each other than so many spacings of the data are the same.
SAME = 6.0
# Latent points are far when as many times that lies between them, in units of the data.
FAR = 3.0
# So many neighbouring real points are a place where a hole is looked for.
PLACE = 32
# Points that are compared at once, and of how many of them all latent points are counted.
TOGETHER, COUNTED = 500, 25
RESAMPLES = 200
PAIRS = 200_000


class Ratio(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


class Subject(Protocol):
    """A generator of the points of a cloud with its left inverse."""

    @property
    def latent(self) -> Latent:
        """Where it starts from."""
        ...

    def paint(self, z: Tensor) -> Tensor:
        """(n width) -> (n p)"""
        ...

    def read(self, y: Tensor) -> Tensor:
        """(n p) -> (n width)"""
        ...


@dataclass(frozen=True)
class Readings:
    r"""What one generator does with the data. Distances are in units of the data, latent ones times the mean stretch.

    Fit, each by the 99 % quantile of distances to the nearest, over that from real points to other real points:
    `coverage` from held-out to generated points, `precision` from generated to real ones, `bridges` the same for points
    spread evenly over what is generated, so that a thin bridge counts by its length. `holes`: the mean distance of 32
    neighbouring real points to twice as many generated as there are real ones, over that to other real ones, where it
    is largest: quantiles do not see a hole that holds less than their share of the points.

    One to one: `seams`, the share of generated points that a second, far latent point makes too; `multiplicity`, how
    many far latent points make a typical point; `sigma`, the 1 % quantile of the least singular value over the root
    mean square of all; `cycle`, the 99 % quantile of the distance from z to E(G(z)), over the latent's diameter;
    `lipschitz`, the least of |G(z) − G(z')| / d(z, z') over pairs far apart, over its median.
    """

    coverage: Ratio
    precision: Ratio
    bridges: Ratio
    holes: float
    seams: Ratio
    multiplicity: int
    sigma: float
    cycle: float
    lipschitz: float


@torch.no_grad()
def readings(subject: Subject, data: TrialData, *, seed: int) -> Readings:
    """All of a generator of points y with its left inverse."""
    draws, latent = generator(seed), subject.latent
    z = latent.sample(POINTS, seed=draws)
    y = torch.cat([subject.paint(part) for part in z.split(1000)])
    S = torch.cat([torch.linalg.svdvals(jacobians(subject.paint, latent, part)) for part in z.split(1000)])
    stretch = max(float(S.square().mean().sqrt()), torch.finfo(S.dtype).tiny)
    edge = int(EDGE * PAIRED)
    far = latent.move(z[:edge], BEYOND * latent.spread * normal((edge, latent.dim), seed=draws))
    paired = torch.cat([latent.project(far), z[edge:PAIRED]])
    out = torch.cat([subject.paint(paired[:edge]), y[edge:PAIRED]])
    mixed = permutation(PAIRED, seed=draws)
    paired, out = paired[mixed], out[mixed]
    same = SAME * data.spacing
    twin, multiplicity = _twins(latent, paired, out, FAR * same / stretch, same)
    diameter, lipschitz = _far_pairs(latent, paired, out, seed=draws)
    back = latent.distance(z[:1000], latent.project(subject.read(y[:1000]))).nan_to_num(posinf=diameter)
    return Readings(
        *_fit(data, y, _even(S, latent.log_density(z), seed=draws), seed=draws),
        holes=_holes(data, y),
        seams=_share(twin),
        multiplicity=multiplicity,
        sigma=float((S[:, -1] / stretch).quantile(1 - TAIL)),
        cycle=float(back.quantile(TAIL)) / diameter,
        lipschitz=lipschitz,
    )


def _even(S: Tensor, log_density: Tensor, *, seed: torch.Generator) -> Tensor:
    """Numbers of latent points drawn so that their outputs lie evenly: by volume, not by the law."""
    volume = S.double().clamp_min(1e-30).log().sum(1) - log_density.double()
    ends = (volume - volume.max()).exp().cumsum(0)
    return torch.searchsorted(ends, ends[-1] * uniform((len(S),), seed=seed, dtype=torch.float64)).clamp_max(len(S) - 1)


def _fit(data: TrialData, y: Tensor, even: Tensor, *, seed: torch.Generator) -> tuple[Ratio, Ratio, Ratio]:
    """Coverage, precision and bridges, at equal numbers of points."""
    real, other, m = data.y[data.validation], data.y[data.train], len(data.validation)
    here, there = (None if data.scale is None else data.scale[which] for which in (data.validation, data.train))
    apart, covered = (_apart(real, points, here=here) for points in (other, y[: len(other)]))
    generated, spread = (_apart(points, other, there=there) for points in (y[-m:], y[even[:m]]))
    weight = None if data.weight is None else data.weight[data.validation]
    usual = Sample(apart.clamp_min(EXACT), weight)
    return tuple(
        _ratio(Sample(distances, by), usual, seed=seed)
        for distances, by in ((covered, weight), (generated, None), (spread, None))
    )  # pyright: ignore[reportReturnType]


def _apart(a: Tensor, b: Tensor, *, here: Tensor | None = None, there: Tensor | None = None) -> Tensor:
    """Distance of each row of a to the nearest row of b, in the scale of one of them.  (n p), (m p) -> (n)"""
    length, to = nearest(a, b)
    scale = here if there is None else there[to[:, 0]]
    return length[:, 0] if scale is None else length[:, 0] / scale


def _holes(data: TrialData, y: Tensor) -> float:
    """How far from generated points a place of the data is, at most."""
    real = data.y[: POINTS // 2]  # their order is random
    length, place = nearest(real, real, PLACE)
    far = _apart(real, y[: 2 * len(real)])
    return float((far[place].mean(1) / length[:, 1].clamp_min(max(EXACT, data.closest))[place].mean(1)).max())


class Sample(NamedTuple):
    """Distances (n,), and the weights of their points if they are not alike."""

    distances: Tensor
    weight: Tensor | None

    def tail(self) -> Tensor:
        """Their quantile."""
        return quantile(self.distances, TAIL, self.weight)

    def tails(self, *, seed: torch.Generator) -> Tensor:
        """The same of resamples.  -> (RESAMPLES)"""
        n = len(self.distances)
        which = integers(n, (RESAMPLES, n), seed=seed)
        return quantile(self.distances[which], TAIL, None if self.weight is None else self.weight[which])


def _ratio(distances: Sample, apart: Sample, *, seed: torch.Generator) -> Ratio:
    """Of two quantiles, with a bootstrap interval."""
    ratios = distances.tails(seed=seed) / apart.tails(seed=seed)
    low, high = ratios.quantile(ratios.new_tensor([0.025, 0.975])).tolist()
    return Ratio(float(distances.tail() / apart.tail()), low, high)


def _share(which: Tensor) -> Ratio:
    """A share with Wilson's interval."""
    n, p, z = len(which), float(which.double().mean()), 1.96
    centre, half = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    return Ratio(p, max(0.0, (centre - half) / (1 + z**2 / n)), (centre + half) / (1 + z**2 / n))


def _twins(latent: Latent, z: Tensor, y: Tensor, far: float, same: float) -> tuple[Tensor, int]:
    """Which points a second, far latent point makes about as well (n,), and how many make a typical point."""
    twin, counts = torch.zeros(len(z), dtype=torch.bool), []
    for start in range(0, len(z), TOGETHER):
        i, j = (torch.cdist(y[start : start + TOGETHER], y) < same).nonzero().T
        i = i + start
        twin[i[latent.distance(z[i], z[j]) > far]] = True
        counts += [_different(latent, z[j[i == point]], far) for point in range(start, start + COUNTED)]
    return twin, int(torch.tensor(counts).mode().values)


def _different(latent: Latent, z: Tensor, far: float) -> int:
    """How many of these points can be chosen far from each other, taken greedily."""
    count = 0
    while len(z):
        count += 1
        z = z[latent.distance(z[:1].expand_as(z), z) > far]
    return count


def _far_pairs(latent: Latent, z: Tensor, y: Tensor, *, seed: torch.Generator) -> tuple[float, float]:
    """The latent's diameter, and the least stretch between points a quarter of it apart over the median of theirs."""
    i, j = integers(len(z), (2, PAIRS), seed=seed)
    apart = latent.distance(z[i], z[j])
    diameter = float(apart[apart.isfinite()].max())
    far = (apart > diameter / 4) & apart.isfinite()
    ratio = (y[i[far]] - y[j[far]]).norm(dim=1) / apart[far]
    return diameter, float(ratio.min() / ratio.median())
