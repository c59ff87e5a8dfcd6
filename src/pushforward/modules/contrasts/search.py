"""The search for inputs on which two blocks work with different properties."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.linear import Chart, recentred
from pushforward.modules.contrasts.density import Place
from pushforward.modules.contrasts.directions import easiest
from pushforward.modules.contrasts.factors import Probe
from pushforward.modules.contrasts.overlap import Dependence, overlap
from pushforward.progress import track
from pushforward.rng import normal

# Rounds of improvement, in each of which every candidate takes one random step if that is better
ROUNDS = 4
# Length of the first steps, in standard deviations of the inputs; halved whenever one is not better
STEP = 1.0
# The least speed of a block, relative to its median over the starts: where nothing moves there is nothing to see
SLOWEST = 0.25


class Prospect(NamedTuple):
    """An input at which both blocks were pushed: which start it came from, its chart, and coordinates there.

    `overlap`; `speeds` of both blocks, and the least `leaks` of moving each, to first order; `score` of the density.
    """

    start: int
    chart: Chart
    offset: Tensor
    overlap: float
    speeds: tuple[float, float]
    leaks: tuple[float, float]
    score: float


def search(
    probe: Probe,
    place: Place,
    charts: Sequence[tuple[int, Chart]],
    candidates: int,
    *,
    seed: torch.Generator,
    dependence: Dependence,
    progress: bool,
) -> list[Prospect]:
    """The `candidates` inputs with the least overlap on which both blocks move, improved by random steps, best first.

    Half of them are those with the least overlap, half those at which the blocks can be moved apart most easily.

    Jacobians of ReLU networks are piecewise constant: the overlap has no gradient to follow. `dependence` gets the
    factors at all starts.
    """
    bar = track(charts, "searching", show=progress, total=len(charts))
    prospects = [_look(probe, place, i, chart, dependence=dependence) for i, chart in bar]
    typical = tuple(float(torch.tensor([f.speeds[b] for f in prospects]).median()) for b in (0, 1))
    lively = lambda f: all(s >= SLOWEST * t and s > 0 for s, t in zip(f.speeds, typical, strict=True))  # noqa: E731
    unusable = lambda f: (not lively(f), place.outside(f.score) > 0)  # noqa: E731
    ranked = sorted(prospects, key=lambda f: (*unusable(f), f.overlap))
    best_of, rest = ranked[: -(-candidates // 2)], ranked[-(-candidates // 2) :]
    best_of += sorted(rest, key=lambda f: (*unusable(f), max(f.leaks)))[: candidates // 2]
    lengths = [STEP] * len(best_of)
    rounds = ROUNDS if len(charts) > 1 else 0  # one input is taken as it is
    for _ in track(range(rounds), "improving", show=progress, total=rounds):
        for i, best in enumerate(best_of):
            w = normal((best.chart.rank,), seed=seed, dtype=torch.float64)
            w = lengths[i] * w / w.norm()
            fresh = _look(probe, place, best.start, recentred(best.chart, w), best.offset + w)
            if not any(unusable(fresh)) and fresh.overlap < best.overlap and max(fresh.leaks) <= 2 * max(best.leaks):
                best_of[i] = fresh
            else:
                lengths[i] /= 2
    return sorted(best_of, key=lambda f: (*unusable(f), f.overlap))


def _look(
    probe: Probe,
    place: Place,
    start: int,
    chart: Chart,
    offset: Tensor | None = None,
    *,
    dependence: Dependence | None = None,
) -> Prospect:
    w = torch.zeros(chart.rank, dtype=torch.float64) if offset is None else offset
    factors = probe.factors(chart)
    if dependence is not None:
        dependence.add(factors)
    A, B = ((float(f.M.trace()) / len(f.M)) ** 0.5 for f in factors)
    leaks = (easiest(factors), easiest(factors.swapped))
    return Prospect(start, chart, w, overlap(factors), (A, B), leaks, place.score(chart, w))
