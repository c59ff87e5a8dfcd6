"""Latent points between latent points: straight on in the latent's own geometry."""

import torch
from torch import Tensor
from torch.func import jvp, vmap

from pushforward.latents import Latent

ITERATIONS = 12
REACHED = 1e-3
"""How far from its aim a straight line may end, in units of the latent's spread."""


@torch.no_grad()
def towards(latent: Latent, z: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Velocities v with move(z, v) = y, and where there is none or none was found.  (n width) -> (n dim), (n)

    Found by Gauss–Newton on the features, from v = 0.
    """
    aim = latent.features(y)
    v = z.new_zeros(len(z), latent.dim)
    for _ in range(ITERATIONS):
        off = aim - latent.features(latent.move(z, v))
        if off.abs().sum() <= torch.finfo(z.dtype).eps * len(z):
            break
        v = v + (torch.linalg.pinv(_slopes(latent, z, v)) @ off[..., None])[..., 0]
    missed = latent.distance(latent.project(latent.move(z, v)), y) > REACHED * float(latent.spread.norm())
    return v.where(~missed[:, None], 0), missed


def _slopes(latent: Latent, z: Tensor, v: Tensor) -> Tensor:
    """How features change with the velocity.  -> (n f dim)"""
    eye = torch.eye(latent.dim, dtype=z.dtype, device=z.device)
    along = lambda e: jvp(lambda w: latent.features(latent.move(z, w)), (v,), (e.expand_as(v),))[1]  # noqa: E731
    return vmap(along)(eye).permute(1, 2, 0)


def between(latent: Latent, z: Tensor, y: Tensor, share: Tensor) -> Tensor:
    """The points `share` of the way from z to y; where no straight line leads there, the nearer end.

    (n width), (n width), (n) -> (n width)
    """
    v, missed = towards(latent, z, y)
    inside = latent.project(latent.move(z, share[:, None] * v))
    ends = torch.where((share < 0.5)[:, None], z, y)
    return torch.where(missed[:, None], ends, inside)


def doubled(latent: Latent, z: Tensor) -> Tensor:
    """Chains with a point more in the middle of every link.  (n t width) -> (n 2t − 1 width)"""
    n, t, width = z.shape
    before, after = z[:, :-1].reshape(-1, width), z[:, 1:].reshape(-1, width)
    middle = between(latent, before, after, z.new_full((len(before),), 0.5)).reshape(n, t - 1, width)
    woven = z.new_empty(n, 2 * t - 1, width)
    woven[:, ::2], woven[:, 1::2] = z, middle
    return woven
