"""Surfaces that data lie on and that are no latents to start a generator from."""

import math

import torch
from torch import Tensor

from pushforward.latents import Euclidean, Flat, Torus, angle_of, wrap
from pushforward.rng import Seed, uniform


class RoundDisc(Euclidean):
    """The disc of radius 1 in the plane, uniform; features are its points.

    >>> RoundDisc().project(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """

    dim = width = feature_count = 2
    scales = (1.0, 1.0)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform in area: the square of the radius is uniform."""
        turn, area = uniform((n, 2), seed=seed).unbind(1)
        angle = 2 * math.pi * turn
        return self.project(torch.stack([angle.cos(), angle.sin()], 1) * area.sqrt()[:, None])

    def project(self, z: Tensor) -> Tensor:
        """The nearest point of the disc."""
        radius = z.norm(dim=1, keepdim=True)
        return torch.where(radius <= 1, z, z / radius.clamp_min(1))

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Euclidean."""
        return (z - y).norm(dim=-1)

    def log_density(self, z: Tensor) -> Tensor:
        """− log π."""
        return z.new_full(z.shape[:-1], -math.log(math.pi))

    @property
    def spread(self) -> Tensor:
        """½ along every axis."""
        return torch.full((2,), 0.5)

    def spec(self) -> dict[str, object]:
        """Nothing to choose."""
        return {}


class RoundTorus(Flat):
    """The torus in space: a tube of radius `tube` round a circle of radius `ring`, uniform in both angles.

    Points and metric are those of the flat torus with these radii; features are the three coordinates.

    >>> RoundTorus().features(torch.zeros(1, 2))
    tensor([[2.8000, 0.0000, 0.0000]])
    """

    dim = width = 2
    feature_count = 3

    def __init__(self, ring: float = 2.0, tube: float = 0.8):
        self.flat = Torus(2, (ring, tube))
        self.scales = self.flat.scales

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform angles."""
        return self.flat.sample(n, seed=seed)

    def features(self, z: Tensor) -> Tensor:
        """Out and round, and up."""
        a, b = z.unbind(1)
        out = self.scales[0] + self.scales[1] * b.cos()
        return torch.stack([out * a.cos(), out * a.sin(), self.scales[1] * b.sin()], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """The angle round the axis, then that in the tube."""
        x, y, up = features.unbind(1)
        out = (x.square() + y.square()).clamp_min(torch.finfo(x.dtype).tiny ** 0.5).sqrt() - self.scales[0]
        return wrap(torch.stack([angle_of(y, x), angle_of(up, out)], 1))

    def project(self, z: Tensor) -> Tensor:
        """The same angles in [0, 2π)."""
        return self.flat.project(z)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """That of the flat torus."""
        return self.flat.distance(z, y)

    def log_density(self, z: Tensor) -> Tensor:
        """− log of the flat torus' area."""
        return self.flat.log_density(z)

    @property
    def spread(self) -> Tensor:
        """1/√2 times the radii."""
        return self.flat.spread

    def spec(self) -> dict[str, object]:
        """The two radii."""
        return {"ring": self.scales[0], "tube": self.scales[1]}
