"""`pf.topology`: the whole topology of data from one fitted atlas, or of what a generator makes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.generator import Generator
from pushforward.manifold.activations import subject_of
from pushforward.manifold.dimensions import Generates, jacobian_rank
from pushforward.manifold.topologies.atlas import Fitted, between, charted, generator_of, located
from pushforward.manifold.topologies.consensus import Looks, looks
from pushforward.manifold.topologies.crossings import meeting, touching
from pushforward.manifold.topologies.hollows import hollow
from pushforward.manifold.topologies.invariants import ALIVE, NET
from pushforward.manifold.topologies.loops import loops, widest_by_chance
from pushforward.manifold.topologies.names import Numbers
from pushforward.manifold.topologies.persistence import installed, require
from pushforward.manifold.topologies.result import Part, Topology, nothing
from pushforward.manifold.topologies.sampled import Place, coordinates_of, images
from pushforward.manifold.topologies.scales import (
    beside,
    bridged,
    dimension_of_neighbours,
    labels_of,
    local_scale,
    odd_places,
)
from pushforward.manifold.topologies.strands import peakedness
from pushforward.manifold.topologies.suitability import (
    CONTAMINATED,
    Readied,
    allowed,
    contaminated,
    local_dimension,
    readied,
    unclear,
)
from pushforward.points import Cloud, cloud, crowded, lonely, nearest, read, rows
from pushforward.rng import Seed, generator, sample
from pushforward.runs import Folder, recorded

# At most so many distinct points, each given at least so often, are a finite set.
REPEATED, FINITE = 5, 20
WHAT = "`pf.topology(X)`"
# A point farther from the atlas than is usual by so many deviations is an outlier.
OFF = 8.0
# Unless it is nearer than this share of the scale of its place.
BESIDE = 0.5
# Shares of left out points that are neighbours, and of places of another dimension, from which on they are told.
SOME = 0.005
# Of curves, on which hardly any point is near a branch.
A_FEW = 0.002
# Nearest neighbours may say so much less than the dimension: edges and unequal density cost 0.2.
FLATTER = 0.4
# Between random points in balls and solid tori no hollow is wider: 1.67 at most of 300 (12,000 points), 1.5 of 4,000.
HOLLOW = 1.75
# The kurtosis of offsets is 2.7 and more where they are noise (known spaces, in 3 and in 50 dimensions), and 1.9 where
# strands are four of its standard deviations apart.
STRANDS = 2.3
# Points where curves cross, as a share of what is expected: see `meeting`.
CROSSED = 0.6
# Distinct points that are read at most; of more a random sample.
POINTS = 12_000
# Points drawn for each one that is read: those that are spread evenly are chosen.
CHOICE = 4


@recorded
@learning
@checked
def topology(
    gen_or_X: object,
    X: object = None,
    *,
    seed: Seed,
    layer: str | Sequence[str] | None = None,
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
    - Of a network, a `torch.nn.Module` or `pf.Neurons`, the activations of a `layer` at inputs X are the data.

    Of more than 12,000 points as many are drawn. Points all given many times are a finite set. What the data do not
    decide is undetermined, with the reason: too few points, no clear dimension or several, many outliers, readings that
    contradict each other. Raises `BadInput` for what cannot be points and for impossible settings, `NotFinite` for NaN.

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
    gen_or_X = subject_of("topology", gen_or_X, X, layer)
    if isinstance(gen_or_X, Generates) and not isinstance(gen_or_X, type | Tensor):
        return _of_generator(gen_or_X, dim, with_check, progress, draws)
    return _of_data(gen_or_X, dim, charts, with_check, progress, draws)


def _of_data(
    X: object, dim: int | None, charts: int | None, check: bool, progress: bool, draws: torch.Generator
) -> Topology:
    X = read(X, WHAT)
    points = _landmarks(cloud(X, WHAT), draws)
    finite = _finite(points)
    if finite is not None:
        return finite
    ready = readied(points, dim, seed=draws)
    if isinstance(ready, str):
        return nothing(ready, points=points.given)
    if ready.reason:
        return nothing(ready.reason, points=points.given, outliers=ready.cloud.outliers, dimension=ready.dim)
    fitted = charted(ready.cloud, dim=ready.dim, seed=draws, charts=charts)
    z, near, noise = _located(fitted, ready)
    out = ~ready.near
    out[ready.near] = ~near
    away = int(out.sum())
    if away > CONTAMINATED * points.given:
        reason = contaminated(away / points.given)
        return nothing(reason, points=points.given, outliers=away, dimension=ready.dim)
    y = ready.cloud.y[near]
    z = between(fitted, y, z[near], times=CHOICE - 1, seed=draws)
    places = _places(generator_of(_bare(points), fitted), z, ready.scale[near], ready.labels[near.numpy()], ready.dim)
    outcome = looks(places, check=check, progress=progress, seed=draws)
    notes = _notes(points.y, out, y, ready.dim, () if isinstance(outcome, str) else outcome.parts)
    if ready.dim > 1 and beside(ready.cloud.y, ready.scale, ready.labels):
        notes = (*notes, "two parts come as near to each other as gaps between points are wide: they may touch")
    if ready.dim == 1 and not isinstance(outcome, str):
        notes = (*notes, *_beside_itself(outcome, y, noise))
    return _result(outcome, ready.dim, points=points.given, outliers=away, of=(points, X), notes=notes)


def _landmarks(points: Cloud, draws: torch.Generator) -> Cloud:
    """At most so many of the points as are read, at random."""
    if len(points.y) <= POINTS:
        return points
    which = sample(len(points.y), POINTS, seed=draws)
    return replace(points, y=points.y[which], counts=points.counts[which], given=POINTS)


def _bare(points: Cloud) -> Cloud:
    """The points as if their coordinates were all there is of them."""
    p = points.y.shape[1]
    return replace(points, mean=torch.zeros(p), basis=torch.eye(p), scale=1.0, shape=(p,))


def _places(gen: Generates | Generator, z: Tensor, scale: Tensor, labels: np.ndarray, dim: int) -> list[Place]:
    """The connected parts, the largest first, of latent points that are several rounds of the same ones."""
    times = len(z) // len(labels)
    scale, label = scale.repeat(times), torch.as_tensor(labels).repeat(times)
    counts = np.bincount(labels)
    return [Place(gen, z[label == i], scale[label == i], dim, int(counts[i])) for i in np.flatnonzero(counts)]


def _notes(y: Tensor, out: Tensor, left: Tensor, dim: int, parts: Sequence[Part]) -> tuple[str, ...]:
    """What makes the names of parts doubtful: what was left out, places of another dimension, what is finer."""
    neighbours, (fewer, more) = crowded(y, out, dim) / len(y), odd_places(left, dim)
    branches = any(part.numbers.arms > 2 for part in parts)  # of these it is known that they cross
    notes = []
    if neighbours > SOME:
        notes.append(f"{neighbours:.1%} of the points were left out and are neighbours of each other: perhaps a part")
    if fewer > SOME:
        notes.append(f"around {fewer:.1%} of the points fewer than {dim} directions are filled: hairs or dangling ends")
    if more > {1: A_FEW, 2: 1.0, 3: SOME}[dim] and not branches:
        notes.append(f"around {more:.1%} of the points more than {dim} directions are filled: crossings or branches")
    if dim == y.shape[1] and (sparse := float((out.sum() + lonely(left).sum()) / len(y))) > SOME:
        notes.append(f"{sparse:.1%} of the points are far from others and in the same space: outliers, or a thin part")
    return (*notes, *_finer(left, dim, parts))


def _finer(y: Tensor, dim: int, parts: Sequence[Part]) -> list[str]:
    """What is finer than the name: gaps, strands taken for a surface, holes and hollows where there should be none."""
    notes, flat = [], dimension_of_neighbours(y)
    if dim == 1 and bridged(y):
        notes.append("a gap is wider than chance leaves between random points: perhaps an end, or a part")
    if dim > 1 and flat < dim - FLATTER:
        notes.append(f"nearest neighbours say dimension {flat:.1f}: perhaps strands or layers near each other")
    if peakedness(y, dim) < STRANDS:
        notes.append("points are on both sides of what they lie along, not around it: perhaps strands, or a band")
    if dim == 3 and not any(part.numbers.betti[2][2:3] > (0,) for part in parts) and (wide := hollow(y)) > HOLLOW:
        notes.append(f"an empty place inside is {wide:.1f} times as wide as the ways into it: perhaps a hollow")
    if dim > 1 and len(parts) == 1:
        wider = loops(y, dim)[parts[0].numbers.betti[2][1] :][:1]
        if (wider > widest_by_chance(len(y), dim)).any():
            notes.append(f"an empty place is {float(wider):.1f} times as wide as the steps around it: perhaps a hole")
    return notes


def _beside_itself(outcome: Looks, y: Tensor, noise: float) -> list[str]:
    """What makes the names of curves doubtful that come near themselves."""
    notes = []
    if touching([reading.sample for reading in outcome.readings], noise):
        notes.append(
            "a curve comes as near to one or itself as points are thick: ends may meet there, or strands touch"
        )
    arms = max(part.numbers.arms for part in outcome.parts)
    if arms > 2 and meeting(y, arms) < CROSSED:
        notes.append("where curves meet are few points: perhaps they do not cross but pass each other")
    return notes


def _of_generator(gen: Generates, dim: int | None, check: bool, progress: bool, draws: torch.Generator) -> Topology:
    local = local_dimension(coordinates_of(images(gen, gen.latent.sample(4000, seed=draws))), seed=draws)
    rank = jacobian_rank(gen, points=64, seed=draws).pooled
    dimension = dim or local.dim
    points = 0 if dimension is None else CHOICE * NET.get(dimension, 0) // 2
    if dim is None and unclear(local):
        return nothing(unclear(local) or "", points=points, dimension=dimension)
    assert dimension is not None
    if rank < dimension:
        reason = (
            f"the Jacobian of the generator has rank {rank}, its samples dimension {dimension}: it is not an immersion"
        )
        return nothing(reason, points=points, dimension=dimension)
    z = gen.latent.sample(points, seed=draws)
    y = coordinates_of(images(gen, z).float().cpu())
    scale = local_scale(y)
    labels = labels_of(y, scale, dimension)
    whole = np.flatnonzero(labels >= 0)
    z, scale, labels = z[whole], scale[whole], labels[whole]
    outcome = looks(_places(gen, z, scale, labels, dimension), check=check, progress=progress, seed=draws)
    return _result(outcome, dimension, points=points, outliers=0, of=None)


def _finite(points: Cloud) -> Topology | None:
    """The result for a few points given many times each."""
    if len(points.counts) > FINITE or int(points.counts.min()) < REPEATED:
        return None
    numbers = Numbers(0, {2: (1,), 3: (1,)}, orientable=True, boundary=False)
    parts = tuple(Part(numbers, float(c) / points.given, ("point",)) for c in points.counts)
    empty = nothing("", points=points.given)
    return Topology(0, parts, (), points.given, 0, 0.0, empty.layout, empty.which, empty.edges, empty.bars)


def _located(fitted: Fitted, ready: Readied) -> tuple[Tensor, Tensor, float]:
    """Places of points in the atlas, which points are near it, and how far these are: the root mean square."""
    z, apart = located(fitted, ready.cloud.y)
    usual, large = (float(apart.quantile(q)) for q in (0.5, 0.84))
    near = (apart <= usual + OFF * (large - usual)) | (apart <= BESIDE * ready.scale)
    return z, near, float(apart[near].square().mean().sqrt())


def _result(
    outcome: Looks | str,
    dim: int,
    *,
    points: int,
    outliers: int,
    of: tuple[Cloud, object] | None,
    notes: tuple[str, ...] = (),
) -> Topology:
    if isinstance(outcome, str):
        return nothing(outcome, points=points, outliers=outliers, dimension=dim)
    reading, landmarks = outcome.readings[0], outcome.readings[0].sample.landmarks
    marks = reading.sample.y[landmarks.which]
    which = torch.full((len(marks),), -1) if of is None else _given(marks, *of)
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
        (*outcome.notes, *notes),
    )


def _given(marks: Tensor, points: Cloud, X: object) -> Tensor:
    """The numbers of the points of X next to marks, which are in coordinates of the cloud."""
    at = marks.double() @ points.basis.double() * points.scale + points.mean.double()
    return nearest(at.float(), rows(X, WHAT).float()).indices[:, 0]


def laid_out(apart: np.ndarray) -> Tensor:
    """Coordinates (m, 3) that keep distances (m, m) as well as three can: classical scaling (Torgerson 1952)."""
    squared = torch.as_tensor((apart + apart.T) / 2).square()
    centred = squared - squared.mean(0) - squared.mean(1, keepdim=True) + squared.mean()
    values, vectors = torch.linalg.eigh(-centred / 2)
    coordinates = vectors[:, -3:].flip(1) * values[-3:].flip(0).clamp_min(0).sqrt()
    return torch.nn.functional.pad(coordinates, (0, 3 - coordinates.shape[1]))
