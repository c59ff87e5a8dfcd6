"""Principal directions of data that may not fit in memory: one pass, float64, never a d × d matrix."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite


class Principal(NamedTuple):
    """Mean (d,), directions times standard deviations L (d, r), the share of variance they hold, points seen."""

    mean: Tensor
    L: Tensor
    explained: float
    count: int


def principal(batches: Iterable[Tensor], rank: int) -> Principal:
    """The best rank-`rank` factor L of the covariance of rows, Σ ≈ L Lᵀ.

    Rows are gathered in a buffer that is compressed to its leading right singular vectors whenever it is
    full (incremental PCA, Ross et al. 2008); as long as the data has fewer dimensions than the buffer has
    rows nothing is lost. Raises `BadInput` for fewer than two points and `NotFinite`.
    """
    keep = max(512, 4 * rank)
    state = _Buffer(keep)
    dtype = torch.float32
    for rows in batches:
        dtype = rows.dtype
        for part in rows.split(keep):
            state.add(part)
    if state.count < 2:
        raise BadInput(f"the data has {state.count} point(s); a covariance needs at least two.")
    _, S, Vh = _compress(state.rows, rank)
    variances = S.square() / (state.count - 1)
    total = state.total / (state.count - 1)
    if not total > 0:
        raise BadInput("the data never varies: all points are equal, so there is no covariance to learn.")
    real = variances > 1e-12 * variances[0]
    L = (Vh[real] * variances[real].sqrt()[:, None]).T
    return Principal(state.mean.to(dtype), L.to(dtype), float(variances.sum() / total), state.count)


class _Buffer:
    """Centred rows whose scatter matrix is that of all points so far."""

    def __init__(self, keep: int):
        self.keep, self.count, self.total = keep, 0, 0.0

    def add(self, points: Tensor) -> None:
        if not torch.isfinite(points).all():
            raise NotFinite(
                f"the data holds NaN or infinity among points {self.count} … {self.count + len(points) - 1}."
            )
        rows = points.detach().to(torch.float64)
        mean, n, m = rows.mean(0), self.count, len(rows)
        centred = rows - mean
        if n == 0:
            self.mean, self.rows = mean, centred
        else:
            shift = (mean - self.mean) * (n * m / (n + m)) ** 0.5  # the scatter between the two means
            self.mean = self.mean + (mean - self.mean) * (m / (n + m))
            self.total += float(shift.square().sum())
            self.rows = torch.cat([self.rows, shift[None], centred])
        self.total += float(centred.square().sum())
        self.count = n + m
        if len(self.rows) > 2 * self.keep:
            _, S, Vh = _compress(self.rows, self.keep)
            self.rows = S[:, None] * Vh


def _compress(rows: Tensor, rank: int) -> tuple[Tensor, Tensor, Tensor]:
    U, S, Vh = torch.linalg.svd(rows, full_matrices=False)
    return U[:, :rank], S[:rank], Vh[:rank]
