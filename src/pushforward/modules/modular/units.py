"""Which neurons are compared with which, and which of them a rotation mixes."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.finding import grid, spread
from pushforward.net import Table
from pushforward.rng import Seed


class Units(NamedTuple):
    """A sample of the neurons: their numbers in the network, layer, channel and place (position within the layer).

    All are (m,). Neurons of one channel are one filter at several positions: they are alike by construction, so
    they are never compared with each other.
    """

    neuron: Tensor
    layer: Tensor
    channel: Tensor
    place: Tensor

    def some(self, chosen: Tensor) -> "Units":
        """A part of them, by number or mask."""
        return Units(*(part[chosen] for part in self))

    @property
    def compared(self) -> Tensor:
        """Which pairs count (m, m): all but a neuron with itself or with its own filter elsewhere."""
        filters = self.layer * (int(self.channel.max()) + 1) + self.channel
        return filters[:, None] != filters

    @property
    def mixed(self) -> Tensor:
        """The group of each neuron within which a rotation mixes: one position of one layer (m,)."""
        return torch.stack([self.layer, self.place]).unique(dim=1, return_inverse=True)[1]


def units(table: Table, sample: int, *, seed: Seed) -> Units:
    """About `sample` neurons, spread over the layers; of a feature map all channels of a position or none."""
    index = spread(table.layer, table.channel, sample, seed=seed)
    layer, channel = table.layer[index], table.channel[index]
    place = torch.zeros_like(index)
    for which in layer.unique():
        cells = grid(layer, channel, int(which))  # (channels positions)
        place[cells] = torch.arange(cells.shape[1]).expand_as(cells)
    return Units(index, layer, channel, place)
