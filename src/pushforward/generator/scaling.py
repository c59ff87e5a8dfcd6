"""The affine map between the caller's units and those in which networks are trained."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pushforward.points import Statistics

# The largest power of two taken, and the inverse of the smallest: both are ordinary numbers of 32 bits.
MOST = 120


@dataclass(frozen=True, eq=False)
class Scaling:
    """`inside(x)` = (x − offset) / scale is what networks see; `outside` is its inverse.

    `offset` has the shape of one input or none; `scale` is one number, so that angles and ratios of lengths stay.
    """

    offset: Tensor
    scale: Tensor

    def inside(self, x: Tensor) -> Tensor:
        """In the units of the networks."""
        return (x - self.offset) / self.scale

    def outside(self, x: Tensor) -> Tensor:
        """In the caller's units."""
        return self.offset + self.scale * x

    def to(self, *args: Any) -> "Scaling":
        """The same on another device or in another dtype."""
        return Scaling(self.offset.to(*args), self.scale.to(*args))


def identity() -> Scaling:
    """No scaling: for generators that speak the caller's units."""
    return Scaling(torch.tensor(0.0), torch.tensor(1.0))


def suited(data: Statistics, *, images: bool) -> Scaling:
    """Images: their range becomes [−1, 1]. Vectors: the mean is removed, and the root mean square becomes 1."""
    if images:
        low, high = torch.tensor(data.low), torch.tensor(data.high)
        return Scaling((low + high) / 2, (high - low) / 2)
    return Scaling(data.mean.float(), torch.tensor(data.deviation, dtype=torch.float32))


def power_of_two(*tensors: Tensor) -> float:
    """The size of the largest number as a power of two: dividing by it costs no digit, and then squares of data of any
    scale are neither 0 nor infinite.

    >>> power_of_two(torch.tensor([3.0, -5.0]))
    4.0
    """
    most = max((float(t.detach().abs().max()) for t in tensors if t.numel()), default=0.0)
    return 2.0 ** max(-MOST, min(MOST, math.floor(math.log2(most)))) if 0 < most < math.inf else 1.0
