"""Principal directions of data that may not fit in memory: one pass, in float64."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite

# Up to this many dimensions the scatter matrix itself is stored: it is no larger than the rows would be.
SMALL = 1024


@dataclass(frozen=True)
class Principal:
    """Mean (d,), directions times standard deviations L (d, r), the share of variance in them, number of points."""

    mean: Tensor
    L: Tensor
    explained: float
    count: int


def principal(batches: Iterable[Tensor], rank: int) -> Principal:
    """The best rank-`rank` factor L of the covariance of rows, Σ ≈ L Lᵀ.

    Exact up to 1,024 dimensions. Beyond, rows are gathered in a buffer of eight times `rank` (at least 512) that is
    compressed to the leading half of its singular directions whenever it is full (incremental PCA, Ross et al.
    2008); it is exact as long as the points span fewer dimensions than half the buffer. Raises `BadInput` for
    fewer than two points or data that never varies, and `NotFinite`.
    """
    scatter, dtype = None, torch.float32
    for rows in batches:
        if scatter is None:
            dtype = rows.dtype
            scatter = _Full(rows) if rows.shape[1] <= SMALL else _Sketch(rows, keep=max(256, 4 * rank))
        for part in rows.split(256):
            scatter.add(part)
    count = scatter.count if scatter else 0
    if scatter is None or count < 2:
        raise BadInput(f"the data has {count} point(s); a covariance needs at least two.")
    if scatter.total <= 1e-26 * count * float(scatter.mean.square().sum()):  # rounding of equal points
        raise BadInput("the data never varies: all points are equal, so there is no covariance to learn.")
    values, directions = scatter.leading(rank)
    real = values > 1e-12 * values[0]
    L = (directions[real] * (values[real, None] / (count - 1)).sqrt()).T
    explained = min(float(values.sum()) / scatter.total, 1.0)
    return Principal(scatter.mean.to(dtype), L.to(dtype), explained, count)


class _Scatter(ABC):
    """The mean of the points so far, and their scatter about it."""

    def __init__(self, like: Tensor):
        self.count, self.total = 0, 0.0
        self.mean = torch.zeros(like.shape[1], dtype=torch.float64, device=like.device)

    def add(self, points: Tensor) -> None:
        if not torch.isfinite(points).all():
            raise NotFinite(
                f"the data holds NaN or infinity among points {self.count} … {self.count + len(points) - 1}. "
                "Clean it first: `X[X.flatten(1).isfinite().all(1)]`."
            )
        rows = points.detach().to(self.mean)
        mean, n, m = rows.mean(0), self.count, len(rows)
        shift = (mean - self.mean) * (n * m / (n + m)) ** 0.5  # what lies between the two means
        self.mean = self.mean + (mean - self.mean) * (m / (n + m))
        self.count = n + m
        moved = torch.cat([rows - mean, shift[None]])
        self.total += float(moved.square().sum())
        self.gather(moved)

    @abstractmethod
    def gather(self, rows: Tensor) -> None:
        """Add the scatter of centred rows."""

    @abstractmethod
    def leading(self, rank: int) -> tuple[Tensor, Tensor]:
        """The largest eigenvalues of the scatter (k,), falling, and their directions (k, d), where k ≤ rank."""


class _Full(_Scatter):
    def __init__(self, like: Tensor):
        super().__init__(like)
        self.matrix = torch.zeros_like(self.mean).diag()

    def gather(self, rows: Tensor) -> None:
        self.matrix.addmm_(rows.T, rows)

    def leading(self, rank: int) -> tuple[Tensor, Tensor]:
        values, vectors = torch.linalg.eigh(self.matrix)
        return values.flip(0)[:rank].clamp_min(0), vectors.T.flip(0)[:rank]


class _Sketch(_Scatter):
    def __init__(self, like: Tensor, keep: int):
        super().__init__(like)
        self.keep, self.rows = keep, [self.mean[None][:0]]

    def gather(self, rows: Tensor) -> None:
        self.rows.append(rows)
        if sum(map(len, self.rows)) > 2 * self.keep:
            values, directions = self.leading(self.keep)
            self.rows = [values.sqrt()[:, None] * directions]

    def leading(self, rank: int) -> tuple[Tensor, Tensor]:
        R = torch.cat(self.rows)
        values, U = torch.linalg.eigh(R @ R.T)  # its small side: a tenth of the time of an SVD
        values, U = values.flip(0)[:rank].clamp_min(0), U.flip(1)[:, :rank]
        real = values > 1e-14 * values[0]
        return values[real], (U[:, real] / values[real].sqrt()).T @ R
