"""A cube of numbers, uniform: the plainest latent with a boundary."""

import math

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.connected import Euclidean
from pushforward.rng import Seed, uniform


class Box(Euclidean):
    """[−1, 1]^dim with the uniform law; features are the coordinates."""

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform in the cube."""
        return 2 * uniform((n, self.dim), seed=seed) - 1

    def project(self, z: Tensor) -> Tensor:
        """Every number cut off at −1 and 1."""
        return z.clamp(-1, 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Euclidean."""
        return (z - y).norm(dim=-1)

    def log_density(self, z: Tensor) -> Tensor:
        """− dim log 2."""
        return z.new_full(z.shape[:-1], -self.dim * math.log(2))

    @property
    def spread(self) -> Tensor:
        """1/√3 along every axis."""
        return torch.full((self.dim,), 3**-0.5)


class Cube(Box):
    """[−1, 1]^dim with the uniform law.

    >>> Cube(3).sample(5, seed=0).shape
    torch.Size([5, 3])
    """

    def __init__(self, dim: int):
        if dim < 1:
            raise BadInput(f"`Cube({dim})`: the dimension must be at least 1. Use 1 or more.")
        self.dim = self.width = self.feature_count = dim
        self.scales = (1.0,) * dim

    def spec(self) -> dict[str, object]:
        """The dimension."""
        return {"dim": self.dim}
