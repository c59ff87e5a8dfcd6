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

ROUNDS = 4
"""Rounds of improvement, in each of which every candidate takes one random step if that is better."""
STEP = 1.0
"""Length of the first steps, in standard deviations of the inputs; halved whenever one is not better."""
SLOWEST = 0.25
"""The least speed of a block, relative to its median over the starts: where nothing moves there is nothing to see."""


class Found(NamedTuple):
    """An input that was looked at: which start it came from, its chart, and coordinates there.

    `overlap`; `speeds` of both blocks, and the least `leaks` of moving each, to first order; `score` of the density.
    """

    start: int
    chart: Chart
    travelled: Tensor
    overlap: float
    speeds: tuple[float, float]
    leaks: tuple[float, float]
    score: float


def search(
    probe: Probe,
    place: Place,
    charts: Sequence[tuple[int, Chart]],
    count: int,
    *,
    seed: torch.Generator,
    dependence: Dependence,
    progress: bool,
) -> list[Found]:
    """The `count` inputs with the least overlap on which both blocks move, improved by random steps, best first.

    Half of them are those with the least overlap, half those at which the blocks can be moved apart most easily.

    Jacobians of ReLU networks are piecewise constant: the overlap has no gradient to follow. `dependence` gets the
    factors at all starts.
    """
    watched = track(charts, "searching", show=progress, total=len(charts))
    looked = [_look(probe, place, i, chart, dependence=dependence) for i, chart in watched]
    typical = tuple(float(torch.tensor([f.speeds[b] for f in looked]).median()) for b in (0, 1))
    lively = lambda f: all(s >= SLOWEST * t and s > 0 for s, t in zip(f.speeds, typical, strict=True))  # noqa: E731
    unusable = lambda f: (not lively(f), place.outside(f.score) > 0)  # noqa: E731
    ranked = sorted(looked, key=lambda f: (*unusable(f), f.overlap))
    chosen, rest = ranked[: -(-count // 2)], ranked[-(-count // 2) :]
    chosen += sorted(rest, key=lambda f: (*unusable(f), max(f.leaks)))[: count // 2]
    steps = [STEP] * len(chosen)
    rounds = ROUNDS if len(charts) > 1 else 0  # one input is taken as it is
    for _ in track(range(rounds), "improving", show=progress, total=rounds):
        for i, best in enumerate(chosen):
            w = normal((best.chart.rank,), seed=seed, dtype=torch.float64)
            w = steps[i] * w / w.norm()
            tried = _look(probe, place, best.start, recentred(best.chart, w), best.travelled + w)
            if not any(unusable(tried)) and tried.overlap < best.overlap and max(tried.leaks) <= 2 * max(best.leaks):
                chosen[i] = tried
            else:
                steps[i] /= 2
    return sorted(chosen, key=lambda f: (*unusable(f), f.overlap))


def _look(
    probe: Probe,
    place: Place,
    start: int,
    chart: Chart,
    travelled: Tensor | None = None,
    *,
    dependence: Dependence | None = None,
) -> Found:
    w = torch.zeros(chart.rank, dtype=torch.float64) if travelled is None else travelled
    factors = probe.factors(chart)
    if dependence is not None:
        dependence.add(factors)
    A, B = ((float(f.M.trace()) / len(f.M)) ** 0.5 for f in factors)
    leaks = (easiest(factors), easiest(factors.swapped))
    return Found(start, chart, w, overlap(factors), (A, B), leaks, place.score(chart, w))
