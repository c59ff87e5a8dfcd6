"""Gaussian inputs: x(w) = x + L w with w ~ N(0, I), so x has covariance Σ = L Lᵀ."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.inputs.covariance import SHARD, Principal, principal, shared_principal
from pushforward.linear import Chart
from pushforward.points import Batch, Stock, stock, stream
from pushforward.shards import Folder, Shards, sharing, surveyed

# Numbers that one input may have at most
LARGEST = 2**40


class Gaussian(ABC):
    r"""Inputs near x are $x + L w$ with $w \sim N(0, I)$, so their covariance is $\Sigma = L L^\top$.

    Make one with `Gaussian.isotropic`, `Gaussian.fit` or `Gaussian.local`.

    >>> inputs = Gaussian.isotropic((3,), sigma=0.5)
    >>> inputs.chart(torch.zeros(3)).rank
    3
    """

    @abstractmethod
    def chart(self, x: object) -> "LinearChart":
        """The chart w ↦ x + L w at one input x (without batch axis)."""

    @staticmethod
    @checked
    def isotropic(shape: object, sigma: float = 1.0) -> "Isotropic":
        r"""$\Sigma = \sigma^2 I$: every coordinate moves alike, r = d.

        `shape` is the shape of one input, or an example input: a tensor, or a tuple or dict of tensors.
        On images this calls units with disjoint receptive fields unrelated for a trivial reason: prefer `fit`.
        """
        if not sigma > 0:
            raise BadInput(f"`Gaussian.isotropic(sigma={sigma})`: a positive standard deviation is needed.")
        if isinstance(shape, int | Sequence) and not isinstance(shape, bool | str | bytes) and _are_whole(shape):
            shape = torch.zeros(()).expand(_sizes((shape,) if isinstance(shape, int) else tuple(shape)))
        if not structure.moving(shape):
            raise BadInput(
                f"`Gaussian.isotropic({structure.describe(shape)})`: the example has no floating-point part to move; "
                "give a shape, or an example with one (`x.float()`, or `net.embed(ids)` for tokens)."
            )
        return Isotropic(shape, sigma)

    @staticmethod
    @surveyed
    @steady
    @checked
    def fit(X: object, rank: int = 64, *, shards: Folder | Shards | None = None) -> "LowRank":  # noqa: ARG004
        r"""The leading `rank` principal directions of data X, $\Sigma \approx L L^\top$, in one pass.

        X is data in any form: a tensor or array (n, ...), a tuple or dict of them for networks with several inputs, a
        list of points, a table, a Dataset, a DataLoader or another iterable of batches, or a path; see
        `pushforward.points.read`. What is not in memory is never loaded as a whole. With `shards=`, a folder, the ranks
        of a process group (`torchrun`) share the points, and what is done is kept there: to the bit the same by any
        number of them, to rounding as by one without shards.
        Raises `BadInput` for fewer than two points or data that never varies, `NotFinite` for NaN.
        """
        if rank < 1:
            raise BadInput(f"`Gaussian.fit(rank={rank})`: at least one direction is needed.")
        like: list[Batch] = []
        if sharing():  # `surveyed` has taken `shards`
            return _shared(stock(X, "`Gaussian.fit(X)`"), rank)
        return LowRank(principal(_rows(X, like), rank), like[0])

    @staticmethod
    @steady
    @checked
    def local(X: object, neighbours: int = 256, rank: int = 32) -> "Local":
        """The covariance of the `neighbours` points of X nearest to x, another one at every x.

        X (n, ...) in any form that `fit` takes must fit in memory. Raises `BadInput` for fewer points than neighbours.
        """
        if rank < 1:
            raise BadInput(f"`Gaussian.local(rank={rank})`: at least one direction is needed.")
        like: list[Batch] = []
        rows = torch.cat(list(_rows(X, like)))
        if not 2 <= neighbours <= len(rows):
            raise BadInput(
                f"`Gaussian.local(neighbours={neighbours})`: X has {len(rows)} points; choose 2 … {len(rows)}."
            )
        return Local(rows if rows.itemsize > 2 else rows.float(), like[0], neighbours, rank)  # no `cdist` of halves

    @staticmethod
    @checked
    def per_position(shape: object, rows: Tensor, rank: int = 16) -> "PerPosition":
        r"""Every position moves alike along the `rank` principal directions of `rows` (v, d), such as a vocabulary.

        $\Sigma = I_l \otimes L L^\top$, r = l · rank. `shape` is the shape of one input (l, d), or an example input,
        whose one moving part is such: tokens from their embeddings on. Raises `BadInput` for other shapes.
        """
        if rank < 1:
            raise BadInput(f"`Gaussian.per_position(rank={rank})`: at least one direction is needed.")
        like = torch.zeros(()).expand(_sizes(shape)) if isinstance(shape, tuple) and _are_whole(shape) else shape
        moving = list(structure.moving(like).values())
        if (
            len(moving) != 1
            or moving[0].ndim != 2
            or rows.ndim != 2
            or len(rows) < 2
            or rows.shape[1] != moving[0].shape[1]
        ):
            raise BadInput(
                f"`Gaussian.per_position({structure.describe(like)}, rows)`: one input with one moving part (l, d) and "
                f"rows (v, d) are needed; rows are {tuple(rows.shape)}."
            )
        return PerPosition(principal([rows], rank), like)


Coordinates = Callable[[Tensor], Tensor]
"""Of a flat input (d,), the w with x = μ + L w (r,)."""


class LinearChart(Chart):
    """w ↦ x + L w, where `columns(start, stop)` gives that part of L as rows (stop − start, d).

    `coordinates` are those of an input relative to the mean, if any; `apply` is w ↦ L w without L, (n r) -> (n d).

    >>> import torch
    >>> import pushforward as pf
    >>> chart = pf.Gaussian.isotropic((2,), sigma=0.5).chart(torch.ones(2))
    >>> chart(torch.tensor([[0.0, 2.0]])), chart.rank
    (tensor([[1., 2.]]), 2)
    """

    def __init__(
        self,
        point: object,
        rank: int,
        columns: Callable[[int, int], Tensor],
        coordinates: Coordinates | None = None,
        apply: Callable[[Tensor], Tensor] | None = None,
    ):
        if any(t.itemsize < 2 for t in structure.moving(point).values()):
            raise BadInput("numbers of 8 bits are only stored, and not computed with. Give `x.float()`.")
        self.point, self.rank, self.columns, self.coordinates = point, rank, columns, coordinates
        self.apply = apply or (lambda w: w @ columns(0, rank).to(w))

    def __call__(self, w: Tensor) -> object:
        """The inputs x + L w.  (n r) -> a batch of n inputs"""
        return structure.unflat(structure.flat(self.point) + self.apply(w), self.point)

    def tangents(self, start: int, stop: int) -> Tensor:
        """Columns start … stop of L, as rows.  -> (stop − start, d)"""
        return self.columns(start, stop)

    def at(self, w: Tensor) -> "LinearChart":
        """The chart v ↦ x + L w + L v, with the same L.  (r)"""
        return LinearChart(structure.item(self(w[None]), 0), self.rank, self.columns, self.coordinates, self.apply)

    def centred(self) -> Tensor | None:
        """The w with x = μ + L w, in the r directions; None for isotropic inputs, which have no μ."""
        return None if self.coordinates is None else self.coordinates(structure.flat(self.point))

    def log_density(self) -> float | None:
        """Minus half the squared Mahalanobis distance from the mean, the log density up to a constant; or None."""
        w = self.centred()
        return None if w is None else -float(w.square().sum()) / 2


class Isotropic(Gaussian):
    """See `Gaussian.isotropic`."""

    def __init__(self, like: object, sigma: float):
        self.like, self.sigma = like, sigma
        self.rank = structure.flat(like).numel()

    def chart(self, x: object) -> LinearChart:
        """The chart w ↦ x + σ w."""
        x = _one(x, self.like)

        def columns(start: int, stop: int) -> Tensor:
            rows = structure.flat(x).new_zeros(stop - start, self.rank)
            rows[torch.arange(stop - start), torch.arange(start, stop)] = self.sigma
            return rows

        return LinearChart(x, self.rank, columns, apply=lambda w: self.sigma * w)

    def __repr__(self) -> str:
        return f"Gaussian.isotropic({structure.describe(self.like)}, sigma={self.sigma:g})"


class LowRank(Gaussian):
    """See `Gaussian.fit`. `mean` (d,), `L` (d, r); `explained` is the share of variance that L explains."""

    def __init__(self, fitted: Principal, like: object):
        self.mean, self.L, self.explained, self.count = fitted.mean, fitted.L, fitted.explained, fitted.count
        self.like, self.rank = like, self.L.shape[1]

    def chart(self, x: object) -> LinearChart:
        """The chart w ↦ x + L w."""
        x = _one(x, self.like)
        rows = self.L.T.to(structure.flat(x))
        return LinearChart(x, self.rank, lambda start, stop: rows[start:stop], from_mean(self.mean, rows))

    def __repr__(self) -> str:
        return (
            f"Gaussian.fit({self.count} points of {structure.describe(self.like)}, rank={self.rank}, "
            f"{self.explained:.1%} of the variance)"
        )


class PerPosition(Gaussian):
    """See `Gaussian.per_position`. `L` (d, k); `explained` is the share of the rows' variance that L explains."""

    def __init__(self, fitted: Principal, like: object):
        self.L, self.explained, self.like = fitted.L, fitted.explained, like
        self.positions = len(next(iter(structure.moving(like).values())))
        self.rank = self.positions * self.L.shape[1]

    def chart(self, x: object) -> LinearChart:
        """The chart w ↦ x + (I ⊗ L) w."""
        x = _one(x, self.like)
        L = self.L.T.to(structure.flat(x))  # (k d)

        def columns(start: int, stop: int) -> Tensor:
            rows = L.new_zeros(stop - start, self.positions, L.shape[1])
            number = torch.arange(start, stop)
            rows[torch.arange(stop - start), number // len(L)] = L[number % len(L)]
            return rows.flatten(1)

        return LinearChart(x, self.rank, columns, apply=lambda w: (w.unflatten(1, (-1, len(L))) @ L.to(w)).flatten(1))

    def __repr__(self) -> str:
        return (
            f"Gaussian.per_position({structure.describe(self.like)}, {self.L.shape[1]} directions a position, "
            f"{self.explained:.1%} of the variance)"
        )


class Local(Gaussian):
    """See `Gaussian.local`."""

    def __init__(self, rows: Tensor, like: object, neighbours: int, rank: int):
        self.rows, self.like, self.neighbours, self.rank = rows, like, neighbours, rank

    def chart(self, x: object) -> LinearChart:
        """The chart w ↦ x + L(x) w, with L from the nearest points."""
        x = _one(x, self.like)
        here = structure.flat(x)
        fit = principal([self.rows[self._distances(here).topk(self.neighbours, largest=False).indices]], self.rank)
        L = fit.L.T.to(here)
        return LinearChart(x, len(L), lambda start, stop: L[start:stop], from_mean(fit.mean, L))

    def _distances(self, x: Tensor) -> Tensor:
        exact = "donot_use_mm_for_euclid_dist"  # products lose the distances where the mean is large
        return torch.cdist(x[None].to(self.rows), self.rows, compute_mode=exact)[0]

    def __repr__(self) -> str:
        return f"Gaussian.local({self.neighbours} of {len(self.rows)} points, rank={self.rank})"


def from_mean(mean: Tensor, rows: Tensor) -> Coordinates:
    """The map x ↦ L⁺ (x − μ) for an L with orthogonal columns; what lies outside them does not count.  (d), Lᵀ (r d)"""
    if rows.itemsize < 2:
        raise BadInput("numbers of 8 bits are only stored, and not computed with. Give `x.float()`.")
    squares = rows.square().sum(1)
    return lambda x: rows.to(x) @ (x - mean.to(x)) / squares.to(x)


def _are_whole(shape: int | Sequence[object]) -> bool:
    return isinstance(shape, int) or all(isinstance(n, int) for n in shape)


def _sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of an input. Raises `BadInput` where there are no such, or none that fit any memory."""
    if min(shape, default=1) < 1 or math.prod(shape) > LARGEST:
        raise BadInput(
            f"`Gaussian`: an input of shape {shape} was asked for; sizes of at least 1, and at most 2^40 numbers in "
            "all, are needed."
        )
    return shape


def _rows(X: object, like: list[Batch]) -> Iterator[Tensor]:
    """Batches as rows (n, d); the first point is left in `like`."""
    for part in stream(X, "`Gaussian`"):
        moving = structure.moving(part)
        if not moving:
            raise BadInput(f"data {structure.describe(part)} has no floating-point part; use `X.float()`.")
        if not like:
            like.append(structure.item(part, 0))
        yield torch.cat([t.reshape(len(t), -1) for t in moving.values()], 1)
    if not like:
        raise BadInput("the data is empty: a covariance needs at least two points.")


def _shared(X: Stock, rank: int) -> LowRank:
    """See `Gaussian.fit`."""
    rows = lambda numbers: _rows((X.take(some) for some in torch.tensor(numbers).split(SHARD)), [])  # noqa: E731
    return LowRank(shared_principal(rows, X.count, rank), X.item(0))


def _one(x: object, like: object) -> object:
    """One input of the shape of `like`, detached and cloned; a batch of one is accepted."""
    x = structure.rebuild(x, lambda _, t: t.detach())
    if _shapes(x) != _shapes(like) and all(t.ndim and len(t) == 1 for t in structure.leaves(x).values()):
        x = structure.item(x, 0)
    if _shapes(x) != _shapes(like):
        raise BadInput(
            f"x is {structure.describe(x)}; these inputs are {structure.describe(like)} "
            "(one input, without batch axis: `X[0]`; the floating-point parts must be the same)."
        )
    return structure.rebuild(x, lambda _, t: t.clone())


def _shapes(x: object) -> dict[str, tuple[bool, tuple[int, ...]]]:
    return {name: (t.is_floating_point(), tuple(t.shape)) for name, t in structure.leaves(x).items()}
