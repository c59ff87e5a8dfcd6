"""One reading of points: near copies merged, clues gathered, a judge chosen, and whether it can tell."""

import math
import warnings
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from pushforward.errors import PrecisionWarning
from pushforward.manifold.dimensions.copies import has_copies, without_copies
from pushforward.manifold.dimensions.features import SIZES, Clues, Region, everywhere, evidence, gather
from pushforward.manifold.dimensions.network import WIDE_WEIGHTS, load_judge
from pushforward.manifold.dimensions.product import factors, read_factors
from pushforward.manifold.dimensions.wide import grid, noise_everywhere, noise_variance, room, wide_evidence
from pushforward.points import Neighbours, dimension_of_skewness, levina_bickel, two_nn
from pushforward.rng import Seed, generator, sample

TIE, MANY = 1e-3, 0.3  # distances this near are the same; a grid has many such
PCA_SIZE, PCA_SHARE = list(SIZES).index(96), 0.05
FEWEST = 20
FINE, SAFE = 60, 0.9  # the judge of few dimensions is asked where this share of the posterior is at most there
SHARE, LOW = 0.1, 24  # noise is seen where it is so much of the smallest balls; in more dimensions it cannot be told

FACTOR = 2000  # points of which a factor is read
MANY_FOR, WIDEST = 0.8, 1.6  # dimensions a point, and the widest interval, that are still an answer

Judges: TypeAlias = Literal["fine", "wide", "product"]


@dataclass(frozen=True)
class Reading:
    """What points say: clues, how likely each dimension is, classical estimates, `copies` that were merged.

    `judge`: who read it, of a product its factors. `noise`: standard deviation per coordinate, 0 where none is seen, in
    the units of the clues. `reason`: why the dimension is outside what can be told, empty if it is not.
    """

    clues: Clues
    posterior: Tensor
    neighbours: Neighbours
    judge: Judges
    noise: float
    copies: int
    reason: str

    def quantile(self, q: float) -> int:
        """The smallest dimension with at least q of the posterior at or below it."""
        return quantile(self.posterior, q)

    @property
    def estimate(self) -> int:
        """The median."""
        return self.quantile(0.5)

    @property
    def interval(self) -> tuple[int, int]:
        """95 %, or from the lower end to all that there is room for where the dimension cannot be told."""
        low, high = self.quantile(0.025), self.quantile(0.975)
        return (low, max(high, room(self.clues))) if self.reason else (low, high)

    @property
    def white(self) -> float:
        """Standard deviation per coordinate of the noise that had directions of its own, in the units of the points."""
        return self.clues.white.sigma * self.clues.scale if self.clues.white else 0.0

    @property
    def sigma(self) -> float:
        """Standard deviation per coordinate of all noise that is seen, in the units of the points."""
        return max(self.white, self.noise * self.clues.scale)


def quantile(posterior: Tensor, q: float) -> int:
    """The smallest dimension with at least q of the posterior at or below it."""
    return min(int((posterior.cumsum(0) < q).sum()) + 1, len(posterior))


def read_points(X: Tensor, *, seed: Seed, said: bool = True) -> Reading:
    """A reading of different points (n, d), in double precision. Warns (`PrecisionWarning`) of a grid if `said`."""
    draws = generator(seed)
    clues = gather(X, seed=draws)
    copies = 0
    if has_copies(clues.near.distances):
        once = without_copies(clues.X)
        if len(once) >= FEWEST:
            copies = len(X) - len(once)
            clues = gather(X[once], seed=draws)
    if said:
        _warn_of_grid(clues)
    region = everywhere(clues)
    wide = judged(clues, region, "wide")
    sigma = _noise_seen(clues, quantile(wide, 0.5))
    judge: Judges = "wide" if sigma or quantile(wide, SAFE) > FINE else "fine"
    posterior = wide if judge == "wide" else judged(clues, region, judge)
    product = factors(clues, seed=draws)
    if product is not None:
        posterior, judge = read_factors(product, lambda Y: _of_factor(Y, seed=draws)), "product"
    return Reading(clues, posterior, _classical(clues), judge, sigma, copies, doubt(posterior, clues))


def _of_factor(X: Tensor, *, seed: torch.Generator) -> Tensor:
    """The posterior for points of a factor: what is left of the others in it is noise."""
    clues = gather(X[sample(len(X), FACTOR, seed=seed)], seed=seed)
    return judged(clues, everywhere(clues), "wide")


def judged(clues: Clues, region: Region, judge: Literal["fine", "wide"]) -> Tensor:
    """How likely 1, 2, … is to a judge: the fine one of few dimensions, or the wide one of all and of noise.  -> (J)"""
    if judge == "fine":
        return load_judge().posterior(evidence(clues, region))
    return spread(load_judge(WIDE_WEIGHTS).posterior(wide_evidence(clues, region)), room(clues))


def spread(posterior: Tensor, most: int) -> Tensor:
    """The posterior over the grid as one over 1, 2, … up to what there is room for, even between candidates."""
    j = grid()[: len(posterior)].double()
    edges = torch.cat([torch.tensor([0.5]), (j[1:] + j[:-1]) / 2, torch.tensor([max(float(j[-1]), most) + 0.5])])
    edges[-1] = min(float(edges[-1]), float(j[-1] + (j[-1] - edges[-2])) + 0.5)
    d = torch.arange(1, int(edges[-1]) + 1)
    cell = torch.searchsorted(edges, d.double(), right=True) - 1
    cell = cell.clamp(max=len(posterior) - 1)
    return posterior[cell] / torch.bincount(cell, minlength=len(posterior))[cell]


def doubt(posterior: Tensor, clues: Clues) -> str:
    """Why the dimension cannot be told, or nothing."""
    n = len(clues.X)
    low, high = quantile(posterior, 0.025), quantile(posterior, 0.975)
    if high >= MANY_FOR * n:
        return f"{n:,} points are too few for so many dimensions. Give more points"
    if high > WIDEST * low + 2:
        return f"nothing separates {low} from {high} dimensions. Give more points"
    return ""


def _noise_seen(clues: Clues, estimate: int) -> float:
    """Standard deviation per coordinate of noise, where it is much of the smallest balls; 0 where none is seen.

    Noise that has directions of its own is known; other noise must leave twice as many directions as it hides.
    """
    region, d = everywhere(clues), clues.X.shape[1]
    smallest = float(clues.balls[0].variance.mean())
    if clues.white is not None and clues.white.sigma**2 * d >= SHARE * smallest:
        return clues.white.sigma
    variance = noise_variance(clues, region)
    much = estimate <= min(LOW, (d - 2) // 2) and variance * d >= SHARE * smallest
    return math.sqrt(variance) if much and noise_everywhere(clues, region) else 0.0


def _classical(clues: Clues) -> Neighbours:
    r, balls = clues.near.distances, clues.balls[PCA_SIZE]
    profile = balls.shares / balls.shares[:, :1]
    return Neighbours(
        two_nn=two_nn(r),
        mle=float(1 / (1 / levina_bickel(r[:, :20])).mean()),
        angles=dimension_of_skewness(float(balls.sines.mean())),
        pca=float((profile > PCA_SHARE).sum(1).double().mean()),
    )


def _warn_of_grid(clues: Clues) -> None:
    """Random points have no ties: below 99 dimensions fewer than one in ten distances is this near to the next."""
    r = clues.near.distances
    ties = float((r[:, 1] < (1 + TIE) * r[:, 0]).double().mean())
    if ties > MANY:
        warnings.warn(
            f"`pf.dimension(X)`: {ties:.0%} of the points have two nearest neighbours at the same distance: they lie "
            "on a regular grid or are rounded. Estimates are meant for random points: draw them at random, or add "
            "noise of the size of the rounding.",
            PrecisionWarning,
            stacklevel=5,
        )
