"""What random swaps do to one set of neurons, by how far they move the other."""

from typing import NamedTuple

import torch
from torch import Tensor

# Random swaps of which the median is taken: those that move A most nearly as much.
BESIDE = 32


class Chance(NamedTuple):
    """The median off-target change of random swaps as a function of movement: `moved` (k,) in increasing order."""

    moved: Tensor
    medians: Tensor

    @staticmethod
    def of(moved: Tensor, off_target: Tensor) -> "Chance":
        """From k random swaps (k,)."""
        order = moved.argsort(stable=True)
        beside = min(BESIDE, len(order))
        return Chance(moved[order], off_target[order].unfold(0, beside, 1).median(1).values)

    def at(self, moved: Tensor) -> Tensor:
        """The median of the random swaps that move A most nearly as much as each of these."""
        rank = torch.searchsorted(self.moved, moved.to(self.moved).contiguous())
        beside = len(self.moved) - len(self.medians) + 1
        return self.medians[(rank - beside // 2).clamp(0, len(self.medians) - 1)]
