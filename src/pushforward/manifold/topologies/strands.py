"""Strands and sheets that run beside each other, and were taken for one with noise."""

import torch
from torch import Tensor

from pushforward.points import nearest

# Points beside each other on the curve or surface whose distances from it are compared.
AROUND = 40
# Distances of points beside each other on it that differ this much at least, in variances, are no misfit.
UNLIKE = 0.7


def peakedness(y: Tensor, made: Tensor) -> float:
    r"""How peaked the distances of points y (n p) from what a generator makes of them, `made` (n p), are: kurtosis.

    Of noise 3, of points that fill a band evenly 1.8, of two strands less: along the direction in which points beside
    each other differ most, the median over places. Infinite where the distances are those of a smooth misfit, which
    are alike for points beside each other.
    """
    off = (y - made).double()
    to = nearest(made, made, min(AROUND, len(y))).indices
    around = off[to]
    around = around - around.mean(1, keepdim=True)
    U, S, _ = torch.linalg.svd(around, full_matrices=False)
    along = U[..., 0] * S[:, :1]  # (n k)
    variance = along.square().mean(1).clamp_min(1e-300)
    unlike = (along[:, 1] - along[:, 0]).square() / (2 * variance)
    if float(unlike.mean()) < UNLIKE:
        return float("inf")
    return float((along.pow(4).mean(1) / variance.square()).median())
