"""One look at one connected part: landmarks, the nerve of their balls, and all that is read off them."""

from dataclasses import dataclass

import numpy as np

from pushforward.manifold.topologies.complexes import cover_nerve
from pushforward.manifold.topologies.homology import Bar, bars, lasting
from pushforward.manifold.topologies.names import Numbers
from pushforward.manifold.topologies.orientation import arms, has_boundary, orientable
from pushforward.manifold.topologies.sampled import Sample
from pushforward.rng import Seed

# By dimension.
LANDMARKS = {1: 24, 2: 120, 3: 80}
# With fewer there is nothing to read.
LEAST = {1: 12, 2: 30, 3: 60}
# Points for each landmark that are needed.
WITNESSES = {1: 10, 2: 15, 3: 15}
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


def enough(points: int, dim: int) -> bool:
    """Whether so many points can be read at all.

    >>> enough(100, 1), enough(100, 2)
    (False, False)
    """
    return points >= WITNESSES[dim] * LEAST[dim]


def read(part: Sample, *, share: float, seed: Seed) -> Reading:
    """What `share` times the usual number of landmarks show of a connected sample."""
    dim = part.dim
    sample = part.marked(min(round(share * LANDMARKS[dim]), len(part.y) // WITNESSES[dim]), seed=seed)
    radius = sample.landmarks.radius
    nerve = cover_nerve(sample.landmarks.apart, dim=dim + 1, until=ALIVE * radius)
    whole = {p: bars(nerve, p=p) for p in (2, 3)}
    betti = {p: lasting(b, dim=dim, born=BORN * radius, alive=(ALIVE - 1e-9) * radius) for p, b in whole.items()}
    cover = nerve.until(BORN * radius)
    numbers = _curve(sample, betti) if dim == 1 else _manifold(sample, betti, orientable(sample, cover))
    scaled = tuple(Bar(b.dim, b.birth / radius, b.death / radius) for b in whole[2] if b.dim <= dim)
    return Reading(numbers, sample, scaled, cover.until(TOUCH * radius).simplices[1])


def _curve(sample: Sample, betti: dict[int, tuple[int, ...]]) -> Numbers:
    """Ends and crossings, by arms."""
    counts = np.array(arms(sample))
    crossing = float((counts > 2).mean()) >= BRANCHES
    most = int(counts.max()) if crossing else 2
    return Numbers(1, betti, None if crossing else True, bool((counts == 1).any()), most)


def _manifold(sample: Sample, betti: dict[int, tuple[int, ...]], oriented: bool | None) -> Numbers:
    return Numbers(sample.dim, betti, oriented, has_boundary(sample))
