"""Round spheres of any dimension, as unit vectors."""

import math

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.connected import Connected
from pushforward.latents.unit_vectors import along, angle, tangents, unit
from pushforward.rng import Seed, normal


class Sphere(Connected):
    r"""The round sphere of radius 1 in $\mathbb{R}^{dim + 1}$, uniform. A point is a unit vector; so are features.

    >>> Sphere(2).distance(torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([[0.0, 1.0, 0.0]]))
    tensor([1.5708])
    """

    def __init__(self, dim: int):
        if dim < 1:
            raise BadInput(f"`Sphere({dim})`: the dimension must be at least 1. Use `Sphere(2)` for that in space.")
        self.dim, self.width, self.feature_count = dim, dim + 1, dim + 1

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Normal vectors, divided by their norms."""
        return unit(normal((n, self.width), seed=seed))

    def features(self, z: Tensor) -> Tensor:
        """The points themselves."""
        return z

    def from_features(self, features: Tensor) -> Tensor:
        """The features divided by their norm."""
        return unit(features)

    def project(self, z: Tensor) -> Tensor:
        """The vectors divided by their norms."""
        return unit(z)

    def frame(self, z: Tensor) -> Tensor:
        """Columns of a reflection: orthonormal and orthogonal to z, but not continuous where the first number is 0.

        No frame of a sphere of even dimension is continuous everywhere.
        """
        return tangents(z)

    def metric(self, z: Tensor) -> Tensor:
        """Euclidean in the space around."""
        return torch.eye(self.width, dtype=z.dtype, device=z.device).expand(len(z), -1, -1)

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Along a great circle."""
        return along(z, (tangents(z) @ v.to(z)[:, :, None])[:, :, 0])

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The angle between them."""
        return angle(z, y)

    def log_density(self, z: Tensor) -> Tensor:
        r"""− log of the area, $2 \pi^{(dim + 1)/2} / \Gamma((dim + 1)/2)$."""
        half = self.width / 2
        return z.new_full(z.shape[:-1], math.lgamma(half) - math.log(2) - half * math.log(math.pi))

    @property
    def spread(self) -> Tensor:
        """1/√(dim + 1): of the coordinates of the unit vectors."""
        return torch.full((self.dim,), self.width**-0.5)

    def spec(self) -> dict[str, object]:
        """The dimension."""
        return {"dim": self.dim}
