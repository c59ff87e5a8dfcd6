"""White noise in the coordinates: how large it is, and points without the directions in which there is nothing else."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

GAP = 2.0  # ratio of neighbouring eigenvalues between signal and noise; within a smooth law they are closer
FEWEST, SHARE = 5, 0.2  # directions, and share of all, that noise must have to itself before it is called noise
SLACK = 1.15  # eigenvalues of noise may be this much beyond the edges
UNEVEN = 2.0  # how many times as much as those of noise the distances from the signal may vary
NOTHING = 1e-10  # an eigenvalue this small beside the largest is rounding


class White(NamedTuple):
    """Noise of one standard deviation `sigma` per coordinate in all directions; `signal` of them hold more."""

    sigma: float
    signal: int


def white_tail(values: Tensor, n: int) -> White | None:
    r"""The noise behind the widest gap after which eigenvalues (D,) of n points look like noise alone.

    White noise of variance σ² in p directions has sample eigenvalues between $σ²(1 - \sqrt{p/n})²$ and
    $σ²(1 + \sqrt{p/n})²$. None where there is no gap, or what is behind it decays.

    >>> tail = white_tail(torch.tensor([9.0, 5.0, *[1.0] * 20]), 10_000)
    >>> round(tail.sigma, 2), tail.signal
    (1.0, 2)

    Source: Marchenko, Pastur (1967).
    """
    D = len(values)
    rank = int((values > NOTHING * values[0]).sum())
    if rank < min(D, n - 1):
        return None
    ratios = values[: rank - 1] / values[1:rank]
    for r in (1 + (ratios >= GAP).nonzero()[:, 0]).tolist():
        p = D - r
        if p < max(FEWEST, SHARE * D) or rank - r < FEWEST or r >= n // 2:
            break
        level, edge = float(values[r:].sum()) / p, math.sqrt(p / (n - r))  # signal takes r points for itself
        low = level * max(0.0, 1 - edge) ** 2
        if values[r] <= SLACK * level * (1 + edge) ** 2 and values[rank - 1] >= low / SLACK**2:
            return White(math.sqrt(level / (1 - r / n)), r)
    return None


def in_every_point(X: Tensor, basis: Tensor) -> bool:
    """Whether all points are about as far from the signal: where some are on it, the rest are a part, and no noise.

    Squared distances of white noise in p directions vary by 2/p relatively.  (n d), (r d)
    """
    far = (X.square().sum(1) - (X @ basis.T).square().sum(1)).clamp(min=0)
    return float(far.var() / far.mean() ** 2) <= UNEVEN * 2 / (X.shape[1] - len(basis))


def upper_edge(variance: float, p: int, n: int) -> float:
    """The largest sample eigenvalue that noise of this variance in p directions has among n points."""
    return variance * (1 + math.sqrt(p / n)) ** 2


def spectrum(X: Tensor) -> Tensor:
    """Eigenvalues of the covariance of centred points, largest first, one a coordinate.  (n d) -> (d)"""
    n, d = X.shape
    values = torch.linalg.eigvalsh((X.T @ X if d <= n else X @ X.T) / (n - 1)).flip(0).clamp(min=0)
    return torch.nn.functional.pad(values, (0, d - len(values)))


def towards(X: Tensor, count: int) -> Tensor:
    """The leading principal directions of centred points.  (n d) -> (count d)"""
    n, d = X.shape
    if d <= n:
        return torch.linalg.eigh(X.T @ X).eigenvectors[:, -count:].T
    values, U = torch.linalg.eigh(X @ X.T)
    return (U[:, -count:].T @ X) / values[-count:].sqrt()[:, None]
