"""Exact generators of known data: those that are one to one, and those that only look like it."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module
from pushforward.datasets import Manifold, manifold
from pushforward.latents import Circle, Disjoint, Interval, Latent, Sphere, Torus


class Trap(NamedTuple):
    """Data, a latent that is not their manifold, and how each of its points becomes one of the data's latent."""

    data: str
    latent: Latent
    onto: Callable[[Tensor], Tensor]
    says: str


TRAPS = {
    "hairpin": Trap("interval", Circle(), lambda z: 1 - 2 * (z / math.pi - 1).abs(), "covers the data 2 times"),
    "open interval": Trap("circle", Interval(), lambda z: math.pi * (z + 1), "has seams"),
    "crossing": Trap("figure eight", Circle(), lambda z: torch.cat([(z >= math.pi).float(), 2 * z], 1), "has seams"),
    "touching": Trap("figure eight", Disjoint([Circle()] * 2), lambda z: z, "has seams"),
    "two-fold circle": Trap("circle", Circle(), lambda z: 2 * z, "covers the data 2 times"),
    "sphere on the projective plane": Trap("projective plane", Sphere(2), lambda z: z, "covers the data 2 times"),
    "torus on the Klein bottle": Trap("klein", Torus(2), lambda z: z, "covers the data 2 times"),
}


def exact(data: Manifold, latent: Latent | None = None, onto: Callable[[Tensor], Tensor] = lambda z: z) -> pf.Generator:
    """The map that made the data, without its noise, after `onto`."""
    return pf.Generator.wrap(Module(lambda m, z: data.map(onto(z)).float()), latent or data.latent)


def trapped(name: str, *, n: int, seed: int) -> tuple[Tensor, pf.Generator, str]:
    """Data, a generator that a test of fit alone would believe, and what must be said of it."""
    trap = TRAPS[name]
    data = manifold(trap.data, n, seed=seed, noise=0.02)
    return data.points, exact(data, trap.latent, trap.onto), trap.says


def noisy(name: str, n: int, *, seed: int, noise: float = 0.02) -> Manifold:
    return manifold(name, n, seed=seed, noise=noise)


def uneven(name: str, n: int, ratio: float, *, seed: int, noise: float = 0.0) -> Manifold:
    """A known manifold that is `ratio` times as dense where its first feature is largest as where it is least."""
    latent = manifold(name, 1, seed=0).latent
    f = latent.features(latent.sample(4000, seed=0))[:, 0]

    def tilt(z: Tensor) -> Tensor:
        share = (latent.features(z)[:, 0] - f.min()) / (f.max() - f.min())
        return math.log(ratio) * (share.clamp(0, 1) - 1)

    return manifold(name, n, seed=seed, noise=noise, tilt=tilt)


def lollipop(n: int, *, seed: int) -> Tensor:
    """A sphere on a stick: dimension 2 and 1."""
    draws = torch.Generator().manual_seed(seed)
    stick = nn.functional.pad(1 + 3 * torch.rand(n // 2, 1, generator=draws), (0, 2))
    ball = nn.functional.normalize(torch.randn(n - n // 2, 3, generator=draws), dim=1)
    return torch.cat([stick, ball]) @ torch.randn(3, 20, generator=draws) + 0.01 * torch.randn(n, 20, generator=draws)
