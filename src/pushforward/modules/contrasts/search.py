"""The search for inputs on which two blocks work with different properties."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Chart, recentred
from pushforward.modules.contrasts.density import Place
from pushforward.modules.contrasts.directions import TAU, best_direction, easiest
from pushforward.modules.contrasts.factors import Factor, Pair, Probe
from pushforward.modules.contrasts.overlap import Dependence, overlap
from pushforward.progress import track
from pushforward.rng import normal
from pushforward.shards import each, sharing

# Rounds of improvement, in each of which every candidate takes one random step if that is better
ROUNDS = 4
# Length of the first steps, in standard deviations of the inputs; halved whenever one is not better
STEP = 1.0
# The least speed of a block, relative to its median over the starts: where nothing moves there is nothing to see
SLOWEST = 0.25


class Prospect(NamedTuple):
    """An input at which both blocks were pushed: which start it came from, its chart, and coordinates there.

    `overlap`; `speeds` of both blocks, and the least `leaks` of moving each, to first order; `score` of the density;
    `room`: the share of the distance that both can be moved by before the inputs end, to first order, at most 1.
    """

    start: int
    chart: Chart
    offset: Tensor
    overlap: float
    speeds: tuple[float, float]
    leaks: tuple[float, float]
    score: float
    room: float

    @classmethod
    def read(cls, numbers: Tensor, start: int, chart: Chart, offset: Tensor) -> Self:
        """What `numbers` has written."""
        overlap, *pairs, score, room = numbers.tolist()
        return cls(start, chart, offset, overlap, (pairs[0], pairs[1]), (pairs[2], pairs[3]), score, room)

    @property
    def numbers(self) -> Tensor:
        """All that was computed here (7,)."""
        return torch.tensor([self.overlap, *self.speeds, *self.leaks, self.score, self.room], dtype=torch.float64)

    @property
    def cramped(self) -> int:
        """How many tenths of the distance there is no room for."""
        return 10 - int(10 * self.room + 1e-9)


def search(
    probe: Probe,
    place: Place,
    charts: Sequence[tuple[int, Chart]],
    candidates: int,
    *,
    distance: float,
    seed: torch.Generator,
    dependence: Dependence,
    progress: bool,
) -> list[Prospect]:
    """The `candidates` inputs with the least overlap on which both blocks move, improved by random steps, best first.

    Half of them are those with the least overlap, half those at which the blocks can be moved apart most easily, among
    those with room for the `distance`; at 0 there is room everywhere.

    Jacobians of ReLU networks are piecewise constant: the overlap has no gradient to follow. `dependence` gets the
    factors at all starts.
    """
    still = [torch.zeros(chart.rank, dtype=torch.float64) for _, chart in charts]
    places = [(i, chart, w) for (i, chart), w in zip(charts, still, strict=True)]
    prospects = _looks("searching", probe, place, places, distance=distance, dependence=dependence, progress=progress)
    typical = tuple(float(torch.tensor([f.speeds[b] for f in prospects]).median()) for b in (0, 1))
    lively = lambda f: all(s >= SLOWEST * t and s > 0 for s, t in zip(f.speeds, typical, strict=True))  # noqa: E731
    unusable = lambda f: (not lively(f), place.outside(f.score) > 0)  # noqa: E731
    ranked = sorted(prospects, key=lambda f: (*unusable(f), f.overlap))
    best_of, rest = ranked[: -(-candidates // 2)], ranked[-(-candidates // 2) :]
    best_of += sorted(rest, key=lambda f: (*unusable(f), f.cramped, max(f.leaks)))[: candidates // 2]
    lengths = [STEP] * len(best_of)
    rounds = ROUNDS if len(charts) > 1 else 0  # one input is taken as it is
    for _ in track(range(rounds), "improving", show=progress, total=rounds):
        steps = [normal((best.chart.rank,), seed=seed, dtype=torch.float64) for best in best_of]
        steps = [length * w / w.norm() for length, w in zip(lengths, steps, strict=True)]
        places = [
            (best.start, recentred(best.chart, w), best.offset + w) for best, w in zip(best_of, steps, strict=True)
        ]
        for i, fresh in enumerate(_looks("improving", probe, place, places, distance=distance)):
            best = best_of[i]
            good = not any(unusable(fresh)) and fresh.overlap < best.overlap and fresh.cramped <= best.cramped
            if good and max(fresh.leaks) <= 2 * max(best.leaks):
                best_of[i] = fresh
            else:
                lengths[i] /= 2
    return sorted(best_of, key=lambda f: (*unusable(f), f.overlap))


def _looks(
    what: str,
    probe: Probe,
    place: Place,
    places: Sequence[tuple[int, Chart, Tensor]],
    *,
    distance: float,
    dependence: Dependence | None = None,
    progress: bool = False,
) -> list[Prospect]:
    """What both blocks do at some starts, each with its chart and the coordinates there; shared in a survey."""
    before, alone = probe.products, not sharing()

    def look(k: int) -> dict[str, Tensor]:
        factors = probe.factors(places[k][1])
        parts = {} if dependence is None else dependence.wanted(factors)
        parts["numbers"] = _prospect(place, *places[k], factors, distance=distance).numbers
        if alone and dependence is not None and "F" in parts:
            dependence.add(parts.pop("F"))  # at once, so that not all of them are kept
        return parts

    parts = each(what, len(places), look, show=progress)
    probe.products = before + sum(chart.rank for _, chart, _ in places)
    if dependence is not None:
        for one in parts:
            if "F" in one:
                dependence.add(one["F"])
    return [Prospect.read(one["numbers"], *at) for one, at in zip(parts, places, strict=True)]


def _prospect(place: Place, start: int, chart: Chart, w: Tensor, factors: Pair[Factor], *, distance: float) -> Prospect:
    A, B = ((float(f.M.trace()) / len(f.M)) ** 0.5 for f in factors)
    leaks = (easiest(factors), easiest(factors.swapped))
    room = min(_room(place, chart, w, f, distance) for f in (factors, factors.swapped))
    return Prospect(start, chart, w, overlap(factors), (A, B), leaks, place.score(chart, w), room)


def _room(place: Place, chart: Chart, offset: Tensor, factors: Pair[Factor], distance: float) -> float:
    """The share of the distance that there is room for along the direction that moves the first block best."""
    if not distance:
        return 1.0
    w = best_direction(factors, TAU)
    with torch.no_grad():
        step = structure.item(chart(w[None]), 0)
    x = torch.stack([structure.flat(chart.point), structure.flat(step)])
    return min(place.room(x, torch.stack([offset, offset + w])) * factors.moved.speed(w) / distance, 1.0)
