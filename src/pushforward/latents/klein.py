"""The flat Klein bottle: a circle that comes back mirrored when it is carried round another."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.latents.angles import angle_of, between, doubled_angle, wrap, wrap_half
from pushforward.latents.connected import Flat
from pushforward.latents.torus import checked_radii
from pushforward.rng import Seed, uniform


class Klein(Flat):
    r"""The flat torus with `radii` (1, 1), in which (u, v) and (u + π, −v) are one point; uniform.

    A point is two angles, u in [0, π) and v in [0, 2π). The metric is $r_0^2 du^2 + r_1^2 dv^2$, so that the bottle is
    π · radii[0] long and 2π · radii[1] around. Features are cos 2u, sin 2u, cos v, cos u sin v, sin u sin v.

    >>> Klein().project(torch.tensor([[torch.pi + 0.5, 1.0]]))
    tensor([[0.5000, 5.2832]])
    """

    dim = width = 2
    feature_count = 5

    def __init__(self, radii: Sequence[float] | None = None):
        self.scales = checked_radii(f"Klein(radii={radii!r})", radii, 2)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform angles."""
        return self.project(2 * math.pi * uniform((n, 2), seed=seed))

    def features(self, z: Tensor) -> Tensor:
        """Both of 2u, one of v, and both of u times the other of v."""
        u, v = z.unbind(1)
        return torch.stack([(2 * u).cos(), (2 * u).sin(), v.cos(), u.cos() * v.sin(), u.sin() * v.sin()], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """First u, which four of the features know, then v in the circle there: nearly the nearest point."""
        A, B, cosine, c, d = features.unbind(1)
        u = doubled_angle(A, B, c, d)
        return self.project(torch.stack([u, angle_of(c * u.cos() + d * u.sin(), cosine)], 1))

    def project(self, z: Tensor) -> Tensor:
        """The same point with u in [0, π) and v in [0, 2π)."""
        u, v = wrap_half(z[:, 0], z[:, 1])
        return torch.stack([u, wrap(v)], 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The length of the shorter way: to y as it is written, or to its other name on the torus."""
        other = torch.stack([y[:, 0] + math.pi, -y[:, 1]], 1)
        ways = torch.stack([between(z, y), between(z, other)], 1) * self._scales(z)  # (n 2 2)
        return ways.norm(dim=-1).amin(1)

    def log_density(self, z: Tensor) -> Tensor:
        """− log of the area, half that of the torus."""
        return z.new_full(z.shape[:-1], -math.log(2 * math.pi**2 * self.scales[0] * self.scales[1]))

    @property
    def spread(self) -> Tensor:
        """1/√2 times the radii of circles as long as the bottle is long and around."""
        return torch.tensor([self.scales[0] / 2, self.scales[1]]) * 0.5**0.5

    def spec(self) -> dict[str, object]:
        """The radii."""
        return {"radii": list(self.scales)}
