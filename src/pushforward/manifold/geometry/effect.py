"""What changes of an input do to some neurons, compared with what another change did elsewhere."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.inputs.gaussian import LinearChart
from pushforward.net import Neurons, push

ALIKE = 0.05
"""Cosines of responses that differ by less are called equal."""


@dataclass(frozen=True, eq=False, repr=False)
class Effect:
    """How some neurons respond, to first order, to a property at x₀ and to what is made of it at x₁.

    Changes of equal length at both ends. `strength` of each is the root mean square over the neurons, `alike` the
    cosine of the response at x₁ with that at x₀: whether the same neurons move the same way. `chance_…` (m,) are those
    of random tangent directions at x₁.
    """

    strength_start: float
    strength_carried: float
    strength_copied: float
    alike_carried: float
    alike_copied: float
    chance_strength: Tensor
    chance_alike: Tensor

    @property
    def verdict(self) -> str:
        """Which of the two keeps the property, in words."""
        if max(self.alike_carried, self.alike_copied) <= float(self.chance_alike.quantile(0.95)):
            return "neither keeps the effect: both respond no more alike than to random directions"
        ahead = self.alike_carried - self.alike_copied
        if abs(ahead) < ALIKE:
            return "carrying and copying keep the effect alike"
        return f"{'carrying' if ahead > 0 else 'copying'} keeps the effect better"

    def __repr__(self) -> str:
        rows = (
            ("carried", self.strength_carried, self.alike_carried),
            ("copied", self.strength_copied, self.alike_copied),
            ("random (95 %)", float(self.chance_strength.quantile(0.95)), float(self.chance_alike.quantile(0.95))),
        )
        times = max(self.strength_start, torch.finfo(torch.float32).tiny)
        told = [f"{name} {s / times:.2f} times as strong, alike {a:.2f}" for name, s, a in rows]
        return f"{self.verdict} ({'; '.join(told)})"


class Directions:
    """Inputs that move along given directions (m, d): x(w) = x + w D."""

    def __init__(self, rows: Tensor):
        self.rows = rows

    def chart(self, x: Any) -> LinearChart:
        """The chart at one input."""
        return LinearChart(x, len(self.rows), lambda start, stop: self.rows[start:stop])


def block_of(net: Neurons, x: Tensor, block: Tensor | str | None) -> Tensor | None:
    """Which neurons are meant: numbers, a mask, a layer's name; None for all."""
    if not isinstance(net, Neurons):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"`carry(net=...)`: a `pf.Neurons` is needed, not {type(net).__name__}; use `pf.Neurons(model)`."
        )
    net.expect(x)
    if block is None:
        return None
    chosen = net.select(block) if isinstance(block, str) else torch.as_tensor(block)
    if chosen.dtype == torch.bool and len(chosen) == len(net):
        chosen = chosen.nonzero()[:, 0]
    wrong = chosen.is_floating_point() or chosen.dtype == torch.bool or chosen.ndim != 1 or not len(chosen)
    if wrong or int(chosen.min()) < 0 or int(chosen.max()) >= len(net):
        raise BadInput(
            f"`carry(block=...)`: {tuple(chosen.shape)} of {str(chosen.dtype)[6:]} was given; numbers of some of the "
            f"{len(net)} neurons, a mask of them, or the name of a layer is needed: {', '.join(net.layers)}."
        )
    return chosen


def responses(net: Neurons, x: Tensor, rows: Tensor, block: Tensor | None) -> Tensor:
    """How the neurons change along directions (m, d) at x.  -> (m a)"""
    F = push(net, Directions(rows.to(x)), x).factor.T
    return F if block is None else F[:, block.to(F.device)]
