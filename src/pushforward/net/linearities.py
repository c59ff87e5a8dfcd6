"""`Linearities`: how linear a network is at a few of the inputs that were used, in one line, from few samples."""

import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.errors import PushforwardError
from pushforward.linear import Chart, Inputs
from pushforward.net.linearity import Linearity, Verdict, linearity, verdict_of
from pushforward.net.neurons import Neurons
from pushforward.net.push_forward import push
from pushforward.net.verify import Finding
from pushforward.net.ways import first_line
from pushforward.rng import Seed, generator

SAMPLES = 32
"""How many inputs are sampled at each scale: errors come out within about a third, and nobody waits for more."""
COARSE = (1.0, 0.3, 0.1, 0.03)
"""Half as many scales as `Push.check` has, for as wide a range."""
PASSES = SAMPLES * len(COARSE)
"""What it costs at one input, at the most, in passes."""


@dataclass(frozen=True, eq=False, repr=False)
class Linearities:
    """How linear a network is at a few inputs; `print` it for one line, or read `at` for tables by layer.

    >>> print(Linearities((), "factors have no network"))
    how linear the network is was not looked at: factors have no network
    """

    at: tuple[Linearity, ...] = ()
    """One for each input that was looked at."""
    missing: str = "the file is of a version that did not look"
    """Why there is none."""

    @property
    def errors(self) -> dict[str, float]:
        """Relative error of the covariance at scale 1 by layer, median over the inputs; NaN for layers never alive."""
        return self._medians(lambda one: one.error[0])

    @property
    def shifts(self) -> dict[str, float]:
        """Shift of the mean at scale 1 in standard deviations by layer, median over the inputs."""
        return self._medians(lambda one: one.shift[0])

    @property
    def worst(self) -> str | None:
        """The layer that is furthest from linear; None where nothing varies, or nothing was looked at."""
        alive = [name for name, error in self.errors.items() if not math.isnan(error)]
        return max(alive, key=lambda name: max(self.errors[name], self.shifts[name]), default=None)

    @property
    def verdict(self) -> Verdict | None:
        """What the worst layer is; None if nothing was looked at."""
        if self.worst is None:
            return "nothing varies" if self.at else None
        return verdict_of(self.errors[self.worst], self.shifts[self.worst])

    @property
    def reach(self) -> float:
        """The scale up to which the error of every layer is at most 10 %, median over the inputs: 1 for 1 or more."""
        least = [min((s for s in one.reach if not math.isnan(s)), default=math.nan) for one in self.at]
        alive = [s for s in least if not math.isnan(s)]
        return statistics.median(alive) if alive else math.nan

    def __str__(self) -> str:
        if not self.at:
            return f"how linear the network is was not looked at: {self.missing}"
        inputs = "one input" if len(self.at) == 1 else f"{len(self.at)} inputs"
        if self.worst is None:
            return f"nothing varies near {inputs}"
        error, shift = self.errors[self.worst], self.shifts[self.worst]
        return (
            f"{self.verdict} near {inputs}: J Σ Jᵀ is right to 10 % {self._up_to()}; worst layer {self.worst} "
            f"(error {_about(error)}, mean off by {_about(shift)} σ)"
        )

    def __repr__(self) -> str:
        return f"Linearities({self})"

    def _up_to(self) -> str:
        s, least = self.reach, min(one.scales[-1] for one in self.at)
        if s >= 1:
            return "at Σ itself"
        return f"up to about s = {s:.1g} (s²Σ)" if s > 0 else f"not even at s = {least:g} (s²Σ)"

    def _medians(self, values: Callable[[Linearity], Tensor]) -> dict[str, float]:
        if not self.at:
            return {}
        rows = torch.stack([values(one)[:-1] for one in self.at])
        return {name: _median(column) for name, column in zip(self.at[0].layers, rows.T.tolist(), strict=False)}


def how_linear(net: Neurons, near: Iterable[tuple[Chart, Tensor]], *, seed: Seed) -> Linearities:
    """How linear the network is near a few inputs, from their charts and factors; `PASSES` passes at each, at most.

    What goes wrong at inputs sampled there is why it is missing, not an error.
    """
    draws = generator(seed)
    try:
        each = [linearity(net, chart, F, samples=SAMPLES, seed=draws, scales=COARSE) for chart, F in near]
    except Exception as reason:  # whatever a stranger's network does away from its data
        return Linearities((), first_line(reason))
    return Linearities(tuple(each), "")


def linear_finding(net: Neurons, inputs: Inputs, x: object) -> Finding:
    """How linear a network is near one input, as a finding; it fails only if x cannot be pushed with these inputs."""
    try:
        P = push(net, inputs, x)
    except Exception as reason:  # as whatever else a diagnosis meets
        return Finding("how linear", False, str(reason) if isinstance(reason, PushforwardError) else first_line(reason))
    assert P.chart is not None
    return Finding("how linear", True, str(how_linear(net, [(P.chart, P.factor)], seed=0)))


def _median(values: list[float]) -> float:
    alive = [value for value in values if not math.isnan(value)]
    return statistics.median(alive) if alive else math.nan


def _about(value: float) -> str:
    return f"about {float(f'{value:.1g}'):g}" if value >= 0.01 else "below 0.01"
