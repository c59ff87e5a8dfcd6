"""Points far from all others: outliers, or a thin part of the space."""

import torch
from torch import Tensor

from pushforward.points.neighbours import levina_bickel, nearest

# Points whose neighbours are so many times as far as is usual may be strays.
FAR_OUT = 3.0
# Points around a candidate, and how far off their plane and how far out along it, in their own radii, it may be.
AROUND, ACROSS, ALONG = 12, 0.5, 3.0
# Of the nearest five points so many are left out, too: then these are no chance.
BESIDE, SAME = 5, 3


def strays(y: Tensor, dim: int, *, far_out: float = FAR_OUT) -> Tensor:
    """Which points have no neighbours about as near as is usual and do not continue their surroundings.  -> (n)

    A point may be one if its fifth neighbour is more than `far_out` times as far as is usual. Where points are sparse
    they may be a thin part of the space: they are none if a plane of `dim` dimensions through their neighbours passes
    near to them.
    """
    if len(y) <= AROUND + 1:
        return torch.zeros(len(y), dtype=torch.bool)
    far = lonely(y, far_out=far_out)
    out = far.clone()
    if far.any():
        out[far] = ~_continues(y[far], y[nearest(y[far], y, AROUND + 1).indices[:, 1:]], dim)
    return out


def lonely(y: Tensor, *, far_out: float = FAR_OUT) -> Tensor:
    """Which points have their fifth neighbour more than `far_out` times as far as is usual.  (n p) -> (n)"""
    length = nearest(y, y, min(BESIDE, len(y) - 1) + 1).distances[:, -1]
    return length > far_out * length.median()


def _continues(x: Tensor, around: Tensor, dim: int) -> Tensor:
    """Whether points x (n p) are near the planes of the points around them (n k p)."""
    centre = around.mean(1, keepdim=True)
    _, S, V = torch.linalg.svd((around - centre).double(), full_matrices=False)
    radius = S[:, :dim].square().mean(1).div(around.shape[1]).sqrt()
    way = (x - centre[:, 0]).double()
    along = torch.einsum("np,nkp->nk", way, V[:, :dim])
    across = (way.square().sum(1) - along.square().sum(1)).clamp_min(0).sqrt()
    thick = S[:, dim] / S[:, dim - 1].clamp_min(1e-300) if S.shape[1] > dim else torch.zeros(len(S))
    return (across <= ACROSS * radius) & (along.norm(dim=1) <= ALONG * dim**0.5 * radius) & (thick <= ACROSS)


def crowded(y: Tensor, out: Tensor, dim: int) -> int:
    """How many of the points that are left `out` (n) may be a part: their neighbours mostly are left out, too.

    That is so of scattered points as well, in many dimensions. Those fill all directions, a part few more than `dim`.
    """
    if int(out.sum()) <= 2 * BESIDE:
        return 0
    near = nearest(y[out], y, BESIDE + 1).indices[:, 1:]
    among = nearest(y[out], y[out], 2 * BESIDE + 1).distances[:, 1:].clamp_min(1e-12)
    if float(1 / (1 / levina_bickel(among)).mean()) > dim + 1:
        return 0
    return int((out[near].sum(1) >= SAME).sum())
