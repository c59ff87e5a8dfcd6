"""Nearest neighbours, and the classical estimates of dimension that rest on them alone."""

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor

BUDGET = 2**24  # numbers in a block of distances
TINY = 1e-12


# Points whose neighbours are looked for together, at most.
BLOCK = 1000
# Coordinates up to which differences are taken one by one.
FEW = 10


class Near(NamedTuple):
    """The k nearest points: `distances` (m, k), rising, and `indices` (m, k)."""

    distances: Tensor
    indices: Tensor


def nearest(a: Tensor, b: Tensor, k: int = 1) -> Near:
    """The k rows of b nearest to each row of a.  (n p), (m p) -> (n k) twice

    Distances in few coordinates are sums of squared differences: products lose those of points far nearer to each
    other than to the origin.

    >>> nearest(torch.tensor([[0.0]]), torch.tensor([[3.0], [1.0]])).indices
    tensor([[1]])
    """
    rows = max(1, min(BLOCK, BUDGET // max(1, len(b))))
    way = "donot_use_mm_for_euclid_dist" if b.shape[1] <= FEW else "use_mm_for_euclid_dist_if_necessary"
    blocks = [torch.cdist(part, b, compute_mode=way).topk(k, largest=False) for part in a.split(rows)]
    return Near(torch.cat([one.values for one in blocks]), torch.cat([one.indices for one in blocks]))


def nearest_others(X: Tensor, queries: Tensor, k: int) -> Near:
    """The k points of X (n, d) nearest to each of the points with indices `queries` (m,), themselves left out.

    Distances come from products, so X must be in double precision and centred. Blocks keep memory at n · block.

    >>> X = torch.tensor([[0.0], [1.0], [3.0]], dtype=torch.float64)
    >>> nearest_others(X, torch.tensor([0]), 2).indices
    tensor([[1, 2]])
    """
    assert X.dtype == torch.float64
    assert k < len(X)
    norms = X.square().sum(1)
    blocks = [_block(X, norms, part, k) for part in queries.split(max(1, BUDGET // len(X)))]
    return Near(torch.cat([one.distances for one in blocks]), torch.cat([one.indices for one in blocks]))


def _block(X: Tensor, norms: Tensor, queries: Tensor, k: int) -> Near:
    squared = norms[queries, None] + norms - 2 * X[queries] @ X.T  # (m n)
    squared[torch.arange(len(queries)), queries] = math.inf
    values, indices = squared.topk(k, largest=False)
    return Near(values.clamp(min=TINY**2).sqrt(), indices)


@dataclass(frozen=True)
class Neighbours:
    """Classical estimates, each blind in its own way: what a calibrated or a generator's reading is compared with.

    `two_nn`: Facco and others (2017), the ratio of the first two distances. `mle`: Levina and Bickel (2004) at 20
    neighbours, inverses averaged (MacKay and Ghahramani 2005). `angles`: expected simplex skewness (Johnsson and
    others 2015) at 96 neighbours. `pca`: eigenvalues of the covariance of 96 neighbours that are above 5 % of the
    largest (Fukunaga and Olsen 1971). Distances fall short above ten dimensions or so; angles and eigenvalues see
    curvature as dimensions.
    """

    two_nn: float
    mle: float
    angles: float
    pca: float

    def __repr__(self) -> str:
        return ", ".join(f"{name} {value:.1f}" for name, value in asdict(self).items())


def two_nn(distances: Tensor) -> float:
    r"""$\hat d = (m - 1) / \sum_i \log(r_{i2}/r_{i1})$: the unbiased maximum-likelihood form for Pareto ratios.

    distances (m, ≥ 2). Source: Facco, d'Errico, Rodriguez, Laio (2017); Denti and others (2022) for the estimator.

    >>> round(two_nn(torch.tensor([[1.0, math.e]]).repeat(3, 1)), 3)
    0.667
    """
    logs = (distances[:, 1] / distances[:, 0]).double().log()
    return float((len(logs) - 1) / logs.sum().clamp(min=TINY))


def levina_bickel(distances: Tensor) -> Tensor:
    r"""$\hat d_i^{-1} = \frac{1}{k-2} \sum_{j<k} \log(r_{ik}/r_{ij})$ for each point.  (m k) -> (m)

    Source: Levina, Bickel (2004), with k − 2, which makes it unbiased.
    """
    k = distances.shape[1]
    assert k > 2
    logs = (distances[:, -1:] / distances[:, :-1]).log().sum(1)
    return (k - 2) / logs.clamp(min=TINY)


def skewness(dim: Tensor) -> Tensor:
    r"""The mean $|\sin|$ of the angle of two isotropic vectors.

    $\Gamma(d/2)^2 / \Gamma(\frac{d+1}2) \Gamma(\frac{d-1}2)$: 0 in dimension 1, 2/π in dimension 2, 1 in the limit.

    >>> skewness(torch.tensor([1.0, 2.0, 3.0]))
    tensor([0.0000, 0.6366, 0.7854])
    """
    d = dim.double()
    log = 2 * (d / 2).lgamma() - ((d + 1) / 2).lgamma() - ((d - 1) / 2).clamp(min=TINY).lgamma()
    return torch.where(d > 1, log.exp(), 0.0).to(dim)


def dimension_of_skewness(sine: float, most: int = 400) -> float:
    """The dimension, not whole, at which two isotropic vectors are as far from parallel: `skewness` inverted.

    >>> round(dimension_of_skewness(0.6366), 2)
    2.0
    """
    table = skewness(torch.arange(1, most + 1, dtype=torch.float64))
    i = int(torch.searchsorted(table, torch.tensor(sine, dtype=torch.float64)).clamp(1, most - 1))
    low, high = float(table[i - 1]), float(table[i])
    return i + min(max((sine - low) / (high - low), 0.0), 1.0)
