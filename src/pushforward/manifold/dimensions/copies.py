"""Points that occur again up to rounding: they say nothing about dimension and are neighbours at no distance."""

import math

import numpy as np
import torch
from torch import Tensor

from pushforward.points import nearest_others

AGAIN = 8  # a point occurs so many times more at most; more than that are a dense part of the data
# Without copies one point in this many has a neighbour so much nearer than the next one; copies are looked for where
# there are five times as many.
RARE, SEEN = 500, 0.01
LEAST = 8.0  # ratio of distances that is no chance in many dimensions


def jumps(distances: Tensor) -> tuple[Tensor, Tensor]:
    r"""Which points have neighbours much nearer than their next ones, and how many.  (m k) -> (m), (m)

    In d dimensions $r_{k+1}/r_k$ exceeds R with probability $R^{-kd}$. R follows from a low estimate of d, so that a
    curve beside a ball is not taken for copies.
    """
    r = distances[:, : AGAIN + 2]
    if r.shape[1] < AGAIN + 2:
        return torch.zeros(len(r), dtype=torch.bool), torch.zeros(len(r), dtype=torch.long)
    growth = float((r[:, AGAIN + 1] / r[:, AGAIN // 2]).log().quantile(0.9))
    dim = max(1.0, math.log((AGAIN + 2) / (AGAIN // 2 + 1)) / max(growth, 1e-6))
    widest, at = (r[:, 1:-1] / r[:, :-2]).max(1)
    return widest > max(LEAST, RARE ** (1 / dim)), at + 1


def has_copies(distances: Tensor) -> bool:
    """Whether more points than by chance have neighbours at nearly no distance."""
    return float(jumps(distances)[0].double().mean()) > SEEN


def without_copies(X: Tensor) -> Tensor:
    """Indices of points of X (n, d), centred and in double precision: one of each group of near copies, sorted."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(X)
    near = nearest_others(X, torch.arange(n), AGAIN + 2)
    again, count = jumps(near.distances)
    if not again.any():
        return torch.arange(n)
    rows = torch.arange(n)
    reach = 2 * near.distances[rows, count - 1][again].quantile(0.9)  # for copies whose own jump is not clear
    close = (rows.new_tensor(range(AGAIN + 2)) < torch.where(again, count, 0)[:, None]) | (near.distances <= reach)
    a, k = close.nonzero(as_tuple=True)
    b = near.indices[a, k]
    links = coo_matrix((np.ones(len(a)), (a.numpy(), b.numpy())), shape=(n, n))
    _, first = np.unique(connected_components(links, directed=False)[1], return_index=True)
    return torch.from_numpy(np.sort(first))
