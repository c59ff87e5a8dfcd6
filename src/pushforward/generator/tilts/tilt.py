"""What a learned law is: the latent's own, tilted."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from pushforward.latents import Latent
from pushforward.rng import Seed


class Tilt(nn.Module, ABC):
    """A law on a latent, by its density relative to the latent's own law."""

    latent: Latent

    @abstractmethod
    def relative(self, z: Tensor) -> Tensor:
        """Log of the density relative to the latent's law.  (n width) -> (n)"""

    @abstractmethod
    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Points drawn from the law.  -> (n width)"""

    @abstractmethod
    def unsettled(self, z: Tensor, draws: torch.Generator) -> Tensor:
        """What `relative` is while it is learned: its total is estimated afresh from `draws`.  (n width) -> (n)"""

    @abstractmethod
    def settle(self, z: Tensor, *, seed: Seed) -> bool:
        """Compute, once learned, what `relative` and `sample` need, knowing points z; False if it cannot be known."""

    @abstractmethod
    def spec(self) -> dict[str, object]:
        """Which kind it is and its sizes, as JSON."""

    def log_density(self, z: Tensor) -> Tensor:
        """Log of the law's density with respect to the volume of the latent's metric.  (n width) -> (n)"""
        return self.latent.log_density(z) + self.relative(z).to(z)
