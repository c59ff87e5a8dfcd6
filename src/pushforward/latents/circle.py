"""A circle: one angle."""

import math

import torch
from torch import Tensor

from pushforward.latents.angles import angle_of, between, wrap
from pushforward.latents.connected import Flat
from pushforward.rng import Seed, uniform


class Circle(Flat):
    r"""The circle of radius 1, uniform. A point is an angle in [0, 2π); features are its cosine and sine.

    >>> latent = Circle()
    >>> latent.from_features(torch.tensor([[0.0, 2.0]]))
    tensor([[1.5708]])
    """

    dim = width = 1
    feature_count = 2
    scales = (1.0,)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform in [0, 2π)."""
        return wrap(2 * math.pi * uniform((n, 1), seed=seed))

    def features(self, z: Tensor) -> Tensor:
        """Cosine and sine."""
        return torch.cat([z.cos(), z.sin()], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """The angle of the vector."""
        return wrap(angle_of(features[:, 1:], features[:, :1]))

    def project(self, z: Tensor) -> Tensor:
        """The same angle in [0, 2π)."""
        return wrap(z)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The angle between them, the short way round."""
        return between(z, y)[:, 0]

    def log_density(self, z: Tensor) -> Tensor:
        """− log 2π."""
        return z.new_full(z.shape[:-1], -math.log(2 * math.pi))

    @property
    def spread(self) -> Tensor:
        """1/√2: of the coordinates in the plane."""
        return torch.full((1,), 0.5**0.5)

    def spec(self) -> dict[str, object]:
        """Nothing to choose."""
        return {}
