"""The chart that a generator puts around a latent point."""

import torch
from torch import Tensor

from pushforward.generator.tangent import Paint, directional
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
