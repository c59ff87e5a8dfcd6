"""An interval: the curve with two ends."""

import math
from typing import Any

import torch
from torch import Tensor

from pushforward.latents.flat import Flat
from pushforward.rng import Seed, uniform


class Interval(Flat):
    """[−1, 1] with the uniform law. Its one feature is the number itself.

    >>> Interval().project(torch.tensor([[-3.0]]))
    tensor([[-1.]])
    """

    dim = width = feature_count = 1
    scales = (1.0,)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform in [−1, 1)."""
        return 2 * uniform((n, 1), seed=seed) - 1

    def features(self, z: Tensor) -> Tensor:
        """Z itself."""
        return z

    def from_features(self, features: Tensor) -> Tensor:
        """The feature itself: outside the interval too, where `project` brings it back."""
        return features

    def project(self, z: Tensor) -> Tensor:
        """Cut off at −1 and 1."""
        return z.clamp(-1, 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The absolute difference."""
        return (z - y).abs()[:, 0]

    def log_density(self, z: Tensor) -> Tensor:
        """− log 2."""
        return z.new_full(z.shape[:-1], -math.log(2))

    @property
    def spread(self) -> Tensor:
        """1/√3."""
        return torch.full((1,), 3**-0.5)

    def spec(self) -> dict[str, Any]:
        """Nothing to choose."""
        return {}
