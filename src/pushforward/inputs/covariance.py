"""Principal directions of data that may not fit in memory: one pass, in float64."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite
from pushforward.shards import each

# Up to this many dimensions the scatter matrix itself is stored: it is no larger than the rows would be.
SMALL = 1024
# Points that are read together; and the parts into which more points are divided at the most, each with a scatter
SHARD, SHARDS = 2**12, 16


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
    scatter, dtype = _gathered(batches, rank)
    if scatter is None:
        raise BadInput("the data has 0 point(s); a covariance needs at least two.")
    return _principal(scatter, rank, dtype)


def shared_principal(rows: Callable[[range], Iterable[Tensor]], n: int, rank: int) -> Principal:
    """The same by all ranks together, from the batches that `rows` gives of some of n points.

    They are divided into parts whose number follows from n alone; the scatter of each part is joined in their order.
    """
    size = max(SHARD, -(-n // SHARDS))

    def part(i: int) -> dict[str, Tensor]:
        numbers = range(i * size, min((i + 1) * size, n))
        scatter, dtype = _gathered(rows(numbers), rank, first=numbers.start)
        assert scatter is not None
        return scatter.state() | {"like": torch.zeros(0, dtype=dtype)}

    states = each("fitting", -(-n // size), part)
    scatter = _scatter(states[0]["mean"][None], rank)
    for state in states:
        scatter.join(state)
    return _principal(scatter, rank, states[0]["like"].dtype)


def _gathered(batches: Iterable[Tensor], rank: int, *, first: int = 0) -> "tuple[_Scatter | None, torch.dtype]":
    """The scatter of all rows, if there are any, and their precision; `first` is the number of the first one."""
    scatter, dtype = None, torch.float32
    for rows in batches:
        if scatter is None:
            scatter, dtype = _scatter(rows, rank), rows.dtype
            scatter.first = first
        for part in rows.split(256):
            scatter.add(part)
    return scatter, dtype


def _scatter(like: Tensor, rank: int) -> "_Scatter":
    return _Full(like) if like.shape[1] <= SMALL else _Sketch(like, keep=max(256, 4 * rank))


def _principal(scatter: "_Scatter", rank: int, dtype: torch.dtype) -> Principal:
    """What the scatter of all points says. Raises `BadInput` for fewer than two, or if they are all equal."""
    count = scatter.count
    if count < 2:
        raise BadInput(f"the data has {count} point(s); a covariance needs at least two.")
    if scatter.total <= 1e-26 * count * float(scatter.mean.square().sum()):  # rounding of equal points
        raise BadInput("the data never varies: all points are equal, so there is no covariance to learn.")
    values, directions = scatter.leading(rank)
    real = values > 1e-12 * values[0]
    L = (directions[real] * (values[real, None] / (count - 1)).sqrt()).T
    explained = min(float(values.sum()) / scatter.total, 1.0)
    return Principal(scatter.mean.to(dtype), L.to(dtype), explained, count)


def _where(bad: Tensor, start: int) -> str:
    """Which of the points (n, d), of which the first has the number `start`, are not finite, and where."""
    i, j = bad.nonzero()[0].tolist()
    return (
        f"the data holds NaN or infinity among points {start} … {start + len(bad) - 1}: in {int(bad.any(1).sum())} of "
        f"them, first in point {start + i} at coordinate {j}. Fill in what is missing, or leave those points out: "
        "`X[X.flatten(1).isfinite().all(1)]` of a tensor."
    )


class _Scatter(ABC):
    """The mean of the points so far, and their scatter about it."""

    def __init__(self, like: Tensor):
        self.first, self.count, self.total = 0, 0, 0.0
        self.mean = torch.zeros(like.shape[1], dtype=torch.float64, device=like.device)

    def add(self, points: Tensor) -> None:
        if not torch.isfinite(points).all():
            raise NotFinite(_where(~torch.isfinite(points), self.first + self.count))
        rows = points.detach().to(self.mean)
        mean, n, m = rows.mean(0), self.count, len(rows)
        shift = (mean - self.mean) * (n * m / (n + m)) ** 0.5  # what lies between the two means
        self.mean = self.mean + (mean - self.mean) * (m / (n + m))
        self.count = n + m
        moved = torch.cat([rows - mean, shift[None]])
        self.total += float(moved.square().sum())
        self.gather(moved)

    def state(self) -> dict[str, Tensor]:
        """All there is, by name, on the CPU."""
        numbers = {"count": torch.tensor(self.count), "total": torch.tensor(self.total, dtype=torch.float64)}
        return numbers | {"mean": self.mean.cpu(), "scatter": self.scatter().cpu()}

    def join(self, state: dict[str, Tensor]) -> None:
        """Add the points of which this is the state."""
        n, m = self.count, int(state["count"])
        between = state["mean"] - self.mean
        shift = between * (n * m / (n + m)) ** 0.5
        self.mean, self.count = self.mean + between * (m / (n + m)), n + m
        self.total += float(state["total"]) + float(shift.square().sum())
        self.gather(shift[None])
        self.more(state["scatter"])

    @abstractmethod
    def scatter(self) -> Tensor:
        """The scatter of the points so far, (d, d), or rows (k, d) that have it."""

    @abstractmethod
    def more(self, scatter: Tensor) -> None:
        """Add a scatter in that form."""

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

    def scatter(self) -> Tensor:
        return self.matrix

    def more(self, scatter: Tensor) -> None:
        self.matrix += scatter

    def leading(self, rank: int) -> tuple[Tensor, Tensor]:
        values, vectors = torch.linalg.eigh(self.matrix)
        return values.flip(0)[:rank].clamp_min(0), vectors.T.flip(0)[:rank]


class _Sketch(_Scatter):
    def __init__(self, like: Tensor, keep: int):
        super().__init__(like)
        self.keep, self.rows = keep, [self.mean[None][:0]]

    def scatter(self) -> Tensor:
        return torch.cat(self.rows)

    def more(self, scatter: Tensor) -> None:
        self.gather(scatter)

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
