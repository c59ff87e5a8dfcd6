"""[−1, 1]^dim, uniform: what cubes and intervals are."""

import math

import torch
from torch import Tensor

from pushforward.latents.flat import Flat
from pushforward.rng import Seed, uniform


class Box(Flat):
    """[−1, 1]^dim with the uniform law; features are the coordinates."""

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform in the cube."""
        return 2 * uniform((n, self.dim), seed=seed) - 1

    def features(self, z: Tensor) -> Tensor:
        """Z itself."""
        return z

    def from_features(self, features: Tensor) -> Tensor:
        """The features themselves: outside the cube too, where `project` brings them back."""
        return features

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
