"""Strands and sheets that run beside each other, and were taken for one with noise."""

import torch
from torch import Tensor

from pushforward.points import nearest

# Places that are looked at, and the points around each.
PLACES, AROUND = 300, 100
# Offsets of points beside each other that differ this much at least, in variances, are no smooth misfit.
UNLIKE = 0.7


def peakedness(y: Tensor, dim: int) -> float:
    r"""How peaked the offsets of points y (n p) from smooth pieces of dimension `dim` are: their kurtosis.

    Of noise 3, of points that fill a band evenly 1.8, of two strands less. Around each place a quadratic is fitted over
    the tangent plane; offsets are taken along the direction in which they vary most. The median over places where they
    are noise rather than a misfit, which is alike for points beside each other; infinite where there are none.
    """
    if dim >= y.shape[1] or len(y) < 2 * AROUND:
        return float("inf")
    centres = torch.arange(0, len(y), max(1, len(y) // PLACES))
    balls = y[nearest(y[centres], y, AROUND).indices].double()
    balls = balls - balls.mean(1, keepdim=True)
    at = torch.linalg.svd(balls, full_matrices=False)
    t = at.U[..., :dim] * AROUND**0.5  # places on the tangent plane (c k dim)
    products = torch.stack([t[..., i] * t[..., j] for i in range(dim) for j in range(i, dim)], -1)
    basis = torch.linalg.qr(torch.cat([torch.ones_like(t[..., :1]), t, products], -1)).Q
    U, S, _ = torch.linalg.svd(balls - basis @ (basis.mT @ balls), full_matrices=False)
    offset = U[..., 0] * S[:, :1]
    variance = offset.square().mean(1).clamp_min(1e-300)
    apart = torch.cdist(t, t)
    apart.diagonal(dim1=1, dim2=2).fill_(torch.inf)
    unlike = (offset - offset.gather(1, apart.argmin(2))).square().mean(1) / (2 * variance)
    kurtosis = (offset.pow(4).mean(1) / variance.square())[unlike >= UNLIKE]
    return float(kurtosis.median()) if len(kurtosis) > len(centres) // 2 else float("inf")
