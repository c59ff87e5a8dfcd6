"""Latent points of given inputs, by damped Gauss–Newton steps."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.generator.tangent import Paint, jacobians
from pushforward.latents import Latent

MEMORY = 2**21
"""Bytes of Jacobians held at a time: few, for a network's activations along all directions are many times more."""
DAMPING = 1e-2
"""First damping, relative to the mean squared derivative."""
STUCK = 1e6
"""Damping at which no step lowers the residual."""


class Descended(NamedTuple):
    """`z` (n, width), the root mean square `residual` (n,) there, and whether no step leads further."""

    z: Tensor
    residual: Tensor
    converged: Tensor


@dataclass(frozen=True)
class LevenbergMarquardt:
    r"""Steps $v = (J^\top J + \lambda)^{-1} J^\top (x - G(z))$ in the latent's frame, taken where the residual falls.

    λ shrinks after a step that was taken and grows after one that was not. Every step ends on the latent: what leaves
    it is brought to its boundary. A step shorter than `tolerance` times the latent's spread is the last.

    Source: Levenberg (1944), Marquardt (1963).
    """

    steps: int = 30
    tolerance: float = 1e-4

    def descend(self, paint: Paint, latent: Latent, x: Tensor, z: Tensor) -> Descended:
        """From z (n, width) towards points that generate x (n, *shape)."""
        rows = max(1, MEMORY // (x[:1].numel() * latent.dim * z.element_size()))
        parts = [self._descend(paint, latent, a, b) for a, b in zip(x.split(rows), z.split(rows), strict=True)]
        return Descended(*(torch.cat(column) for column in zip(*parts, strict=True)))

    @torch.no_grad()
    def _descend(self, paint: Paint, latent: Latent, x: Tensor, z: Tensor) -> Descended:
        z, x = latent.project(z), x.flatten(1)
        off = x - paint(z).flatten(1)
        far = float(latent.spread.norm())
        damping = z.new_full((len(z),), DAMPING)
        converged = torch.zeros(len(z), dtype=torch.bool, device=z.device)
        for _ in range(self.steps):
            at = (~converged).nonzero()[:, 0]
            if not len(at):
                break
            v = _step(jacobians(paint, latent, z[at]), off[at], damping[at])
            trial = latent.project(latent.move(z[at], v))
            off_there = x[at] - paint(trial).flatten(1)
            before, after = off[at].square().sum(1), off_there.square().sum(1)
            better = after < before
            small = (v.norm(dim=1) <= self.tolerance * far) & (damping[at] <= 1)
            z[at] = torch.where(better[:, None], trial, z[at])
            off[at] = torch.where(better[:, None], off_there, off[at])
            damping[at] = torch.where(better, damping[at] * 0.2, damping[at] * 5)
            converged[at] = small | (damping[at] > STUCK)
        return Descended(z, off.square().mean(1).sqrt(), converged)


def _step(J: Tensor, off: Tensor, damping: Tensor) -> Tensor:
    """(n d k), (n d), (n) -> (n k)"""
    normal = J.mT @ J
    diagonal = normal.diagonal(dim1=1, dim2=2).mean(1)
    damped = normal + torch.diag_embed((damping * diagonal + torch.finfo(J.dtype).tiny)[:, None].expand(-1, J.shape[2]))
    return torch.linalg.lstsq(damped, J.mT @ off[..., None]).solution[..., 0]
