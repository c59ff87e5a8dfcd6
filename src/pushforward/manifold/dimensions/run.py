"""`pf.dimension`: of a generator by the rank of its Jacobian, of data by comparison with simulated manifolds."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.manifold.activations import subject_of
from pushforward.manifold.dimensions.features import MOST
from pushforward.manifold.dimensions.rank import Generates, jacobian_rank
from pushforward.manifold.dimensions.reading import FEWEST, PCA_SIZE, Reading, read_points
from pushforward.manifold.dimensions.regions import Parts, mixture, parts_of, spread_over
from pushforward.manifold.dimensions.result import Dimension, Part
from pushforward.points import Batch, read, rows
from pushforward.progress import stages
from pushforward.rng import Seed, generator, sample
from pushforward.runs import Folder, recorded
from pushforward.shards import Shards, surveyed

WHAT = "`pf.dimension(X)`"
POINTS = 5000  # of data, or drawn from a generator
JACOBIANS = 256
BLOCK = 1000  # points whose centres are looked for at once


@recorded
@surveyed
@learning
@checked
def dimension(
    gen_or_X: object,
    X: object = None,
    *,
    seed: Seed,
    layer: str | Sequence[str] | None = None,
    points: int | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    shards: Folder | Shards | None = None,  # noqa: ARG001 (taken by `surveyed`)
    progress: bool = False,
) -> Dimension:
    r"""The dimension of a generator's image or of data, with an interval, point by point, and a second opinion.

    Of a generator (`pf.Generator`, or anything with `.latent` that maps latent points (n, width) to data): the
    numerical rank of its Jacobian $J_G$ at `points` (256) random latent points, i.e. the number of singular values
    above the widest gap of the spectrum; the interval resamples the points. Exact zeros are not needed: a latent number
    that only makes noise falls below the gap. Samples of the generator are read as data are, and whether both agree is
    reported.

    Of data X (n, ...), n ≥ 20: distances, angles, spectra and local curvature at many scales, of at most `points`
    (5,000) points, are judged by small networks trained on simulated manifolds of known dimension; that gives a
    posterior over 1 … 99, or up to about 1,200 where the data has many dimensions or noise. What the points do not
    tell is `.outside`, with a `.reason` and an open interval. Near copies count once (`.copies`), noise is told and not
    counted (`.noise`), data of mixed dimension comes as `.parts`. Classical estimates are reported beside it.
    `docs/dimension.md` says how all of it is found and when it is wrong.

    Of a network (`pf.Neurons` or a `torch.nn.Module`) at inputs X: of the activations of `layer`, as data.

    With `run=`, a folder, the result is kept there, and read when the same is asked again. With `shards=`, a folder,
    the ranks of a process group (`torchrun`) share a generator's Jacobians, and those done are kept there.

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
    gen_or_X = subject_of("dimension", gen_or_X, X, layer)
    if isinstance(gen_or_X, Generates) and not isinstance(gen_or_X, type):
        return _of_generator(gen_or_X, seed=generator(seed), points=points or JACOBIANS, progress=progress)
    if isinstance(gen_or_X, type):
        raise BadInput(
            f"`pf.dimension({gen_or_X.__name__})`: a class was given; a `pf.Generator` (or a function with a "
            "`.latent`) or data (n, ...) is needed. Make one of it, `pf.Generator.load(path)`."
        )
    return _of_data(read(gen_or_X, WHAT), seed=generator(seed), points=points or POINTS, progress=progress)


def _of_data(X: Batch, *, seed: torch.Generator, points: int, progress: bool) -> Dimension:
    every = rows(X, WHAT)
    some = _different(every[sample(len(every), points, seed=seed)])
    with stages("reading the dimension", 3, show=progress) as done:
        whole = read_points(some, seed=seed)
        done()
        local = parts_of(whole)
        done()
        pieces = _pieces(whole, local, seed=seed)
        done()
    main = max(pieces, key=lambda piece: piece[1])[0] if pieces else whole
    parts = tuple(Part(one.estimate, one.interval, share, bool(one.reason)) for one, share in pieces)
    per_point = spread_over(local, whole.clues.placed(every))
    return Dimension(
        estimate=main.estimate,
        interval=main.interval,
        per_point=per_point.to(X.device) if isinstance(X, Tensor) else per_point,
        spectrum=whole.clues.balls[PCA_SIZE].shares.mean(0)[:MOST],
        posterior=main.posterior,
        neighbours=main.neighbours,
        mixed=tuple((part.dimension, part.share) for part in parts),
        source="data",
        points=len(some),
        outside=bool(main.reason),
        reason=main.reason,
        noise=max(whole.white, main.sigma * whole.clues.scale if pieces else whole.sigma),
        copies=whole.copies,
        parts=parts,
    )


def _pieces(whole: Reading, local: Parts, *, seed: torch.Generator) -> list[tuple[Reading, float]]:
    """The parts of different dimension, lowest first, each read from its own points, and their shares of the points."""
    components = mixture(local)
    if not components:
        return []
    owners = torch.full((len(local.centres),), -1)
    for number, component in enumerate(components):
        owners[component] = number
    X, centres = whole.clues.X, local.centres[owners >= 0]
    own = torch.cat([owners[owners >= 0][torch.cdist(some, centres).argmin(1)] for some in X.split(BLOCK)])
    groups = [X[own == number] for number in range(len(components))]
    read = [(read_points(X, seed=seed, said=False), len(X) / len(own)) for X in groups if len(X) >= FEWEST]
    return sorted(read, key=lambda piece: piece[0].estimate) if _differ([one for one, _ in read]) else []


def _differ(read: list[Reading]) -> bool:
    """Whether some two of the parts cannot have one dimension."""
    return any(a.interval[1] < b.interval[0] for a in read for b in read)


def _of_generator(gen: Generates, *, seed: torch.Generator, points: int, progress: bool) -> Dimension:
    with stages("reading the dimension", 3, show=progress) as done:
        rank = jacobian_rank(gen, points=points, seed=seed)
        done()
        with torch.no_grad():
            samples = torch.cat([gen(z) for z in gen.latent.sample(POINTS // 2, seed=seed).split(250)])
        done()
        reading = read_points(_different(rows(samples, WHAT)), seed=seed, said=False)
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
