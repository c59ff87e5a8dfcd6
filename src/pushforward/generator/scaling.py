"""The affine map between the caller's units and those in which networks are trained."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pushforward.points import Statistics


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
