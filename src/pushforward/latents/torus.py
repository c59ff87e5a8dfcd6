"""Flat tori of any dimension: as many angles."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.angles import angle_of, between, wrap
from pushforward.latents.connected import Flat
from pushforward.rng import Seed, uniform


class Torus(Flat):
    r"""The product of `dim` circles with `radii` (all 1 by default), flat and uniform.

    A point is `dim` angles in [0, 2π); features are their cosines and then their sines, whatever the radii.

    >>> Torus(2, radii=(2, 1)).distance(torch.zeros(1, 2), torch.tensor([[3 * torch.pi / 2, 0.0]]))
    tensor([3.1416])
    """

    def __init__(self, dim: int, radii: Sequence[float] | None = None):
        if dim < 1:
            raise BadInput(f"`Torus({dim})`: the dimension must be at least 1. Use 1 or more.")
        self.dim = self.width = dim
        self.feature_count = 2 * dim
        self.scales = checked_radii(f"Torus({dim}, radii={radii!r})", radii, dim)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Uniform angles."""
        return wrap(2 * math.pi * uniform((n, self.dim), seed=seed))

    def features(self, z: Tensor) -> Tensor:
        """All cosines, then all sines."""
        return torch.cat([z.cos(), z.sin()], 1)

    def from_features(self, features: Tensor) -> Tensor:
        """The angles of the vectors."""
        return wrap(angle_of(features[:, self.dim :], features[:, : self.dim]))

    def project(self, z: Tensor) -> Tensor:
        """The same angles in [0, 2π)."""
        return wrap(z)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Euclidean, every angle the short way round."""
        return (between(z, y) * self._scales(z)).norm(dim=-1)

    def log_density(self, z: Tensor) -> Tensor:
        """− log of the volume, the product of all 2π · radius."""
        return z.new_full(z.shape[:-1], -sum(math.log(2 * math.pi * radius) for radius in self.scales))

    @property
    def spread(self) -> Tensor:
        """radius/√2 along every circle."""
        return torch.tensor(self.scales) * 0.5**0.5

    def spec(self) -> dict[str, object]:
        """Dimension and radii."""
        return {"dim": self.dim, "radii": list(self.scales)}


def checked_radii(call: str, radii: Sequence[float] | None, n: int) -> tuple[float, ...]:
    """Radii as numbers, 1 by default; raises `BadInput`, which names the call."""
    values = (1.0,) * n if radii is None else tuple(float(radius) for radius in radii)
    if len(values) != n or not all(0 < radius < math.inf for radius in values):
        raise BadInput(f"`{call}`: {n} positive radii are needed. Give as many, or none for radius 1.")
    return values
