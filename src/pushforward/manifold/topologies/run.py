"""`pf.topology`: the whole topology of data from one fitted atlas, or of what a generator makes."""

import numpy as np
import torch
from torch import Tensor

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.generator import Generator
from pushforward.manifold.dimensions import Generates, jacobian_rank
from pushforward.manifold.topologies.atlas import atlas_of, between
from pushforward.manifold.topologies.consensus import Looks, looks
from pushforward.manifold.topologies.invariants import ALIVE
from pushforward.manifold.topologies.names import Numbers
from pushforward.manifold.topologies.persistence import installed, require
from pushforward.manifold.topologies.result import Part, Topology, nothing
from pushforward.manifold.topologies.sampled import Sampler, coordinates_of, images
from pushforward.manifold.topologies.suitability import (
    CONTAMINATED,
    allowed,
    contaminated,
    local_dimension,
    readied,
    unclear,
)
from pushforward.points import Cloud, cloud, nearest, read, rows
from pushforward.rng import Seed, generator
from pushforward.runs import Folder, recorded

# Evenly spread points of the generator that are read, by dimension.
NET = {1: 500, 2: 3000, 3: 3000}
# At most so many distinct points, each given at least so often, are a finite set.
REPEATED, FINITE = 5, 20
WHAT = "`pf.topology(X)`"
# A point farther from the atlas than is usual by so many deviations is an outlier.
OFF = 8.0
# At most this share of the data: neighbours must reach across the gaps that chance leaves, the wider on curves.
OF_ALL = {1: 0.5, 2: 0.75, 3: 0.75}
# Points drawn for each one that is read: those that are spread evenly are chosen.
CHOICE = 4


@recorded
@learning
@checked
def topology(
    gen_or_X: object,
    *,
    seed: Seed,
    dim: int | None = None,
    charts: int | None = None,
    check: bool | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> Topology:
    r"""The topology of data X (n, ...), or of the image of a generator: its name, and all that the name rests on.

    One atlas of overlapping charts is fitted to the data; points become their images G(E(x)), which takes noise away,
    and get tangent spaces from the Jacobian of G. Evenly spread landmarks with growing geodesic balls cover what is
    there; the homology of the nerve over Z₂ and Z₃ gives Betti numbers, signs of tangent frames along shortest paths
    the orientability, directions without neighbours the boundary. Only if all of these fit together is there a name;
    this is repeated with other points and landmarks. `docs/topology-in-one-run.md` says what is proved.

    - `dim`: the dimension, if you know it; otherwise it is read from local principal variances. At most 3.
    - `charts`: how many charts; by default what fits held-out points best.
    - `check`: persistent homology with ripser beside it; by default if ripser is installed.
    - A generator (`pf.Generator`, or anything with `.latent` that maps latent points to data) is taken as it is.

    Points all given many times are a finite set. What the data do not decide is undetermined, with the reason: too few
    points, no clear dimension or several, many outliers, readings that contradict each other. Raises `BadInput` for
    what cannot be points and for impossible settings, `NotFinite` for NaN.

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    >>> z = 6.28 * torch.rand(1000, 1, generator=torch.Generator().manual_seed(0))
    >>> print(topology(torch.cat([z.cos(), z.sin()], 1), seed=0, check=False).name)
    circle

    Sources: Borsuk (1948) for nerves; Edelsbrunner, Letscher, Zomorodian (2002) for persistence; de Silva and Carlsson
    (2004) for landmarks and witnesses; Paluzo-Hidalgo and Ike (2026) for orientability from an atlas.
    """
    allowed("topology", dim, charts)
    if check:
        require()
    draws, with_check = generator(seed), installed() if check is None else check
    if isinstance(gen_or_X, Generates) and not isinstance(gen_or_X, type | Tensor):
        return _of_generator(gen_or_X, dim, with_check, progress, draws)
    return _of_data(gen_or_X, dim, charts, with_check, progress, draws)


def _of_data(
    X: object, dim: int | None, charts: int | None, check: bool, progress: bool, draws: torch.Generator
) -> Topology:
    X = read(X, WHAT)
    points = cloud(X, WHAT)
    finite = _finite(points)
    if finite is not None:
        return finite
    dimension, reason = readied(points, dim, seed=draws)
    if reason or dimension is None:
        return nothing(reason or "", points=points.given, outliers=points.outliers, dimension=dimension)
    gen = atlas_of(points, dim=dimension, seed=draws, charts=charts)
    z, off = _encoded(gen, points)
    away = points.outliers + off
    if away > CONTAMINATED * points.given:
        reason = contaminated(away / points.given)
        return nothing(reason, points=points.given, outliers=away, dimension=dimension)
    count = min(NET[dimension], int(OF_ALL[dimension] * len(z)))
    z = between(gen, z, times=max(1, -(-CHOICE * count // len(z)) - 1), seed=draws)
    outcome = looks(Sampler(gen, z, dimension, count), check=check, progress=progress, seed=draws)
    return _result(outcome, dimension, points=points.given, outliers=away, X=X)


def _of_generator(gen: Generates, dim: int | None, check: bool, progress: bool, draws: torch.Generator) -> Topology:
    local = local_dimension(coordinates_of(images(gen, gen.latent.sample(4000, seed=draws))), seed=draws)
    rank = jacobian_rank(gen, points=64, seed=draws).pooled
    dimension = dim or local.dim
    points = 0 if dimension is None else CHOICE * NET.get(dimension, 0)
    if dim is None and unclear(local):
        return nothing(unclear(local) or "", points=points, dimension=dimension)
    assert dimension is not None
    if rank < dimension:
        reason = (
            f"the Jacobian of the generator has rank {rank}, its samples dimension {dimension}: it is not an immersion"
        )
        return nothing(reason, points=points, dimension=dimension)
    z = gen.latent.sample(points, seed=draws)
    outcome = looks(Sampler(gen, z, dimension, NET[dimension]), check=check, progress=progress, seed=draws)
    return _result(outcome, dimension, points=points, outliers=0, X=None)


def _finite(points: Cloud) -> Topology | None:
    """The result for a few points given many times each."""
    if len(points.counts) > FINITE or int(points.counts.min()) < REPEATED:
        return None
    numbers = Numbers(0, {2: (1,), 3: (1,)}, orientable=True, boundary=False)
    parts = tuple(Part(numbers, float(c) / points.given, ("point",)) for c in points.counts)
    empty = nothing("", points=points.given)
    return Topology(0, parts, (), points.given, 0, 0.0, empty.layout, empty.which, empty.edges, empty.bars)


def _encoded(gen: Generator, points: Cloud) -> tuple[Tensor, int]:
    """Latent points of all that is near the atlas, and how many points are not."""
    x = (points.y.double() @ points.basis * points.scale + points.mean).float().reshape(-1, *points.shape)
    z = torch.cat([gen.encode(part, steps=2) for part in x.split(500)])
    apart = (images(gen, z) - x.flatten(1)).norm(dim=1)
    usual, large = (float(apart.quantile(q)) for q in (0.5, 0.84))
    near = apart <= usual + OFF * (large - usual)
    return z[near], int((~near).sum())


def _result(outcome: Looks | str, dim: int, *, points: int, outliers: int, X: object) -> Topology:
    if isinstance(outcome, str):
        return nothing(outcome, points=points, outliers=outliers, dimension=dim)
    reading, landmarks = outcome.reading, outcome.reading.sample.landmarks
    marks = reading.sample.y[landmarks.which]
    which = torch.full((len(marks),), -1) if X is None else nearest(marks, rows(X, WHAT).float()).indices[:, 0]
    return Topology(
        dim,
        outcome.parts,
        outcome.reasons,
        points,
        outliers,
        min(1.0, 4 * ALIVE * landmarks.radius / float(landmarks.apart.max())),
        laid_out(landmarks.apart[:, landmarks.which]),
        which,
        torch.as_tensor(reading.edges),
        torch.tensor([list(bar) for bar in reading.bars], dtype=torch.float64).reshape(-1, 3),
    )


def laid_out(apart: np.ndarray) -> Tensor:
    """Coordinates (m, 3) that keep distances (m, m) as well as three can: classical scaling (Torgerson 1952)."""
    squared = torch.as_tensor((apart + apart.T) / 2).square()
    centred = squared - squared.mean(0) - squared.mean(1, keepdim=True) + squared.mean()
    values, vectors = torch.linalg.eigh(-centred / 2)
    coordinates = vectors[:, -3:].flip(1) * values[-3:].flip(0).clamp_min(0).sqrt()
    return torch.nn.functional.pad(coordinates, (0, 3 - coordinates.shape[1]))
