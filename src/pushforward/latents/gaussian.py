"""All of Rⁿ with the standard normal law: the latent of most generators there are."""

import math

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.connected import Euclidean
from pushforward.rng import Seed, normal

# How much farther than √dim hardly any vector of normal numbers is from 0.
BEYOND = 1.6


class Gaussian(Euclidean):
    r"""$\mathbb{R}^{dim}$ with the law N(0, I) and the Euclidean metric. Features are the coordinates.

    >>> latent = Gaussian(2)
    >>> latent.log_density(torch.zeros(1, 2)).exp() * 2 * torch.pi
    tensor([1.0000])
    """

    def __init__(self, dim: int):
        if dim < 1:
            raise BadInput(f"`Gaussian({dim})`: the dimension must be at least 1. Use 1 or more.")
        self.dim = self.width = self.feature_count = dim
        self.scales = (1.0,) * dim

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Standard normal."""
        return normal((n, self.dim), seed=seed)

    def project(self, z: Tensor) -> Tensor:
        """The vectors themselves: every one is a point."""
        return z

    def within(self, z: Tensor) -> Tensor:
        """In the ball of radius √dim + 1.6, which has 98 to 99 % of the law."""
        radius = self.dim**0.5 + BEYOND
        return z * (radius / z.norm(dim=1, keepdim=True).clamp_min(radius))

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Euclidean."""
        return (z - y).norm(dim=-1)

    def log_density(self, z: Tensor) -> Tensor:
        """− |z|²/2 − dim/2 · log 2π."""
        return -z.square().sum(-1) / 2 - self.dim / 2 * math.log(2 * math.pi)

    @property
    def spread(self) -> Tensor:
        """1 along every axis."""
        return torch.ones(self.dim, dtype=torch.float32)

    def spec(self) -> dict[str, object]:
        """The dimension."""
        return {"dim": self.dim}
