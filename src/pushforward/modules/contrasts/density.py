"""Where an input lies in the distribution of the inputs: too thin, too dense, or among the usual ones."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Chart, centred, log_density, recentred
from pushforward.modules.contrasts.reach import OfInputs, OfLaw, Reach, flattened

# Fewer inputs than this have no percentiles
FEWEST = 20
# Inputs below this share of the others in density, or above all but this share, are outside
EDGE = 0.01
# An input is far outside if its squared Mahalanobis distance is this many times what is usual
REMOTE = 4.0
# How far a coordinate is moved to see how the density changes
NUDGE = 0.05


class Place(ABC):
    """Says how dense the inputs are at a chart's point, and which of its values are usual.

    `offset` (r) is everywhere the point's coordinates in the chart where it all began.
    """

    among: str
    """What the percentiles are among, in words."""
    low: float
    high: float
    """Scores outside of these are unusual."""
    reach: Reach
    """How far the inputs reach along any direction."""

    @abstractmethod
    def score(self, chart: Chart, offset: Tensor) -> float:
        """The log density of a chart's point, up to a constant, or what stands for it."""

    @abstractmethod
    def percentile(self, score: float) -> float:
        """The share of inputs that are less dense."""

    @abstractmethod
    def gradient(self, chart: Chart, offset: Tensor) -> Tensor:
        """How the score changes with the chart's coordinates.  -> (r)"""

    def outside(self, score: float) -> float:
        """By how much a score is unusual; 0 inside."""
        return max(self.low - score, score - self.high, 0.0)

    def beyond(self, x: Tensor, w: Tensor) -> float:
        """By how many σ the last of these points lies outside of what inputs reach on the way to it; 0 inside."""
        return self.reach.along(x, w).beyond

    def room(self, x: Tensor, w: Tensor) -> float:
        """How many times as far as the last of two points one can go from the first, there or straight back."""
        return self.reach.along(x, w).room


class AmongInputs(Place):
    """Percentiles among the densities of some inputs, under their own law."""

    def __init__(self, charts: Sequence[Chart], reach: Reach):
        self.reach = reach
        self.values = _sorted([self.score(chart, torch.zeros(0)) for chart in charts])
        self.low, self.high = _bounds(self.values)
        self.among = f"among {len(charts)} of the inputs, by density under their law"

    def score(self, chart: Chart, offset: Tensor) -> float:  # noqa: ARG002 (the protocol's)
        """The log density."""
        value = log_density(chart)
        assert value is not None
        return value

    def percentile(self, score: float) -> float:
        """The share of the inputs that are less dense; one that is as dense counts half."""
        return _share(self.values, score)

    def gradient(self, chart: Chart, offset: Tensor) -> Tensor:
        """Of the log density; by differences if the law is not a Gaussian one."""
        w = centred(chart)
        if w is not None:
            return -w.cpu().double()
        here, nudges = self.score(chart, offset), NUDGE * torch.eye(chart.rank, dtype=torch.float64)
        there = [self.score(recentred(chart, nudge), offset) for nudge in nudges]
        return (torch.tensor(there, dtype=torch.float64) - here) / NUDGE


class AroundMean(Place):
    """Percentiles among the distances of some inputs from their mean, for inputs without a law."""

    def __init__(self, charts: Sequence[Chart], reach: Reach):
        self.reach = reach
        self.mean = torch.stack([structure.flat(chart.point) for chart in charts]).mean(0)
        self.values = _sorted([self.score(chart, torch.zeros(0)) for chart in charts])
        self.low, self.high = _bounds(self.values)
        self.among = f"among {len(charts)} of the inputs, by distance from their mean, for want of a law"

    def score(self, chart: Chart, offset: Tensor) -> float:  # noqa: ARG002 (the protocol's)
        """Minus half the squared distance from the mean."""
        return -float((structure.flat(chart.point) - self.mean).double().square().sum()) / 2

    def percentile(self, score: float) -> float:
        """The share of the inputs that are farther from the mean; one that is as far counts half."""
        return _share(self.values, score)

    def gradient(self, chart: Chart, offset: Tensor) -> Tensor:  # noqa: ARG002 (the protocol's)
        """Towards the mean."""
        towards = self.mean - structure.flat(chart.point)
        return (chart.tangents(0, chart.rank) @ towards).cpu().double()


class OfChart(Place):
    """Percentiles of the chart's own law N(0, I), about the input where it all began."""

    def __init__(self, rank: int):
        from scipy.special import chdtri

        self.reach: Reach = OfLaw()
        self.rank, self.low, self.high = rank, -float(chdtri(rank, EDGE)) / 2, float("inf")
        self.among = "of the chart's own law N(0, I) about the first input"

    def score(self, chart: Chart, offset: Tensor) -> float:  # noqa: ARG002 (the protocol's)
        """Minus half the squared norm of the coordinates."""
        return -float(offset.square().sum()) / 2

    def percentile(self, score: float) -> float:
        """The share of w ~ N(0, I) with a larger norm."""
        from scipy.special import chdtrc

        return float(chdtrc(self.rank, -2 * score))

    def gradient(self, chart: Chart, offset: Tensor) -> Tensor:  # noqa: ARG002 (the protocol's)
        """Towards the first input."""
        return -offset


class Unbounded(Place):
    """The percentiles of another place, where all of them are usual, and no direction ends."""

    def __init__(self, place: Place):
        self.reach = place.reach
        self.place, self.among, self.low, self.high = place, place.among, float("-inf"), float("inf")

    def score(self, chart: Chart, offset: Tensor) -> float:
        """As there."""
        return self.place.score(chart, offset)

    def percentile(self, score: float) -> float:
        """As there."""
        return self.place.percentile(score)

    def gradient(self, chart: Chart, offset: Tensor) -> Tensor:
        """As there."""
        return self.place.gradient(chart, offset)

    def beyond(self, x: Tensor, w: Tensor) -> float:  # noqa: ARG002 (the protocol's)
        """By nothing."""
        return 0.0


def place(charts: Sequence[Chart], X: object) -> Place:
    """Percentiles among the points of these charts, or of a chart's own law if they are fewer than 20.

    X (n, ...) are all the inputs that say how far a direction reaches.
    """
    if len(charts) < FEWEST:
        return OfChart(charts[0].rank)
    reach = OfInputs(flattened(X))
    return AroundMean(charts, reach) if log_density(charts[0]) is None else AmongInputs(charts, reach)


def remote(chart: Chart) -> bool:
    """Whether a chart's point is far outside the inputs, N(μ, Σ), from what the chart knows of them."""
    w = centred(chart)
    return w is not None and float(w.double().square().sum()) > REMOTE * chart.rank


def _sorted(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).sort().values


def _bounds(values: Tensor) -> tuple[float, float]:
    """Between the percentiles of the edge: inputs there are usual."""
    return float(values.quantile(EDGE)), float(values.quantile(1 - EDGE))


def _share(values: Tensor, score: float) -> float:
    value = torch.tensor(score, dtype=torch.float64)
    below, upto = (torch.searchsorted(values, value, right=right) for right in (False, True))
    return float(below + upto) / 2 / len(values)
