"""Latents of one piece in whose coordinates the metric is constant: cubes, circles, tori, strips."""

import torch
from torch import Tensor

from pushforward.latents.connected import Connected


class Flat(Connected):
    """A latent with `width = dim` coordinates and the metric diag(scales²): geodesics are straight lines."""

    scales: tuple[float, ...]
    """How long a unit of each coordinate is."""

    def frame(self, z: Tensor) -> Tensor:
        """The axes, divided by their scales."""
        return torch.diag_embed(1 / self._scales(z)).expand(len(z), -1, -1)

    def metric(self, z: Tensor) -> Tensor:
        """diag(scales²)."""
        return torch.diag_embed(self._scales(z).square()).expand(len(z), -1, -1)

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Straight on."""
        return z + v / self._scales(z)

    def _scales(self, z: Tensor) -> Tensor:
        return torch.tensor(self.scales, dtype=z.dtype, device=z.device)
