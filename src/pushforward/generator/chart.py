"""The chart that a generator puts around a latent point."""

import torch
from torch import Tensor

from pushforward.generator.tangent import Paint, directional, jacobians
from pushforward.latents import Latent
from pushforward.linear import Chart


class GeneratorChart(Chart):
    """w ↦ G(move(z, spread · w)): w ~ N(0, I) moves z by the covariance of the latent's law."""

    def __init__(self, paint: Paint, latent: Latent, z: Tensor):
        self.paint, self.latent, self.z, self.rank = paint, latent, z, latent.dim
        self.point = paint(z[None])[0].detach()

    def __call__(self, w: Tensor) -> Tensor:
        """The inputs at coordinates w.  (n r) -> (n, *shape)"""
        z = self.z.expand(len(w), -1)
        return self.paint(self.latent.move(z, self.latent.spread.to(z) * w.to(z)))

    def tangents(self, start: int, stop: int) -> Tensor:
        """∂x/∂w_j for j in start … stop.  -> (stop − start, d)"""
        V = torch.diag(self.latent.spread)[start:stop]
        return directional(self.paint, self.latent, self.z[None], V).flatten(1)

    def at(self, w: Tensor) -> "GeneratorChart":
        """The chart at the latent point that w leads to, brought back to the latent where it has an edge.  (r)"""
        z = self.latent.move(self.z[None], self.latent.spread.to(self.z) * w[None].to(self.z))
        return GeneratorChart(self.paint, self.latent, self.latent.project(z)[0])

    def log_density(self) -> float:
        """The log density that this latent point gives its input: log p(z) − ½ log det JᵀJ."""
        J = jacobians(self.paint, self.latent, self.z[None])[0]
        volume = torch.linalg.svdvals(J.double()).log().sum()
        return float(self.latent.log_density(self.z[None])[0] - volume)
