"""The flat Möbius strip: an interval that comes back mirrored when it is carried round a circle."""

import math

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.angles import between, doubled_angle, wrap_half
from pushforward.latents.connected import Flat
from pushforward.rng import Seed, uniform


class Moebius(Flat):
    r"""A strip of `width` and of length π · `radius`, its ends glued after half a twist; flat and uniform.

    A point is an angle u in [0, π) and a height h, at most width/2 up or down; (u, h) and (u + π, −h) mean the same.
    The metric is $radius^2 du^2 + dh^2$. Features are cos 2u, sin 2u, h cos u, h sin u.

    >>> Moebius().project(torch.tensor([[torch.pi + 0.5, 0.25]]))
    tensor([[ 0.5000, -0.2500]])
    """

    dim = width = 2
    feature_count = 4

    def __init__(self, width: float = 1.0, radius: float = 1.0):
        if not (0 < width < math.inf and 0 < radius < math.inf):
            raise BadInput(
                f"`Moebius(width={width}, radius={radius})`: both must be positive numbers. "
                "Use `Moebius()` for a strip of width 1 and length π."
            )
        self.half, self.scales = width / 2, (float(radius), 1.0)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform angle and height."""
        u, h = uniform((n, 2), seed=seed).unbind(1)
        return self.project(torch.stack([math.pi * u, self.half * (2 * h - 1)], 1))

    def features(self, z: Tensor) -> Tensor:
        """Cosine and sine of 2u, and of u times h."""
        u, h = z.unbind(1)
        return torch.stack([(2 * u).cos(), (2 * u).sin(), h * u.cos(), h * u.sin()], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """The nearest point of the strip without its edge: `project` brings heights back."""
        A, B, c, d = features.unbind(1)
        u = doubled_angle(A, B, c, d)
        return torch.stack(wrap_half(u, c * u.cos() + d * u.sin()), 1)

    def project(self, z: Tensor) -> Tensor:
        """The same point with u in [0, π), its height cut off at the edge."""
        u, h = wrap_half(z[:, 0], z[:, 1])
        return torch.stack([u, h.clamp(-self.half, self.half)], 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The length of the shorter way: to y as it is written, or to its other name."""
        around = torch.stack([between(z[:, 0], y[:, 0]), between(z[:, 0], y[:, 0] + math.pi)], 1) * self.scales[0]
        up = torch.stack([z[:, 1] - y[:, 1], z[:, 1] + y[:, 1]], 1)
        return torch.stack([around, up]).norm(dim=0).amin(1)

    def log_density(self, z: Tensor) -> Tensor:
        """− log of the area, π · radius · width."""
        return z.new_full(z.shape[:-1], -math.log(2 * math.pi * self.scales[0] * self.half))

    @property
    def spread(self) -> Tensor:
        """1/√2 times the radius of a circle as long as the strip; width/√12 across."""
        return torch.tensor([self.scales[0] / 2 * 0.5**0.5, self.half * 3**-0.5])

    def spec(self) -> dict[str, object]:
        """Width and radius."""
        return {"width": 2 * self.half, "radius": self.scales[0]}
