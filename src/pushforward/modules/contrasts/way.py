"""`Way`: from one input in both senses of the best direction; any position on it is measured when it is asked for."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Chart, recentred
from pushforward.modules.contrasts.blocks import Scene
from pushforward.modules.contrasts.density import Place
from pushforward.modules.contrasts.directions import directions
from pushforward.modules.contrasts.factors import Pair, Probe
from pushforward.modules.contrasts.traversal import Leak, Traversal, remeasured, stacked, worst
from pushforward.modules.contrasts.traverse import UNMOVED, Course, best_change, measured_walk
from pushforward.modules.contrasts.walk import Walk, Walker, point

Tell = Callable[[str, int, int], object]
"""Is told the stage, and how many of how many parts of it are done; what it raises ends the work."""
T = TypeVar("T")


class Shot(NamedTuple):
    """One position of a way: the input there, and the numbers that `Traversal` has of a frame, measured anew."""

    input: object
    moved: float
    leaked: float
    peak: float
    predicted: float
    percentile: float
    z: float
    worst: tuple[Leak, ...]


class Station(NamedTuple):
    """What is kept of a point of a walk: factors are large, and not needed again."""

    chart: Chart
    offset: Tensor
    forecast: Pair[Tensor]


class Sense(NamedTuple):
    """One of the two senses of a way: how far the moved block has come at each of its points, and its traversal."""

    points: tuple[Station, ...]
    at: list[float]
    traversal: Traversal


class Way(NamedTuple):
    """A way through an input: `forth` is the sense that separates the two blocks best, `back` the opposite one."""

    probe: Probe
    place: Place
    forth: Sense
    back: Sense

    @property
    def start(self) -> object:
        """The input that it goes through, without batch axis."""
        return self.forth.points[0].chart.point

    @property
    def ends(self) -> tuple[float, float]:
        """How far it goes, in σ of the moved block: the first is negative, `back`."""
        return -self.back.at[-1], self.forth.at[-1]

    @property
    def positions(self) -> list[float]:
        """Where its points are, from one end to the other, the input itself at 0."""
        return [-at for at in reversed(self.back.at)] + self.forth.at[1:]

    def shot(self, at: float) -> Shot:
        """The frame `at` σ of the moved block; between two points it lies between their coordinates.

        At a point of the walk its numbers are those of the traversal. Positions beyond the ends are the ends.
        """
        sense = self.forth if at >= 0 else self.back
        chart, offset, forecast = _between(sense, abs(at))
        origin, end = sense.points[0], sense.points[-1]
        frames = stacked([origin.chart.point, chart.point])
        moved, leaked = remeasured(self.probe, frames)
        extremes = worst(self.probe, frames, moved)
        x = torch.stack([structure.flat(part) for part in (origin.chart.point, chart.point, end.chart.point)])
        along = self.place.reach.along(x, torch.stack([origin.offset, offset, end.offset]))
        return Shot(
            input=chart.point,
            moved=float(moved[1]),
            leaked=float(leaked[1]),
            peak=float(extremes.peak[1]),
            predicted=forecast,
            percentile=self.place.percentile(self.place.score(chart, offset)),
            z=float(along.z[1]),
            worst=extremes.last,
        )


def walk_both_ways(
    scene: Scene, chart: Chart, course: Course, *, names: tuple[str, str] = ("A", "B"), tell: Tell | None = None
) -> Way:
    """The way from a chart's point along which the scene's first block moves and its second is kept fixed.

    `forth` is what `contrast` walks from there; `tell` is asked between steps.
    """
    tell = tell or (lambda *_: None)
    walker = Walker(scene.probe, scene.place, point(scene.probe, scene.place, chart))
    leading = directions(walker.origin.factors, course.directions, seed=scene.seeds[1])
    followed, change = best_change(walker, _told(tell, "choosing a direction", leading), course.distance)
    senses: list[Sense] = []
    for sign in (1.0, -1.0):
        targets = _told(tell, "walking forth" if sign > 0 else "walking back", course.targets())
        walk = Walk((walker.origin,), UNMOVED) if change is None else walker.go(sign * change, targets)
        here = measured_walk(walker, walk, leading, followed, course, names=names, copies=scene.copies)
        stations = tuple(Station(p.chart, p.offset, p.forecast) for p in walk.points)
        senses.append(Sense(stations, [float(walker.moved(p.values)) for p in walk.points], here))
    return Way(scene.probe, scene.place, *senses)


def _told(tell: Tell, stage: str, items: Sequence[T]) -> Iterator[T]:
    for i, item in enumerate(items):
        tell(stage, i, len(items))
        yield item


def _between(sense: Sense, at: float) -> tuple[Chart, Tensor, float]:
    """The chart at a position, its coordinates in the first one, and off-target change to first order.

    Coordinates are those of the nearer point's chart, so that inputs stay on a manifold that has curved charts.
    """
    points, i = sense.points, bisect_right(sense.at, at) - 1
    if i + 1 >= len(points) or sense.at[i] == at:
        return points[i].chart, points[i].offset, _leak(*(part.norm() for part in points[i].forecast))
    a, b = points[i], points[i + 1]
    share = (at - sense.at[i]) / (sense.at[i + 1] - sense.at[i])
    step = b.offset - a.offset
    chart = recentred(a.chart, share * step) if share < 0.5 else recentred(b.chart, (share - 1) * step)
    forecast = (torch.lerp(c, d, share).norm() for c, d in zip(a.forecast, b.forecast, strict=True))
    return chart, a.offset + share * step, _leak(*forecast)


def _leak(moved: Tensor, fixed: Tensor) -> float:
    return float(fixed / moved) if moved > 0 else 0.0
