"""A walk along which one block moves and the other stays: re-linearised steps, each corrected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Chart, recentred
from pushforward.modules.contrasts.corrections import LONGEST, Local
from pushforward.modules.contrasts.density import Place
from pushforward.modules.contrasts.directions import TAU
from pushforward.modules.contrasts.factors import Factor, Pair, Probe
from pushforward.modules.contrasts.reach import Along

# Shares of a step that are compared with what was predicted: the longest that can be trusted is taken
LENGTHS = (1.0, 0.5, 0.25)
# A step is trusted if the moved block does what was predicted, up to this share of it
TRUST = 0.5
# Steps to one target, at most
SUBSTEPS = 24
# A target is reached when it is missed by less than this share
CLOSE = 0.02
# Farther than so many targets no step goes: what brings the way back among the inputs may be longer than the way
OVER = 2.0
# A step that brings the moved block less than this share of the target is the last
GROWTH = 0.01
# What is no farther out than this, in σ, is inside
ROUNDING = 1e-5
# How a step is tried: along the edge of the distribution or not, and at which share of its length
ATTEMPTS = ((False, 1.0), (True, 1.0), (True, 0.5), (True, 0.25))


@dataclass(frozen=True, eq=False)
class Point:
    """A point of a walk: its chart, its coordinates in the first one, activations and factors of both blocks there.

    `change` (m,) is where the moved block is heading; `forecast` are the changes of both blocks that the
    directions followed were to make, to first order; `score` is how dense the inputs are there.
    """

    chart: Chart
    offset: Tensor
    values: Pair[Tensor]
    factors: Pair[Factor]
    change: Tensor
    forecast: Pair[Tensor]
    score: float


@dataclass(frozen=True, eq=False)
class Walk:
    """The points at which the moved block's movement reached each target, and why it went no further, if so."""

    points: tuple[Point, ...]
    stopped: str = ""


@dataclass(frozen=True, eq=False)
class Walker:
    """The network, where inputs are usual, where the walk begins, and what counts as standing still."""

    probe: Probe
    place: Place
    origin: Point
    tau: float = TAU

    def moved(self, values: Pair[Tensor]) -> Tensor:
        """Movement of the moved block since the origin, in σ.  (n m) -> (n)"""
        return (values.moved - self.origin.values.moved).norm(dim=-1)

    def fixed(self, values: Pair[Tensor]) -> Tensor:
        """Movement of the fixed block since the origin, in σ.  (n m) -> (n)"""
        return (values.fixed - self.origin.values.fixed).norm(dim=-1)

    def along(self, points: Sequence[Point]) -> Along:
        """Where points lie along the way from the first to the last, and what the inputs reach there."""
        x = torch.stack([structure.flat(p.chart.point) for p in points])
        return self.place.reach.along(x, torch.stack([p.offset for p in points]))

    def beyond(self, p: Point) -> float:
        """By how many σ a point lies outside of what the inputs reach along the way to it from the origin."""
        x = torch.stack([structure.flat(q.chart.point) for q in (self.origin, p)])
        return self.place.beyond(x, torch.stack([self.origin.offset, p.offset]))

    def look(self, here: Point, w: Tensor) -> Pair[Tensor]:
        """Activations of both blocks at coordinates w of a point's chart.  (n r) -> (n m)"""
        with torch.no_grad():
            return self.probe.values(here.chart(w))

    def go(self, change: Tensor, targets: Iterable[float]) -> Walk:
        """The points where the moved block has moved by each target, if at first it changes like `change`."""
        points, here = [self.origin], replace(self.origin, change=change)
        for target in targets:
            here, stopped = self._reach(here, target)
            if stopped:
                further = float(self.moved(here.values)) > float(self.moved(points[-1].values)) + CLOSE * target
                return Walk((*points, *[here] * further), stopped)
            points.append(here)
        return Walk(tuple(points))

    def _reach(self, here: Point, target: float) -> tuple[Point, str]:
        for _ in range(SUBSTEPS):
            ahead, stopped = self._step(here, target)
            if ahead is None:
                return here, stopped
            here = ahead
            if float(self.moved(here.values)) >= (1 - CLOSE) * target:
                return self._settled(here, target), ""
        return here, "the steps that can be trusted became too short"

    def _step(self, here: Point, target: float) -> tuple[Point | None, str]:
        """One step towards the target: predicted, shortened until it can be trusted, corrected, re-linearised."""
        local, done = self._around(here), float(self.moved(here.values))
        for along_edge, share in ATTEMPTS:
            d = local.direction(along_edge=along_edge)
            slope = float(local.ahead @ d)
            if not slope > 1e-9 * float(here.factors.moved.F.norm()):
                return None, "no direction moves it any further"
            w, there = self._trusted(here, share * min((target - done) / slope, LONGEST) * d)
            ahead = self._arrived(here, local.corrected(w, there, along_edge=along_edge), w)
            if self._inside(ahead, here) and float(self.moved(ahead.values)) <= OVER * target:
                break
        else:
            return None, "the inputs end there"
        if float(self.moved(ahead.values)) < done + GROWTH * target:
            return None, "it cannot go on while the other is kept fixed"
        return ahead, ""

    def _around(self, here: Point) -> Local:
        shift = here.values.moved - self.origin.values.moved
        heading = shift if bool(shift.any()) else here.change
        return Local(
            factors=here.factors,
            heading=heading / heading.norm(),
            look=lambda w: self.look(here, w),
            moved=self.moved,
            fixed=self.fixed,
            missing=lambda values: self.origin.values.fixed - values.fixed,
            inwards=lambda: self.place.gradient(here.chart, here.offset),
            score=here.score,
            bounds=(self.place.low, self.place.high),
            tau=self.tau,
        )

    def _trusted(self, here: Point, w: Tensor) -> tuple[Tensor, Pair[Tensor]]:
        """A step as long as can be trusted, and the activations there."""
        shares = torch.tensor(LENGTHS, dtype=w.dtype)[:, None]
        predicted = shares * (here.factors.moved.F @ w)
        there = self.look(here, shares * w)
        actual = there.moved - here.values.moved
        gap = (actual - predicted).norm(dim=1) / predicted.norm(dim=1)
        good = (gap <= TRUST).nonzero()[:, 0]
        i = int(good[0]) if len(good) else len(LENGTHS) - 1
        return LENGTHS[i] * w, there.only(i)

    def _arrived(self, here: Point, w: Tensor, along: Tensor) -> Point:
        """The point at coordinates w of another, where `along` is the part of w that was not a correction."""
        ahead = point(self.probe, self.place, recentred(here.chart, w), here.offset + w)
        forecast = Pair(*(c + f.F @ along for c, f in zip(here.forecast, here.factors, strict=True)))
        return replace(ahead, forecast=forecast)

    def _settled(self, here: Point, target: float) -> Point:
        """A point very near, where the fixed block is back and the moved one at its target, if that is to be had."""
        local = self._around(here)
        for along_edge in (False, True):
            w = local.settled(here.values, target, along_edge=along_edge)
            if not bool(w.any()):
                return here
            ahead = self._arrived(here, w, torch.zeros_like(w))
            if self._inside(ahead, here):
                return ahead
        return here

    def _inside(self, ahead: Point, here: Point) -> bool:
        """Whether a point is no more unusual than another: in density, and along the way to it from the origin."""
        if self.place.outside(ahead.score) > self.place.outside(here.score):
            return False
        beyond = self.beyond(ahead)
        return beyond <= ROUNDING or beyond <= self.beyond(here)


def point(probe: Probe, place: Place, chart: Chart, offset: Tensor | None = None) -> Point:
    """A chart's point as the beginning of a walk."""
    w = torch.zeros(chart.rank, dtype=torch.float64) if offset is None else offset
    with torch.no_grad():
        values = Pair(*(part[0] for part in probe.values(chart(torch.zeros_like(w)[None]))))
    factors = probe.factors(chart)
    still = Pair(*(torch.zeros_like(part) for part in values))
    return Point(chart, w, values, factors, still.moved, still, place.score(chart, w))
