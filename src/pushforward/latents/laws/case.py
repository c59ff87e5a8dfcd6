"""A latent under examination, and how a broken law is reported."""

from dataclasses import dataclass
from typing import NoReturn

import torch
from torch import Tensor

from pushforward.latents.latent import Latent
from pushforward.rng import normal

# How far apart, relative to the size of the features, two float64 features may be that should be equal.
ALIKE = 1e-6


class Broken(Exception):
    """A law does not hold: what it says, what is so instead, and which methods to look at."""

    def __init__(self, law: str, evidence: str, mend: str):
        super().__init__(law, evidence, mend)
        self.law, self.evidence, self.mend = law, evidence, mend


def require(holds: Tensor | bool, law: str, evidence: str, mend: str) -> None:
    """Raise `Broken` unless all of `holds` is true."""
    if not bool(torch.as_tensor(holds).all()):
        broken(law, evidence, mend)


def broken(law: str, evidence: str, mend: str) -> NoReturn:
    """Raise `Broken`."""
    raise Broken(law, evidence, mend)


@dataclass(frozen=True, eq=False)
class Case:
    """The latent, points of it in float64, written the canonical way, and the source of all random numbers."""

    latent: Latent
    z: Tensor
    draws: torch.Generator

    def points(self, n: int) -> Tensor:
        """More points."""
        return self.latent.project(self.latent.sample(n, seed=self.draws).double())

    def velocities(self, n: int, scale: float) -> Tensor:
        """Random velocities, `scale` times as wide as the law.  -> (n dim)"""
        return scale * self.latent.spread.double() * normal((n, self.latent.dim), seed=self.draws).double()

    def same(self, z: Tensor, y: Tensor) -> Tensor:
        """Whether z and y have the same features.  -> (n)"""
        a, b = self.latent.features(z), self.latent.features(y)
        return (a - b).abs().amax(1) <= ALIKE * (1 + a.abs().amax(1))

    def inside(self, y: Tensor) -> Tensor:
        """Whether y is a point of the latent, and not beyond its boundary.  -> (n)"""
        return self.same(y, self.latent.project(y))
