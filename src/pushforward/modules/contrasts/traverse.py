"""The best traversal from one input: both signs of the leading directions are tried, the best is walked in full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pushforward.linear import Chart
from pushforward.modules.contrasts.density import Place
from pushforward.modules.contrasts.directions import Direction, best_direction, directions
from pushforward.modules.contrasts.factors import Factor, Pair, Probe
from pushforward.modules.contrasts.near_copies import Copy
from pushforward.modules.contrasts.overlap import shared
from pushforward.modules.contrasts.traversal import Traversal, Worst, remeasured, stacked, worst
from pushforward.modules.contrasts.verdict import FULL, WORST_LEAKS, Extreme, Verdict, impossible, measured
from pushforward.modules.contrasts.walk import Point, Walk, Walker, point
from pushforward.rng import Seed

# If the least off-target change, to first order, is this or more, no direction moves only the one block
UNSEPARATED = 0.2
UNMOVED = "no direction moves it"


@dataclass(frozen=True)
class Course:
    """How far to go, in how many frames, and how many directions to try."""

    distance: float
    frames: int
    directions: int

    def targets(self) -> list[float]:
        """The moved block's movement at every frame but the first, in σ."""
        return [self.distance * k / (self.frames - 1) for k in range(1, self.frames)]


def traverse(
    probe: Probe,
    place: Place,
    chart: Chart,
    course: Course,
    *,
    seed: Seed,
    names: tuple[str, str] = ("A", "B"),
    dependent: bool = False,
    copies: tuple[Copy, ...] = (),
) -> Traversal:
    """Frames from the chart's point, along which the probe's first block moves and its second is kept fixed.

    `dependent`: whether the first is known to be a linear function of the second; `copies`: neurons that both have.
    """
    before = probe.products
    walker = Walker(probe, place, point(probe, place, chart))
    leading = directions(walker.origin.factors, course.directions, seed=seed)
    followed, change = best_change(walker, leading, course.distance)
    walk = walker.go(change, course.targets()) if change is not None else Walk((walker.origin,), UNMOVED)
    here = measured_walk(walker, walk, leading, followed, course, names=names, dependent=dependent, copies=copies)
    return replace(here, products=probe.products - before)


def measured_walk(
    walker: Walker,
    walk: Walk,
    leading: Sequence[Direction],
    followed: int,
    course: Course,
    *,
    names: tuple[str, str] = ("A", "B"),
    dependent: bool = False,
    copies: tuple[Copy, ...] = (),
) -> Traversal:
    """The traversal of a walk: what a forward pass measures at its points, and what that means."""
    probe, place = walker.probe, walker.place
    frames = stacked([p.chart.point for p in walk.points])
    moved, leaked = remeasured(probe, frames)
    extremes, along = worst(probe, frames, moved), walker.along(walk.points)
    return Traversal(
        frames=frames,
        moved=moved,
        leaked=leaked,
        predicted=predicted(walk.points),
        chance=leading[0].chance,
        worst=extremes.last,
        percentile=torch.tensor([place.percentile(p.score) for p in walk.points], dtype=torch.float64),
        place=place.among,
        directions=tuple(leading),
        followed=followed,
        distance=course.distance,
        verdict=_verdict(walker.origin, moved, leaked, extremes, walk, course, names, dependent, copies),
        products=0,
        names=names,
        peak=extremes.peak,
        epr=probe.selectivity(frames),
        z=along.z,
        reach=along.reach,
    )


def best_change(walker: Walker, leading: Iterable[Direction], distance: float) -> tuple[int, Tensor | None]:
    """Which direction is best, and how the moved block changes along it at first, by short trials of both signs.

    None if no direction moves it.
    """
    trials: list[tuple[tuple[float, float, float], int, Tensor]] = []
    for i, direction in enumerate(leading):
        for sign in (1.0, -1.0):
            change = sign * (walker.origin.factors.moved.F @ direction.w)
            if float(change.norm()) > 0:
                end = walker.go(change, [distance]).points[-1]
                trials.append((_merit(walker, end, distance), i, change))
    if not trials:
        return 0, None
    _, followed, change = min(trials, key=lambda trial: trial[0])
    return followed, change


def _merit(walker: Walker, end: Point, distance: float) -> tuple[float, float, float]:
    """Smaller is better: first to come far (in tenths), then to change little off target."""
    moved, fixed = float(walker.moved(end.values)), float(walker.fixed(end.values))
    short = 0.0 if moved >= FULL * distance else 1 - int(10 * moved / distance) / 10
    return short, fixed / max(moved, 1e-300), walker.place.outside(end.score) + walker.beyond(end)


def predicted(points: Sequence[Point]) -> Tensor:
    """Off-target change to first order: the forecasts of both blocks, added up along the way."""
    moved, fixed = (torch.stack([p.forecast[b].norm() for p in points]) for b in (0, 1))
    return torch.where(moved > 0, fixed / moved.clamp_min(1e-300), 0.0)


def _verdict(
    origin: Point,
    moved: Tensor,
    leaked: Tensor,
    extremes: Worst,
    walk: Walk,
    course: Course,
    names: tuple[str, str],
    dependent: bool,
    copies: tuple[Copy, ...],
) -> Verdict:
    common = shared(origin.factors)
    least = least_leak(origin.factors)
    peak, one = float(extremes.peak.max()), extremes.one
    apart = float(moved[-1]) >= FULL * course.distance and float(leaked.max()) < UNSEPARATED and peak <= WORST_LEAKS
    if common.contained or dependent or (common.all and least >= UNSEPARATED and not apart):
        return impossible(*names, common, least, everywhere=dependent and not common.all)
    return measured(
        *names,
        leak=float(leaked.max()),
        moved=float(moved[-1]),
        distance=course.distance,
        stopped=walk.stopped,
        worst=one and Extreme(one.name, one.neuron, one.moved, peak),
        copies=copies,
    )


def least_leak(factors: Pair[Factor]) -> float:
    """The least |F_B w| / |F_A w| of all directions w, however slowly the first block moves."""
    w = best_direction(factors, tau=1e-10)
    speed = factors.moved.speed(w)
    return factors.fixed.speed(w) / speed if speed > 0 else float("inf")
