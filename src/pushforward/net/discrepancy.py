r"""The squared Frobenius distance of a covariance from F Fᵀ, without bias, from products of samples.

With pairs w and −w, f has an odd part o and an even part e, and Cov f = E[o oᵀ] + Cov e. With l = F w and q = o − l

    D = Cov f − F Fᵀ = E[l qᵀ + q lᵀ + q qᵀ] + Cov e,

because F Fᵀ = E[l lᵀ]: the linear part is a control variate, and D is estimated as exactly 0 where f is linear. The
samples are split into groups; D_g of each group is without bias, and so is ⟨D_g, D_h⟩ of two for ‖D‖². These are
sums of products of sums over neurons, (3m)² numbers for m pairs: no a × a matrix.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.net.sampling import Pairs

GROUPS = 32
"""How many groups the samples are split into, at most; each has two pairs or more."""
HARDLY = 0.01
"""Neurons that vary by less than this share of their layer's root mean square σ do not count in the shift: one that
acts at x and at hardly any other input moves by many of its own σ, and a few of them would be the whole mean."""


class Discrepancy(NamedTuple):
    """Of one layer: ‖D‖/‖C‖ and the root mean square shift of the mean in σ, each with its standard error."""

    error: float
    error_se: float
    shift: float
    shift_se: float


@dataclass(frozen=True)
class Moments:
    """What layers add up to: of all neurons together, the sum of those of the layers."""

    gram: Tensor
    """Inner products of q, l and e of all pairs (3m, 3m)."""
    shift: Tensor
    """Sum over live neurons of the squared shift in σ, from all groups but one, and last from all (groups + 1)."""
    live: int
    """How many neurons there are in that sum."""

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.gram + other.gram, self.shift + other.shift, self.live + other.live)


def discrepancy(layers: Iterable[Pairs], W: Tensor, F: Tensor) -> tuple[Discrepancy, ...]:
    """One for each layer, and one for all neurons together.  (m size) each, (m r), (a r)"""
    m = len(W)
    groups = torch.arange(m) % min(GROUPS, m // 2)
    moments, start = [], 0
    for pair in layers:
        stop = start + pair.odd.shape[1]
        moments.append(_moments(pair, W, F[start:stop], groups))
        start = stop
    total = moments[0]
    for one in moments[1:]:
        total = total + one
    return tuple(_discrepancy(one, groups) for one in (*moments, total))


def _moments(pair: Pairs, W: Tensor, F: Tensor, groups: Tensor) -> Moments:
    where = groups.to(pair.odd.device)
    linear = W.to(pair.odd) @ F.to(pair.odd).T
    inner = pair.even - _means(pair.even, where)[where]
    rows = torch.cat([pair.odd - linear, linear, inner])
    shift, live = _shifts(pair, where)
    return Moments((rows @ rows.T).double().cpu(), shift.cpu(), live)


def _means(values: Tensor, groups: Tensor) -> Tensor:
    """Means of the rows of each group.  (m size) -> (groups size)"""
    sums = values.new_zeros(int(groups.max()) + 1, values.shape[1]).index_add_(0, groups, values)
    return sums / groups.bincount()[:, None]


def _shifts(pair: Pairs, groups: Tensor) -> tuple[Tensor, int]:
    """Squared shifts of the mean in σ, less what the samples' noise adds, summed over live neurons.  -> (groups + 1)"""
    count = groups.bincount().double()
    sums = [count[:, None] * _means(v.double(), groups) for v in (pair.even, pair.even.square(), pair.odd.square())]
    n = torch.cat([count.sum() - count, count.sum()[None]])[:, None]
    S, SS, OO = (torch.cat([total - part, total]) for part in sums for total in [part.sum(0, keepdim=True)])
    mean = S / n
    spread = (SS - n * mean.square()).clamp_min(0) / (n - 1)
    variance = OO / n + spread
    rounding = 8 * torch.finfo(pair.odd.dtype).eps * float(pair.centre.abs().max())
    floor = max(rounding**2, HARDLY**2 * float(variance[-1].mean()))
    live = variance[-1] > floor
    ratio = (mean.square() - spread / n)[:, live] / variance[:, live].clamp_min(floor)
    return ratio.sum(1), int(live.sum())


def _discrepancy(moments: Moments, groups: Tensor) -> Discrepancy:
    G, m = moments.gram, len(groups)
    A, B, QE = G[:m, :m], G[:m, m : 2 * m], G[:m, 2 * m :]
    C, LE, E = G[m : 2 * m, m : 2 * m], G[m : 2 * m, 2 * m :], G[2 * m :, 2 * m :].square()
    qq = 2 * (A * C + B * B.T) + 2 * A * (B + B.T) + A.square()  # ⟨l qᵀ + q lᵀ + q qᵀ of one, of another⟩
    D = _between(qq, 2 * QE * LE + QE.square(), E, groups)
    N = _between((A + B + B.T + C).square(), (QE + LE).square(), E, groups)
    error, error_se = _root(*(_left_out(one) for one in (D, N)))
    if not moments.live:
        error, error_se = math.nan, math.nan
    shift, shift_se = _root(moments.shift, torch.full_like(moments.shift, max(moments.live, 1)))
    return Discrepancy(error, error_se, shift, shift_se)


def _between(oo: Tensor, oe: Tensor, ee: Tensor, groups: Tensor) -> Tensor:
    """Inner products of the groups' matrices from those of their terms: means of odd, covariances of even parts."""
    S = torch.nn.functional.one_hot(groups).double().T
    n = S.sum(1, keepdim=True)
    odd, even = S / n, S / (n - 1)
    mixed = odd @ oe @ even.T
    return odd @ oo @ odd.T + mixed + mixed.T + even @ ee @ even.T


def _left_out(M: Tensor) -> Tensor:
    """Means of M_gh over g ≠ h, with each group left out, and last with none.  (k k) -> (k + 1)"""
    k = len(M)
    M = M - M.diagonal().diag()
    total = M.sum()
    return torch.cat([(total - 2 * M.sum(1)) / ((k - 1) * (k - 2)), total[None] / (k * (k - 1))])


def _root(above: Tensor, below: Tensor) -> tuple[float, float]:
    """The root of a ratio and its standard error by the jackknife, from values with each group left out, and none.

    Near 0, where the root has no derivative, the error is how much larger the root is with one standard error more.
    """
    if not float(below.min()) > 0:
        return math.nan, math.nan
    ratio = above / below
    left, k = ratio[:-1], len(ratio) - 1
    se = float(((k - 1) / k * (left - left.mean()).square().sum()).sqrt())
    square = max(float(ratio[-1]), 0.0)
    return math.sqrt(square), math.sqrt(square + se) - math.sqrt(square)
