"""Unit vectors as points of a round sphere: tangents, great circles, angles."""

import torch
from torch import Tensor

# Below this squared angle the series of sine and cosine are exact to float64.
SMALL = 1e-2


def unit(x: Tensor) -> Tensor:
    """The vectors divided by their norms; the first axis where x is 0, so that no derivative is NaN.  (n d) -> (n d)"""
    norm = x.norm(dim=-1, keepdim=True)
    nowhere = norm < torch.finfo(x.dtype).tiny ** 0.25
    first = torch.zeros_like(x).index_fill(-1, torch.tensor(0, device=x.device), 1)
    return torch.where(nowhere, first, x / torch.where(nowhere, torch.ones_like(norm), norm))


def tangents(z: Tensor) -> Tensor:
    r"""An orthonormal basis of the vectors orthogonal to unit vectors z.  (n d) -> (n d d − 1)

    All columns but the first of the reflection $I - w w^\top / (1 + |z_0|)$ with $w = z \pm e_0$, which maps the first
    axis to $\mp z$; of the two signs the one far from 0 is taken.
    """
    w = torch.cat([z[:, :1] + torch.where(z[:, :1] < 0, -1.0, 1.0).to(z), z[:, 1:]], 1)
    identity = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
    return identity[:, 1:] - w[:, :, None] * (w[:, None, 1:] / (1 + z[:, :1].abs())[:, :, None])


def along(z: Tensor, u: Tensor) -> Tensor:
    r"""Where the great circle from z with velocity u is at time 1: $\cos|u|\, z + \sin|u|\, u / |u|$, smooth at 0."""
    square = u.square().sum(1, keepdim=True)
    small = square < SMALL
    angle = torch.where(small, torch.ones_like(square), square).sqrt()
    cosine = 1 + square * (-1 / 2 + square * (1 / 24 + square * (-1 / 720 + square / 40320)))
    sine = 1 + square * (-1 / 6 + square * (1 / 120 + square * (-1 / 5040 + square / 362880)))
    return torch.where(small, cosine, angle.cos()) * z + torch.where(small, sine, angle.sin() / angle) * u


def angle(z: Tensor, y: Tensor) -> Tensor:
    """The angle between unit vectors, exact also where it is near 0 or π (Kahan 2006).  (n d), (n d) -> (n)"""
    return 2 * torch.atan2((z - y).norm(dim=-1), (z + y).norm(dim=-1))
