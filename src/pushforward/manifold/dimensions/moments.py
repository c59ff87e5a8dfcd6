"""How squared distances between random points are distributed: they concentrate as dimensions are added."""

from typing import NamedTuple

import torch
from torch import Tensor

BUDGET = 2**23  # numbers in a block of distances


class Moments(NamedTuple):
    """Of squared distances between different points: relative variance, skewness and excess kurtosis.

    A sum over d independent coordinates has a relative variance, a squared skewness and a kurtosis in proportion to
    1/d: 2/d, 8/d and 12/d for a Gaussian. `doublings`: log(r_b/r_a) over log 2 for b = n/2 and 2a = b, and for b = n/8.
    """

    variance: float
    skewness: float
    kurtosis: float
    far: float
    middle: float


def moments(X: Tensor, queries: Tensor) -> Moments:
    """Moments of the distances from some points of X (n, d) to all others; each sum over n of a block of rows."""
    norms, n = X.square().sum(1), len(X)
    sums, growth = torch.zeros(4, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    mean = 2 * float(norms.mean()) * n / (n - 1)
    for part in queries.split(max(1, BUDGET // n)):
        squared = (norms[part, None] + norms - 2 * X[part] @ X.T).clamp(min=0) / mean
        squared[torch.arange(len(part)), part] = 1.0
        off = squared - 1
        sums += torch.stack([off.pow(k).sum().double() for k in (1, 2, 3, 4)])
        order = squared.sort(1).values.clamp(min=1e-12).log()
        for i, b in enumerate((n // 2, n // 8)):
            growth[i] += (order[:, b] - order[:, max(1, b // 2)]).sum() / 2
    count = len(queries) * (n - 1)
    m, second, third, fourth = (sums / count).tolist()
    variance = max(second - m**2, 1e-12)
    skewness = (third - 3 * m * second + 2 * m**3) / variance**1.5
    kurtosis = (fourth - 4 * m * third + 6 * m**2 * second - 3 * m**4) / variance**2 - 3
    far, middle = (growth / len(queries)).clamp(min=1e-6).tolist()
    return Moments(variance / (1 + m) ** 2, skewness, kurtosis, far, middle)
