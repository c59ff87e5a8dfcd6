"""A disc with a hole: flat, with two edges, and paths that go round the hole."""

import math

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.connected import Euclidean
from pushforward.latents.unit_vectors import unit
from pushforward.rng import Seed, uniform


class Annulus(Euclidean):
    """The points of the plane between the circles of radius `inner` and `outer`, uniform. Features are the points.

    >>> Annulus(1, 2).distance(torch.tensor([[-1.0, 0.0]]), torch.tensor([[1.0, 0.0]]))
    tensor([3.1416])
    """

    dim = width = feature_count = 2
    scales = (1.0, 1.0)

    def __init__(self, inner: float = 0.5, outer: float = 1.0):
        if not 0 < inner < outer < math.inf:
            raise BadInput(
                f"`Annulus(inner={inner}, outer={outer})`: 0 < inner < outer is needed. Use `Annulus(0.5, 1)`."
            )
        self.inner, self.outer = float(inner), float(outer)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform in area: the square of the radius is uniform."""
        direction, area = uniform((n, 2), seed=seed).unbind(1)
        angle = 2 * math.pi * direction
        radius = (self.inner**2 + area * (self.outer**2 - self.inner**2)).sqrt()
        return self.project(torch.stack([angle.cos(), angle.sin()], 1) * radius[:, None])

    def project(self, z: Tensor) -> Tensor:
        """The nearest point between the circles."""
        radius = z.norm(dim=1, keepdim=True)
        inside = (self.inner <= radius) & (radius <= self.outer)
        return torch.where(inside, z, unit(z) * radius.clamp(self.inner, self.outer))

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Straight, or along two tangents of the hole and its edge between them where the hole is in the way."""
        cross = z[:, 0] * y[:, 1] - z[:, 1] * y[:, 0]
        bend = torch.atan2(cross.abs(), (z * y).sum(1))
        length = torch.zeros_like(bend)
        for point in (z, y):
            radius = point.norm(dim=1)
            tangent = (radius.square() - self.inner**2).clamp_min(torch.finfo(z.dtype).tiny).sqrt()
            bend = bend - torch.atan2(tangent, torch.full_like(tangent, self.inner))
            length = length + tangent + (self.inner - radius).clamp_min(0)  # from within the hole first out of it
        return torch.where(bend > 0, length + self.inner * bend, (z - y).norm(dim=1))

    def log_density(self, z: Tensor) -> Tensor:
        """− log of the area."""
        return z.new_full(z.shape[:-1], -math.log(math.pi * (self.outer**2 - self.inner**2)))

    @property
    def spread(self) -> Tensor:
        """√(inner² + outer²)/2 in every direction of the plane."""
        return torch.full((2,), math.hypot(self.inner, self.outer) / 2)

    def spec(self) -> dict[str, object]:
        """The two radii."""
        return {"inner": self.inner, "outer": self.outer}
