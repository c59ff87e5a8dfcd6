"""Squared correlations of the neurons at one input, and how much each pair counts."""

from typing import NamedTuple

import torch
from torch import Tensor

FLOOR = 1e-3
"""A row shorter than this share of the median row of its layer does not move: the neuron is dead at this input."""
COMPANY = 0.1
"""A neuron counts half if it overlaps with the others this many times as much as the average one does."""
TINY = 1e-6
"""Squared correlations below this are rounding."""


class Pairs(NamedTuple):
    """What each pair counts, `weight` (..., m, m), and what each neuron does, `share` (..., m)."""

    weight: Tensor
    share: Tensor


def living(F: Tensor, layer: Tensor) -> Tensor:
    """Which rows of factors F (n, m, K) move (n, m); nothing is differentiated through this choice."""
    length = F.detach().norm(dim=2)
    moving = torch.where(length > 0, length, torch.nan)
    alive = torch.zeros_like(length, dtype=torch.bool)
    for which in layer.unique():
        members = layer == which
        alive[:, members] = length[:, members] > FLOOR * moving[:, members].nanmedian(1, keepdim=True).values
    return alive


def unit(F: Tensor) -> Tensor:
    """Rows at unit length; those that are zero stay."""
    return F / F.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(F.dtype).tiny ** 0.5)


def squared(cosine: Tensor, sketched: int) -> Tensor:
    r"""$R_{ij}$ (..., m, m), the squares of cosines of rows.

    If the K = `sketched` columns of those are random mixtures of more directions, the square is too large by about
    1/K for rows that are unrelated; what is subtracted makes its expectation right to second order in 1/K (Olkin,
    Pratt 1958). It is not cut off at zero: that would bias what is near zero.
    """
    R = cosine.square()
    if not sketched:
        return R
    K, rest = sketched, 1 - R
    series = 1 + 2 * rest / (K + 1) * (1 + 4 * rest / (K + 3) * (1 + 6 * rest / (K + 5)))
    return 1 - (K - 2) / (K - 1) * rest * series


def pairs(R: Tensor, compared: Tensor, alive: Tensor) -> Pairs:
    r"""How much each pair counts, so that nothing is gained by copies of a neuron or by neurons that stand alone.

    n copies of a neuron count as one, $1 / \sum_j R_{ij}^8$, and are not compared with each other. A neuron that
    overlaps with no other would be a module of its own: it fades out, $h_i = a_i / (a_i + 0.1\,\bar a)$, where $a_i$ is
    the mean of its $R_{ij}$. R is (..., m, m), with any leading axes; neurons not `alive` (..., m) count nothing.
    """
    eye = torch.eye(R.shape[-1], dtype=R.dtype, device=R.device)
    same = R.clamp(0, 1).square().square().square() * (1 - eye)
    single = alive / (1 + same.sum(-1))
    distinct = compared * (1 - same) * single[..., :, None] * single[..., None, :]
    overlap = (distinct * R).sum(-1).clamp_min(0) / distinct.sum(-1).clamp_min(TINY)
    mean = (single * overlap).sum(-1, keepdim=True) / single.sum(-1, keepdim=True).clamp_min(TINY)
    company = overlap / (overlap + COMPANY * mean + TINY)
    return Pairs(distinct * company[..., :, None] * company[..., None, :], single * company)
