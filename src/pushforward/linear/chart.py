"""What "near x" means: a chart w ↦ x(w) under which w ~ N(0, I) near 0."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.func import vmap

from pushforward import structure
from pushforward.errors import NotDifferentiable
from pushforward.process import jvp
from pushforward.rng import Seed, normal

# Tangents of a chart that are mixed at once
CHUNK = 1024


class Chart(ABC):
    """A function from r coordinates to inputs, with x(0) = x and w ~ N(0, I) near 0.

    A chart may also have `at(w)`, the chart around x(w); `log_density()`, that of its point up to a constant; and, if
    the inputs are N(μ, Σ), `centred()`, the coordinates of its point relative to μ. `recentred`, `log_density` and
    `centred` do without where it has not.

    >>> import torch
    >>> import pushforward as pf
    >>> class Brighter(pf.extend.Chart):
    ...     rank = 1
    ...     def __init__(self, x):
    ...         self.point = x
    ...     def __call__(self, w):
    ...         return self.point + w @ torch.ones(1, len(self.point))
    ...     def tangents(self, start, stop):
    ...         return torch.ones(1, len(self.point))[start:stop]
    >>> Brighter(torch.zeros(3))(torch.tensor([[0.5]]))
    tensor([[0.5000, 0.5000, 0.5000]])
    """

    point: object
    rank: int

    @abstractmethod
    def __call__(self, w: Tensor) -> object:
        """The inputs at coordinates w.  (n r) -> a batch of n inputs"""

    @abstractmethod
    def tangents(self, start: int, stop: int) -> Tensor:
        """∂x/∂w_j at w = 0 for j in start … stop, the float parts of x flattened.  -> (stop − start, d)"""


@runtime_checkable
class Inputs(Protocol):
    """Anything that hands out a chart at an input: `pf.Gaussian`, a generator, or your own.

    >>> import torch
    >>> import pushforward as pf
    >>> isinstance(pf.Gaussian.isotropic((3,)), pf.extend.Inputs)
    True
    """

    def chart(self, x: Any) -> Chart:  # every implementation takes its own kind of x
        """The chart at one input x (without a batch axis)."""
        ...


@runtime_checkable
class Movable(Protocol):
    """A chart that can be put around another of its points."""

    def at(self, w: Tensor) -> Chart:
        """The chart around x(w).  (r)"""
        ...


@runtime_checkable
class Lawful(Protocol):
    """A chart that knows the law of the inputs."""

    def log_density(self) -> float | None:
        """The log density of the chart's point, up to a constant of the inputs; None if they have no law."""
        ...


@runtime_checkable
class Centred(Protocol):
    """A chart of inputs N(μ, Σ)."""

    def centred(self) -> Tensor | None:
        """Coordinates of the chart's point, x = μ + L w with w ~ N(0, I); None if there is no μ.  -> (r)"""
        ...


class ConstantInputs:
    """Inputs that hand out one chart wherever they are asked: for pushing at a chart one already has."""

    def __init__(self, chart: Chart):
        self.constant = chart

    def chart(self, x: object) -> Chart:  # noqa: ARG002 (the protocol's)
        """The chart, whatever x is."""
        return self.constant


class Shifted(Chart):
    """The chart around x(w) of a chart that cannot be re-centred itself: v ↦ x(w + v)."""

    def __init__(self, chart: Chart, w: Tensor):
        self.chart, self.w, self.rank = chart, w, chart.rank
        self.point = structure.item(chart(w[None]), 0)

    def __call__(self, w: Tensor) -> object:
        """The inputs x(w₀ + w).  (n r) -> a batch of n inputs"""
        return self.chart(self.w.to(w) + w)

    def at(self, w: Tensor) -> "Shifted":
        """The chart around x(w₀ + w)."""
        return Shifted(self.chart, self.w + w.to(self.w))

    def tangents(self, start: int, stop: int) -> Tensor:
        """Forward-mode derivatives of the chart at w₀.  -> (stop − start, d)"""
        rows = torch.eye(self.rank).to(self.w)[start:stop]
        moving = lambda w: structure.flat(structure.item(self.chart(w[None]), 0))  # noqa: E731
        try:
            return vmap(lambda v: jvp(moving, (self.w,), (v,))[1])(rows)
        except (RuntimeError, NotImplementedError) as reason:
            raise NotDifferentiable(
                f"a chart {type(self.chart).__name__} has no forward derivative away from its point "
                f"({str(reason).splitlines()[0]}). Give it a method `at(w)` that returns the chart around x(w)."
            ) from reason


def recentred(chart: Chart, w: Tensor) -> Chart:
    """The chart around x(w), by the chart's own `at` or else by composition.  (r)"""
    return chart.at(w) if isinstance(chart, Movable) else Shifted(chart, w)


def log_density(chart: Chart) -> float | None:
    """The log density of the chart's point under the law of the inputs, up to a constant; None if there is no law."""
    return chart.log_density() if isinstance(chart, Lawful) else None


def centred(chart: Chart) -> Tensor | None:
    """Coordinates of the chart's point relative to the centre of the inputs; None if they have none.  -> (r)"""
    return chart.centred() if isinstance(chart, Centred) else None


class Sketched(Chart):
    r"""`rank` random directions of a chart of r: x(S w) with S (r, rank) Gaussian of variance 1/rank.

    $\mathbb{E}[S S^\top] = I$, so $F S S^\top F^\top$ is an unbiased estimate of $F F^\top$ and correlations are off by
    about $1/\sqrt{\text{rank}}$ (Johnson, Lindenstrauss 1984), at rank instead of r products.
    """

    def __init__(self, chart: Chart, rank: int, *, seed: Seed):
        self.chart, self.rank, self.point = chart, rank, chart.point
        self.S = normal((chart.rank, rank), seed=seed) / rank**0.5

    def __call__(self, w: Tensor) -> object:
        """The inputs at coordinates w.  (n rank) -> a batch of n inputs"""
        return self.chart(w @ self.S.T.to(w))

    def tangents(self, start: int, stop: int) -> Tensor:
        """Random mixtures of the chart's tangents.  -> (stop − start, d)"""
        return self._mixed[start:stop]

    @cached_property
    def _mixed(self) -> Tensor:
        """All of them, once: pushed some at a time, each would need all tangents of the chart again.  (rank d)"""
        rows = torch.zeros(())
        for j in range(0, self.chart.rank, CHUNK):
            part = self.chart.tangents(j, min(j + CHUNK, self.chart.rank))
            rows = rows.to(part) + self.S[j : j + len(part)].T.to(part) @ part
        return rows


class SketchedInputs:
    """Inputs whose charts have at most `rank` directions: the same random ones at every x."""

    def __init__(self, inputs: Inputs, rank: int, *, seed: int):
        self.inputs, self.rank, self.seed = inputs, rank, seed

    def chart(self, x: object) -> Chart:
        """The chart at x, sketched if it has more than `rank` directions."""
        chart = self.inputs.chart(x)
        return Sketched(chart, self.rank, seed=self.seed) if chart.rank > self.rank else chart
