"""How far the inputs reach along a direction, and where frames lie there: density bounds no single direction."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from pushforward import structure

# What about 2,000 draws of a Gaussian reach: the bound where no inputs are at hand
FARTHEST = 3.5
# Inputs that are looked at, at most, and numbers in all of them together
LOOKED, NUMBERS, LEAST = 4096, 2**26, 128


class Along(NamedTuple):
    """Points along the unit direction from the first of them to the last, in standard deviations of the inputs there.

    `z` (t,): how far each lies from the inputs' mean; `reach`: the largest |z| of the inputs.
    """

    z: Tensor
    reach: float

    @property
    def beyond(self) -> float:
        """By how many standard deviations the last point lies farther out than inputs and first point; 0 inside."""
        first, last = float(self.z[0]), float(self.z[-1])
        return max(min(-self.reach, first) - last, last - max(self.reach, first), 0.0)

    @property
    def room(self) -> float:
        """How many times as far as the last point one can go from the first, that way or straight back, inside."""
        first, last = float(self.z[0]), float(self.z[-1])
        return (self.reach + abs(first)) / max(abs(last - first), 1e-300)


class Reach(ABC):
    """How far the inputs reach along any direction."""

    @abstractmethod
    def along(self, x: Tensor, w: Tensor) -> Along:
        """Where points lie along their way: `x` (t, d) the inputs themselves, `w` (t, r) their coordinates."""


class OfInputs(Reach):
    """Of some inputs, (n, d): the direction is one of the inputs, and so is what they are projected on."""

    def __init__(self, inputs: Tensor):
        self.inputs = inputs

    def along(self, x: Tensor, w: Tensor) -> Along:  # noqa: ARG002 (the protocol's)
        """Distances from the inputs' mean, by their own standard deviation along the direction."""
        u = normalize((x[-1] - x[0]).to(self.inputs), dim=0)
        there, here = (self.inputs @ u).double(), (x.to(self.inputs) @ u).double()
        scale = there.std().clamp_min(1e-12 * float(there.abs().max()) + 1e-300)
        if not bool(u.any()):  # no way, no direction
            return Along(torch.zeros(len(x), dtype=torch.float64), 0.0)
        z, reached = ((part - there.mean()) / scale for part in (here, there))
        return Along(z.cpu(), float(reached.abs().max()))


class OfLaw(Reach):
    """Of a chart's own law N(0, I) about the first point, where inputs are too few to tell."""

    def along(self, x: Tensor, w: Tensor) -> Along:  # noqa: ARG002 (the protocol's)
        """Coordinates along the direction: their standard deviation is 1."""
        w = w.cpu().double()
        return Along(w @ normalize(w[-1] - w[0], dim=0), FARTHEST)


def flattened(X: object) -> Tensor:
    """The moving parts of a batch, one row each: as many inputs as fit, spread evenly over it.  -> (n, d)"""
    parts = list(structure.moving(X).values())
    n, width = structure.length(X), sum(t[0].numel() for t in parts)
    most = min(n, LOOKED, max(LEAST, NUMBERS // max(width, 1)))
    if most < n:
        rows = torch.linspace(0, n - 1, most).round().long()
        parts = [t[rows.to(t.device)] for t in parts]
    flat = [t.detach().reshape(most, -1) for t in parts]
    X = flat[0] if len(flat) == 1 else torch.cat(flat, 1)
    return X if X.dtype == torch.float64 else X.float()
