"""`pf.dimension`: of a generator by the rank of its Jacobian, of data by comparison with simulated manifolds."""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.errors import BadInput, PrecisionWarning
from pushforward.manifold.dimensions.features import SIZES, Clues, everywhere, evidence, gather
from pushforward.manifold.dimensions.network import load_judge
from pushforward.manifold.dimensions.rank import Generates, jacobian_rank
from pushforward.manifold.dimensions.regions import mixture, parts_of, spread_over
from pushforward.manifold.dimensions.result import Dimension
from pushforward.points import Batch, Neighbours, dimension_of_skewness, levina_bickel, read, rows, two_nn
from pushforward.progress import stages
from pushforward.rng import Seed, generator, sample
from pushforward.runs import Folder, recorded

WHAT = "`pf.dimension(X)`"
FEWEST = 20
POINTS = 5000  # of data, or drawn from a generator
JACOBIANS = 256
TIE, MANY = 1e-3, 0.3  # distances this near are the same; a grid has many such
PCA_SIZE, PCA_SHARE = list(SIZES).index(96), 0.05


@recorded
@learning
@checked
def dimension(
    gen_or_X: object,
    *,
    seed: Seed,
    points: int | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> Dimension:
    r"""The dimension of a generator's image or of data, with an interval, point by point, and a second opinion.

    Of a generator (`pf.Generator`, or anything with `.latent` that maps latent points (n, width) to data): the
    numerical rank of its Jacobian $J_G$ at `points` (256) random latent points, i.e. the number of singular values
    above the widest gap of the spectrum; the interval resamples the points. Exact zeros are not needed: a latent number
    that only makes noise falls below the gap. Samples of the generator are read as data are, and whether both agree is
    reported.

    Of data X (n, ...), n ≥ 20: distances, angles, spectra and local curvature at many scales, of at most `points`
    (5,000) points, are judged by a small network trained on simulated manifolds of known dimension; that gives a
    posterior over 1 … 99. Classical estimates are reported beside it. The result has `.estimate`, `.interval`,
    `.per_point`, `.spectrum`, `.neighbours`, `.agrees`, `.mixed`; `docs/dimension.md` says how they are found and when
    they are wrong.

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `BadInput` for constant data, fewer than 20 different points, a single sample or a constant generator,
    `NotFinite` for NaN or infinity. Warns (`PrecisionWarning`) of points on a regular grid.

    >>> z = 6.28 * torch.rand(300, generator=torch.Generator().manual_seed(0))
    >>> dimension(torch.stack([z.cos(), z.sin(), (2 * z).sin()], 1), seed=0).estimate
    1

    Sources: Facco and others (2017), Levina and Bickel (2004), Johnsson and others (2015) for the classical estimates;
    Ceruti and others (2014) for calibrating on simulations; Choi and others (2022) for local ranks of generators.
    """
    if points is not None and (isinstance(points, bool) or not isinstance(points, int) or points < FEWEST):
        raise BadInput(f"`pf.dimension(points={points!r})`: use a whole number of at least {FEWEST}.")
    if isinstance(gen_or_X, Generates) and not isinstance(gen_or_X, type):
        return _of_generator(gen_or_X, seed=generator(seed), points=points or JACOBIANS, progress=progress)
    if isinstance(gen_or_X, type):
        raise BadInput(
            f"`pf.dimension({gen_or_X.__name__})`: a class was given; a `pf.Generator` (or a function with a "
            "`.latent`) or data (n, ...) is needed. Make one of it, `pf.Generator.load(path)`."
        )
    return _of_data(read(gen_or_X, WHAT), seed=generator(seed), points=points or POINTS, progress=progress)


@dataclass(frozen=True)
class Reading:
    """What neighbours say about points: clues, how likely each dimension is, classical estimates."""

    clues: Clues
    posterior: Tensor
    neighbours: Neighbours

    def quantile(self, q: float) -> int:
        """The smallest dimension with at least q of the posterior at or below it."""
        return min(int((self.posterior.cumsum(0) < q).sum()) + 1, len(self.posterior))


def _of_data(X: Batch, *, seed: torch.Generator, points: int, progress: bool) -> Dimension:
    every = rows(X, WHAT)
    some = _different(every[sample(len(every), points, seed=seed)])
    with stages("reading the dimension", 3, show=progress) as done:
        reading = _read(some, seed=seed)
        _warn_of_grid(reading.clues)
        done()
        parts = parts_of(reading.clues, load_judge())
        done()
        local = spread_over(parts, _normed(every, some))
        done()
    mixed = mixture(parts)
    return Dimension(
        estimate=max(mixed, key=lambda part: part[1])[0] if mixed else reading.quantile(0.5),
        interval=(reading.quantile(0.025), reading.quantile(0.975)),
        per_point=local.to(X.device) if isinstance(X, Tensor) else local,
        spectrum=reading.clues.balls[PCA_SIZE].shares.mean(0),
        posterior=reading.posterior,
        neighbours=reading.neighbours,
        mixed=mixed,
        source="data",
        points=len(some),
    )


def _of_generator(gen: Generates, *, seed: torch.Generator, points: int, progress: bool) -> Dimension:
    with stages("reading the dimension", 3, show=progress) as done:
        rank = jacobian_rank(gen, points=points, seed=seed)
        done()
        with torch.no_grad():
            samples = torch.cat([gen(z) for z in gen.latent.sample(POINTS // 2, seed=seed).split(250)])
        done()
        reading = _read(_different(rows(samples, WHAT)), seed=seed)
        done()
    shares = rank.shares
    return Dimension(
        estimate=max(shares, key=lambda part: part[1])[0] if len(shares) > 1 else rank.pooled,
        interval=rank.interval,
        per_point=rank.per_point,
        spectrum=rank.spectrum,
        posterior=reading.posterior,
        neighbours=reading.neighbours,
        mixed=shares if len(shares) > 1 else (),
        source="generator",
        points=points,
        floor=rank.floor,
        gap=rank.gap,
    )


def _read(X: Tensor, *, seed: Seed) -> Reading:
    clues = gather(X, seed=seed)
    posterior = load_judge().posterior(evidence(clues, everywhere(clues)))
    return Reading(clues, posterior, _classical(clues))


def _classical(clues: Clues) -> Neighbours:
    r, balls = clues.near.distances, clues.balls[PCA_SIZE]
    profile = balls.shares / balls.shares[:, :1]
    return Neighbours(
        two_nn=two_nn(r),
        mle=float(1 / (1 / levina_bickel(r[:, :20])).mean()),
        angles=dimension_of_skewness(float(balls.sines.mean())),
        pca=float((profile > PCA_SHARE).sum(1).double().mean()),
    )


def _different(rows: Tensor) -> Tensor:
    """Every point once: copies say nothing about dimension and would be neighbours at distance 0."""
    once = torch.unique(rows, dim=0)
    if len(once) == 1:
        raise BadInput(
            f"`pf.dimension(X)`: all {len(rows)} points are the same: the data is constant, or it is a single sample. "
            f"Give at least {FEWEST} different points."
        )
    if len(once) < FEWEST:
        raise BadInput(
            f"`pf.dimension(X)`: {len(once)} different points among {len(rows)}; at least {FEWEST} are needed, "
            "hundreds are better. Give more points."
        )
    return once


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
            stacklevel=4,
        )


def _normed(rows: Tensor, some: Tensor) -> Tensor:
    """All points in the coordinates in which clues were gathered from some of them."""
    mean = some.mean(0)
    return (rows - mean) / (some - mean).square().sum(1).mean().sqrt()
