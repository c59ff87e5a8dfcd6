"""One look at one connected part: landmarks, the nerve of their balls, and all that is read off them."""

from dataclasses import dataclass

import numpy as np

from pushforward.manifold.topologies.complexes import cover_nerve
from pushforward.manifold.topologies.homology import Bar, bars, lasting
from pushforward.manifold.topologies.names import Numbers
from pushforward.manifold.topologies.orientation import arms, has_boundary, orientable
from pushforward.manifold.topologies.sampled import Sheet
from pushforward.points import Landmarks, farthest
from pushforward.rng import Seed

LANDMARKS = {1: 24, 2: 120, 3: 80}
"""By dimension."""
LEAST = {1: 12, 2: 30, 3: 60}
"""With fewer there is nothing to read."""
WITNESSES = {1: 10, 2: 15, 3: 15}
"""Points for each landmark that are needed."""
BORN, ALIVE = 1.5, 1.75
"""Classes that count are there by the first and live beyond the second, in radii of the cover."""
TOUCH = 1.15
"""Radius at which landmarks are shown as neighbours: points are spaced, so that balls meet a little late."""
BRANCHES = 0.02
"""Share of landmarks with more than two arms that makes a crossing of them."""


@dataclass(frozen=True, eq=False)
class Reading:
    """The numbers of one part, with the landmarks and the bars (over Z₂, in radii of the cover) they come from."""

    numbers: Numbers
    landmarks: Landmarks
    bars: tuple[Bar, ...]
    edges: np.ndarray


def enough(points: int, dim: int) -> bool:
    """Whether so many points can be read at all.

    >>> enough(100, 1), enough(100, 2)
    (False, False)
    """
    return points >= WITNESSES[dim] * LEAST[dim]


def read(sheet: Sheet, *, share: float, seed: Seed) -> Reading:
    """What `share` times the usual number of landmarks show of a connected sheet."""
    dim = sheet.dim
    count = min(round(share * LANDMARKS[dim]), len(sheet.y) // WITNESSES[dim])
    found = farthest(sheet.graph, count, seed=seed)
    nerve = cover_nerve(found.apart, dim=dim + 1, until=ALIVE * found.radius)
    whole = {p: bars(nerve, p=p) for p in (2, 3)}
    betti = {
        p: lasting(b, dim=dim, born=BORN * found.radius, alive=(ALIVE - 1e-9) * found.radius) for p, b in whole.items()
    }
    cover = nerve.until(BORN * found.radius)
    numbers = (
        _curve(sheet, found, betti)
        if dim == 1
        else _manifold(sheet, found, betti, orientable(sheet.frames, found, cover))
    )
    scaled = tuple(Bar(b.dim, b.birth / found.radius, b.death / found.radius) for b in whole[2] if b.dim <= dim)
    return Reading(numbers, found, scaled, cover.until(TOUCH * found.radius).simplices[1])


def _curve(sheet: Sheet, found: Landmarks, betti: dict[int, tuple[int, ...]]) -> Numbers:
    """Ends and crossings, by arms."""
    counts = np.array(arms(sheet, found))
    crossing = float((counts > 2).mean()) >= BRANCHES
    most = int(counts.max()) if crossing else 2
    return Numbers(1, betti, None if crossing else True, bool((counts == 1).any()), most)


def _manifold(sheet: Sheet, found: Landmarks, betti: dict[int, tuple[int, ...]], oriented: bool | None) -> Numbers:
    return Numbers(sheet.dim, betti, oriented, has_boundary(sheet, found))
