"""A chart with fewer coordinates, by random directions."""

from typing import Any

from torch import Tensor

from pushforward.linear.chart import Chart, Inputs
from pushforward.rng import Seed, normal


class Sketched(Chart):
    r"""`rank` random directions of a chart of r: x(S w) with S (r, rank) Gaussian of variance 1/rank.

    $\mathbb{E}[S S^\top] = I$, so $F S S^\top F^\top$ is an unbiased estimate of $F F^\top$ and correlations are off by
    about $1/\sqrt{\text{rank}}$ (Johnson, Lindenstrauss 1984), at rank instead of r products.
    """

    def __init__(self, chart: Chart, rank: int, *, seed: Seed):
        self.chart, self.rank, self.point = chart, rank, chart.point
        self.S = normal((chart.rank, rank), seed=seed) / rank**0.5

    def __call__(self, w: Tensor) -> Any:
        """The inputs at coordinates w.  (n rank) -> a batch of n inputs"""
        return self.chart(w @ self.S.T.to(w))

    def tangents(self, start: int, stop: int, *, chunk: int = 1024) -> Tensor:
        """Random mixtures of the chart's tangents.  -> (stop − start, d)"""
        rows = 0
        for j in range(0, self.chart.rank, chunk):
            part = self.chart.tangents(j, min(j + chunk, self.chart.rank))
            rows = rows + self.S[j : j + len(part), start:stop].T.to(part) @ part
        return rows  # pyright: ignore[reportReturnType]


class SketchedInputs:
    """Inputs whose charts have at most `rank` directions: the same random ones at every x."""

    def __init__(self, inputs: Inputs, rank: int, *, seed: int):
        self.inputs, self.rank, self.seed = inputs, rank, seed

    def chart(self, x: Any) -> Chart:
        """The chart at x, sketched if it has more than `rank` directions."""
        chart = self.inputs.chart(x)
        return Sketched(chart, self.rank, seed=self.seed) if chart.rank > self.rank else chart
