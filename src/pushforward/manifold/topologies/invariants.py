"""One look at one connected part: landmarks, the nerve of their balls, a mesh of surfaces, and what they say."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from pushforward.manifold.topologies.complexes import Complex, cover_nerve
from pushforward.manifold.topologies.homology import Bar, bars, lasting
from pushforward.manifold.topologies.mesh import Mesh, meshed
from pushforward.manifold.topologies.names import Numbers
from pushforward.manifold.topologies.orientation import arms, has_boundary, narrow, orientable
from pushforward.manifold.topologies.sampled import Place, Sample
from pushforward.manifold.topologies.solids import BEFORE, GROWN, cells, group_of, landmarks_of, witnesses_of
from pushforward.manifold.topologies.suitability import MOST
from pushforward.rng import Seed

# By dimension: landmarks, and points of the net among which they are chosen, at most.
LANDMARKS = {1: 24, 2: 120}
NET = {1: 1000, 2: 3000, 3: 3000}
# At most this share of the data: neighbours must reach across the gaps that chance leaves, the wider on curves.
OF_ALL = {1: 0.5, 2: 0.75, 3: 0.75}
# With fewer there is nothing to read.
LEAST = {1: 10, 2: 30, 3: 60}
# Points for each landmark that are needed.
WITNESSES = {1: 6, 2: 15, 3: 15}
# Points of the data for each one of a mesh, how many it has at most, and of how many another one is made if it is torn.
PER_VERTEX, VERTICES, COARSER = 3.0, 2500, (1.0, 0.6, 0.35)
# Share of the points that each look takes.
LOOKED = 0.75
# A mesh with fewer is too coarse for anything.
FEWEST_VERTICES = 60
# Classes that count are there by the first and live beyond the second, in radii of the cover.
BORN, ALIVE = 1.5, 1.75
# Radius at which landmarks are shown as neighbours: points are spaced, so that balls meet a little late.
TOUCH = 1.15
# Share of landmarks with more than two arms that makes a crossing of them.
BRANCHES = 0.02


@dataclass(frozen=True, eq=False)
class Reading:
    """The numbers of one part, with the marked sample and the bars (over Z₂, in radii of the cover) they come from."""

    numbers: Numbers
    sample: Sample
    bars: tuple[Bar, ...]
    edges: np.ndarray
    notes: tuple[str, ...] = ()


def enough(points: int, dim: int) -> bool:
    """Whether so many points can be read at all.

    >>> enough(50, 1), enough(100, 2)
    (False, False)
    """
    return points >= WITNESSES[dim] * LEAST[dim]


def net_of(place: Place) -> int:
    """How many points of a part its landmarks are chosen from."""
    return min(NET[place.dim], int(OF_ALL[place.dim] * place.points))


def mesh_of(place: Place, *, share: float, seed: Seed) -> tuple[Mesh, Sample]:
    """The mesh of a surface at `share` of the usual number of vertices, or of fewer if that one is torn."""
    tried: list[tuple[Mesh, Sample]] = []
    for coarser in COARSER:
        count = max(FEWEST_VERTICES, min(VERTICES, int(share * coarser * place.points / PER_VERTEX)))
        sample = place.draw(count, LOOKED, seed=seed)
        tried.append((meshed(sample, points=place.points), sample))
        if tried[-1][0].clean:
            break
    return min(tried, key=lambda one: not one[0].clean)


def numbers_of(mesh: Mesh) -> Numbers | None:
    """What a mesh says, if it is one surface.

    >>> numbers_of(Mesh(99, 0, 1, (20,), 1, True, 0)).betti[2]
    (1, 0, 0)
    """
    if not mesh.clean:
        return None
    loops, closed = 1 - mesh.euler, not mesh.loops
    if not closed:
        two = three = (1, loops, 0)
    else:
        two = (1, loops + 1, 1)
        three = two if mesh.orientable else (1, loops, 0)
    return Numbers(2, {2: two, 3: three}, mesh.orientable, not closed, circles=len(mesh.loops))


def look(place: Place, *, points: float, share: float, seed: Seed) -> Reading:
    """What `share` times the usual number of landmarks show of a share of the points of a part."""
    part = place.draw(net_of(place), points, seed=seed)
    return _solid(place, part, points, share, seed) if place.dim == MOST else read(part, share=share, seed=seed)


def _solid(place: Place, part: Sample, points: float, share: float, seed: Seed) -> Reading:
    """The nerve of growing cells; lengths in units in which others' covers grow."""
    witnesses = witnesses_of(place, part, points, seed=seed)
    sample = part.marked(landmarks_of(len(witnesses.y), share), seed=seed)
    marks = sample.y[torch.as_tensor(sample.landmarks.which)]
    nerve, radius = cells(marks, *witnesses, until=GROWN * ALIVE / BORN, dim=MOST + 1)
    unit = radius * GROWN / BORN
    betti, shown = _classes(nerve, unit, dim=MOST)
    cover = nerve.until(BORN * unit)
    oriented = orientable(sample, cover, BORN * sample.landmarks.radius)
    group, loops = group_of(part, witnesses)
    numbers = replace(_manifold(sample, betti, oriented), group=group, loops=loops)
    return Reading(numbers, sample, shown, nerve.until(BEFORE * unit).simplices[1])


def _classes(nerve: Complex, unit: float, *, dim: int) -> tuple[dict[int, tuple[int, ...]], tuple[Bar, ...]]:
    """The Betti numbers of what lasts, and all classes over Z₂, their lengths in units."""
    whole = {p: bars(nerve, p=p) for p in (2, 3)}
    betti = {p: lasting(b, dim=dim, born=BORN * unit, alive=(ALIVE - 1e-9) * unit) for p, b in whole.items()}
    return betti, tuple(Bar(b.dim, b.birth / unit, b.death / unit) for b in whole[2] if b.dim <= dim)


def read(part: Sample, *, share: float, seed: Seed) -> Reading:
    """What `share` times the usual number of landmarks show of a connected sample of a curve or surface."""
    dim = part.dim
    sample = part.marked(min(round(share * LANDMARKS[dim]), len(part.y) // WITNESSES[dim]), seed=seed)
    radius = sample.landmarks.radius
    nerve = cover_nerve(sample.landmarks.apart, dim=dim + 1, until=ALIVE * radius)
    betti, shown = _classes(nerve, radius, dim=dim)
    cover = nerve.until(BORN * radius)
    oriented = orientable(sample, cover, BORN * radius)
    numbers, notes = _curve(sample, betti) if dim == 1 else (_manifold(sample, betti, oriented), ())
    return Reading(numbers, sample, shown, cover.until(TOUCH * radius).simplices[1], notes)


def _curve(sample: Sample, betti: dict[int, tuple[int, ...]]) -> tuple[Numbers, tuple[str, ...]]:
    """Ends and crossings, by arms, and what is doubtful about them."""
    ways = arms(sample)
    counts = np.array([len(way) for way in ways])
    crossing = float((counts > 2).mean()) >= BRANCHES
    most = int(counts.max()) if crossing else 2
    beside = crossing and narrow(min((way for way in ways if len(way) > 2), key=lambda way: float(way.mean(0).norm())))
    numbers = Numbers(1, betti, None if crossing else True, bool((counts == 1).any()), most)
    return numbers, ("branches leave a crossing side by side: they may pass each other",) if beside else ()


def _manifold(sample: Sample, betti: dict[int, tuple[int, ...]], oriented: bool | None) -> Numbers:
    return Numbers(sample.dim, betti, oriented, has_boundary(sample))
