"""Two circles that share a point: the simplest space with a crossing."""

import math

import torch
from torch import Tensor

from pushforward.latents.angles import angle_of, between, wrap
from pushforward.latents.circle import Circle
from pushforward.latents.connected import Connected
from pushforward.rng import Seed, generator, integers, uniform


class FigureEight(Connected):
    """Two circles of radius 1 that meet where their angles are 0, uniform. It is no manifold at that one point.

    A point is the number of its loop, 0 or 1, and an angle in [0, 2π). Features are 1 − cos and sin of the angle for
    the loop it is on, and 0, 0 for the other: two circles in planes that meet at the origin alone.

    >>> latent = FigureEight()
    >>> latent.distance(torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 6.0]]))
    tensor([1.2832])
    """

    dim, width, feature_count = 1, 2, 4

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """One of the loops, and an angle."""
        draws = generator(seed)
        loop = integers(2, (n, 1), seed=draws)
        return self.project(torch.cat([loop.float(), 2 * math.pi * uniform((n, 1), seed=draws)], 1))

    def features(self, z: Tensor) -> Tensor:
        """1 − cos and sin, in the plane of the loop."""
        circle = torch.stack([1 - z[:, 1].cos(), z[:, 1].sin()], 1)
        first = z[:, :1] < 0.5
        nothing = torch.zeros_like(circle)
        return torch.cat([torch.where(first, circle, nothing), torch.where(first, nothing, circle)], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """The nearest point of the nearer loop."""
        planes = features.unflatten(1, (2, 2))  # (n 4) -> (n loop 2)
        x, y = 1 - planes[:, :, 0], planes[:, :, 1]
        nearness = planes.detach()[:, :, 0] + torch.hypot(x.detach(), y.detach())
        second = nearness[:, 0] < nearness[:, 1]
        angle = angle_of(y, x)
        return self.project(torch.stack([second.to(angle), torch.where(second, angle[:, 1], angle[:, 0])], 1))

    def project(self, z: Tensor) -> Tensor:
        """Loop 0 or 1, and the same angle in [0, 2π); the shared point is on loop 0."""
        angle = wrap(z[:, 1])
        second = (z[:, 0] >= 0.5) & (angle != 0)
        return torch.stack([second.to(z), angle], 1)

    def frame(self, z: Tensor) -> Tensor:
        """Along the loop."""
        return torch.stack([torch.zeros_like(z[:, :1]), torch.ones_like(z[:, :1])], 1)

    def metric(self, z: Tensor) -> Tensor:
        """The square of the angle; the number of the loop has no length."""
        frame = self.frame(z)
        return frame @ frame.mT

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """On along the same loop."""
        return torch.cat([z[:, :1], z[:, 1:] + v], 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The short way round, or through the shared point to the other loop."""
        apart = (z[:, 0] < 0.5) != (y[:, 0] < 0.5)
        through = between(z[:, 1], torch.zeros_like(z[:, 1])) + between(y[:, 1], torch.zeros_like(y[:, 1]))
        return torch.where(apart, through, between(z[:, 1], y[:, 1]))

    def log_density(self, z: Tensor) -> Tensor:
        """− log 4π."""
        return z.new_full(z.shape[:-1], -math.log(4 * math.pi))

    @property
    def spread(self) -> Tensor:
        """1/√2: that of each circle in its plane."""
        return Circle().spread

    def spec(self) -> dict[str, object]:
        """Nothing to choose."""
        return {}
