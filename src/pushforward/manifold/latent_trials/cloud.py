"""The data as all candidates see it: distinct points, without outliers, in few coordinates, with their neighbours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from torch import Tensor

from pushforward.errors import BadInput, NotFinite
from pushforward.points import both_ways, linked, near
from pushforward.rng import permutation

COORDINATES = 60
"""Principal coordinates that networks see at most."""
KEPT = 0.999
"""Share of the variance that they hold; more are not used."""
NEIGHBOURS = 16
FAR_OUT = 4.0
"""A point whose neighbour is this many times as far as is usual is an outlier."""
FINEST = 0.02
"""Spacings below this share of the data's radius count as this: networks trained for seconds are not finer."""
HELD = 0.25
"""Share of the points that is never trained on."""
LINK = 2.0
"""Parts nearer to each other than so many long neighbour distances are one."""
CRUMB = 0.02
"""Parts with a smaller share of the points are no parts."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points y = (x − mean) @ basis.T / scale (n, p) of mean square norm 1, and what their neighbours say.

    `train` and `held` number the points that are trained on and those kept for judging. `graph`: distances to the
    `NEIGHBOURS` nearest, both ways. `part` (n,): which connected part of the graph a point is in, −1 for crumbs;
    `parts` is how many there are. `spacing`: median distance of held points to the nearest of the others, at least
    `FINEST`.
    """

    y: Tensor
    mean: Tensor
    basis: Tensor
    scale: float
    shape: tuple[int, ...]
    train: Tensor
    held: Tensor
    graph: csr_matrix
    part: Tensor
    parts: int
    spacing: float
    given: int
    copies: int
    outliers: int

    def geodesics(self, sources: list[int]) -> Tensor:
        """Lengths of shortest paths along neighbours, infinite between parts.  -> (m n)"""
        return torch.as_tensor(np.atleast_2d(dijkstra(self.graph, directed=False, indices=sources)))


def cloud(X: Any, *, seed: int) -> Cloud:
    """What is known of X before any candidate is tried. Raises `BadInput` and `NotFinite` for what cannot be points."""
    rows, shape = _rows(X)
    once = torch.unique(rows, dim=0)
    once = once[permutation(len(once), seed=seed)]
    if len(once) < 3 * NEIGHBOURS:
        raise BadInput(
            f"`pf.try_latents(X)`: {len(once)} different points among {len(rows)}; at least {3 * NEIGHBOURS} are "
            "needed, thousands are better. Give more points."
        )
    kept = once[_near(once)]
    mean = kept.mean(0)
    basis, scale = _coordinates(kept - mean)
    y = ((kept - mean) @ basis.T / scale).float()
    held, train = torch.arange(len(y)).tensor_split([int(HELD * len(y))])
    graph = _graph(y)
    part, parts = _parts(graph)
    spacing = max(FINEST, float(nearest(y[held], y[train]).median()))
    left_out = len(rows) - len(once), len(once) - len(kept)
    return Cloud(y, mean, basis, scale, shape, train, held, graph, part, parts, spacing, len(rows), *left_out)


def nearest(a: Tensor, b: Tensor, k: int = 1) -> Tensor:
    """Distance of each row of a to the k-th nearest row of b.  (n p), (m p) -> (n)"""
    return near(a, b, k)[0][:, -1]


def _rows(X: Any) -> tuple[Tensor, tuple[int, ...]]:
    """Points as rows in double precision.  (n ...) -> (n d)"""
    if not isinstance(X, Tensor | np.ndarray) or X.ndim < 2 or 0 in X.shape or np.iscomplexobj(X):
        what = f"shape {tuple(X.shape)}" if isinstance(X, Tensor | np.ndarray) else f"type {type(X).__name__}"
        raise BadInput(
            f"`pf.try_latents(X)` with X of {what}: real points as a tensor or array (n, ...) are needed. "
            "Use `torch.stack(list(X))` for a list of points, `X[:, None]` for n numbers."
        )
    rows = torch.as_tensor(X).detach().flatten(1).cpu().double()
    bad = ~rows.isfinite().all(1)
    if bad.any():
        raise NotFinite(
            f"`pf.try_latents(X)`: {int(bad.sum())} of {len(rows)} points have NaN or infinity, the first is number "
            f"{int(bad.nonzero()[0, 0])}. Leave them out: `X[X.flatten(1).isfinite().all(1)]`."
        )
    return rows, tuple(X.shape[1:])


def _near(rows: Tensor) -> Tensor:
    """Which points have neighbours as near as is usual."""
    fifth = nearest(rows, rows, 6)
    return fifth <= FAR_OUT * fifth.median()


def _coordinates(rows: Tensor) -> tuple[Tensor, float]:
    """The leading principal directions (p, d), and the root mean square norm of the points."""
    _, S, V = torch.linalg.svd(rows[:3000], full_matrices=False)
    shares = S.square().cumsum(0) / S.square().sum()
    p = min(COORDINATES, int((shares < KEPT).sum()) + 1)
    return V[:p], float(rows.square().sum(1).mean().sqrt())


def _graph(y: Tensor) -> csr_matrix:
    n, k = len(y), NEIGHBOURS
    length, to = near(y, y, k + 1)
    length, to = length[:, 1:].flatten().double().numpy(), to[:, 1:].flatten().numpy()
    return linked(y, both_ways(length, np.arange(n).repeat(k), to, n), LINK * float(np.quantile(length, 0.99)))


def _parts(graph: csr_matrix) -> tuple[Tensor, int]:
    """Connected parts, those of few points as −1."""
    _, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= CRUMB * len(labels))
    number = np.full(len(sizes), -1)
    number[large] = np.arange(len(large))
    return torch.as_tensor(number[labels]), len(large)
