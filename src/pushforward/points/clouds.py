"""Points as they are worked with: each once, without outliers, in few coordinates."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.points.reader import read, real_points, rows
from pushforward.rng import Seed, permutation, sample

# Principal coordinates that are kept at most.
COORDINATES = 60
# Points from which principal directions are taken: their order must be random, or they say what a part is like. With
# 3,000 of 4,000 points one of twelve known spaces was undetermined that all points named.
FEW = 10_000
# Rows and columns from which on a singular value decomposition of all takes minutes.
BOTH = 500


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points y = (x − mean) @ basis.T / scale (n, p), of mean square norm 1, from data of one `shape`.

    `counts` (n,): how often each was given; `given` points in all, of which `outliers` different ones were left out,
    and `copies` that occur again.
    """

    y: Tensor
    mean: Tensor
    basis: Tensor
    scale: float
    shape: tuple[int, ...]
    counts: Tensor
    given: int
    copies: int
    outliers: int


def cloud(
    X: object,
    what: str,
    *,
    least: int = 1,
    left_out: Callable[[Tensor], Tensor] | None = None,
    share: float | None = None,
    order: Seed | None = None,
) -> Cloud:
    """Distinct points of X (n, ...), in any form that `read` takes.

    They come sorted, or in a random order that the seed `order` and the points alone say. `left_out` says which of the
    points as rows are outliers (n); without it none is. `share` of the variance is kept in the coordinates, at most.

    Raises `BadInput` for what cannot be points and for fewer than `least` different ones, `NotFinite` for NaN.
    """
    points = real_points(read(X, what), what)
    every = rows(points, what)
    once, counts = torch.unique(every, dim=0, return_counts=True)
    if len(once) < least:
        raise BadInput(
            f"{what}: {len(once)} different points among {len(every)}; at least {least} are needed, thousands are "
            "better. Give more points."
        )
    if order is not None:
        mixed = permutation(len(once), seed=order)
        once, counts = once[mixed], counts[mixed]
    near = torch.ones(len(once), dtype=torch.bool) if left_out is None else ~left_out(once)
    left = once[near]
    mean = left.mean(0)
    basis, scale = coordinates(left - mean, share=share, mixed=order is not None)
    y = ((left - mean) @ basis.T / scale).float()
    copies, outliers = len(every) - len(once), int((~near).sum())
    return Cloud(y, mean, basis, scale, tuple(points.shape[1:]), counts[near], len(every), copies, outliers)


def coordinates(centred: Tensor, *, share: float | None = None, mixed: bool = False) -> tuple[Tensor, float]:
    """The leading principal directions (p, d), and the root mean square norm of the points (1 for a single point).

    Directions are those of some of the points, drawn at random unless these are `mixed` already: the first of sorted
    ones would leave out what only the last do. With a `share` of the variance there are no more than hold it.
    """
    few = centred[:FEW] if mixed else centred[sample(len(centred), FEW, seed=0)]
    S, V = _leading(few)
    count = COORDINATES
    if share is not None:
        shares = S.square().cumsum(0) / S.square().sum()
        count = min(COORDINATES, int((shares < share).sum()) + 1)
    scale = float(centred.square().sum(1).mean().sqrt())
    return V[:count], scale if scale > 0 else 1.0


def _leading(few: Tensor) -> tuple[Tensor, Tensor]:
    """Singular values and right singular vectors; of data that are long and wide the leading ones, from products."""
    if min(few.shape) <= BOTH or few.shape[1] <= len(few):
        _, S, V = torch.linalg.svd(few, full_matrices=False)
        return S, V
    values, U = torch.linalg.eigh(few.double() @ few.double().T)
    S, U = values.flip(0).clamp_min(0).sqrt()[:COORDINATES], U.flip(1)[:, :COORDINATES]
    return S.to(few), torch.linalg.qr(few.double().T @ U).Q.T.to(few)
