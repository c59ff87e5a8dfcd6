"""Points as they are worked with: each once, without outliers, in few coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite
from pushforward.points.links import near

ASKED = "topology"
COORDINATES = 60
"""Principal coordinates that are kept at most."""
NEIGHBOUR = 5
FAR_OUT = 3.0
"""A point whose fifth neighbour is so many times as far as is usual is an outlier."""
CLOSE = 1e-9
"""Points nearer than this, relative to the spread, are one."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points y = (x − mean) @ basis.T / scale (n, p), of mean square norm 1, from data of one `shape`.

    `counts` (n,): how often each was given; `given` points in all, of which `outliers` were left out.
    """

    y: Tensor
    mean: Tensor
    basis: Tensor
    scale: float
    shape: tuple[int, ...]
    counts: Tensor
    given: int
    outliers: int


def cloud(X: Any, *, asked: str = ASKED) -> Cloud:
    """Distinct points of X (n, ...), those without neighbours left out. Raises `BadInput`, `NotFinite`."""
    given = rows(X, asked=asked)
    once, counts = torch.unique(given, dim=0, return_counts=True)
    near = _near(once)
    kept = once[near]
    mean = kept.mean(0)
    basis, scale = coordinates(kept - mean)
    y = ((kept - mean) @ basis.T / scale).float()
    return Cloud(y, mean, basis, scale, tuple(X.shape[1:]), counts[near], len(given), int((~near).sum()))


def rows(X: Any, *, asked: str = ASKED) -> Tensor:
    """Points as rows in double precision.  (n ...) -> (n d)"""
    points = isinstance(X, Tensor | np.ndarray) and X.ndim >= 2 and 0 not in X.shape
    if not points or np.iscomplexobj(X):
        what = f"X of shape {tuple(X.shape)}" if isinstance(X, Tensor | np.ndarray) else type(X).__name__
        raise BadInput(
            f"`pf.{asked}({what})`: real points as a tensor or array (n, ...) are needed"
            f"{' or a generator' if asked == ASKED else ''}. "
            "Use `torch.stack(list(X))` for a list of points, `X[:, None]` for n numbers."
        )
    held = torch.as_tensor(X).detach().flatten(1).cpu().double()
    bad = ~held.isfinite().all(1)
    if bad.any():
        raise NotFinite(
            f"`pf.{asked}(X)`: {int(bad.sum())} of {len(held)} points have NaN or infinity, the first is number "
            f"{int(bad.nonzero()[0, 0])}. Leave them out: `X[X.flatten(1).isfinite().all(1)]`."
        )
    return held


def coordinates(centred: Tensor) -> tuple[Tensor, float]:
    """The leading principal directions (p, d), and the root mean square norm of the points (1 for a single point)."""
    _, _, V = torch.linalg.svd(centred[:3000], full_matrices=False)
    scale = float(centred.square().sum(1).mean().sqrt())
    return V[:COORDINATES], scale if scale > 0 else 1.0


def _near(once: Tensor) -> Tensor:
    """Which points have neighbours about as near as is usual."""
    if len(once) <= NEIGHBOUR + 1:
        return torch.ones(len(once), dtype=torch.bool)
    fifth = near(once, once, NEIGHBOUR + 1)[0][:, -1]
    return fifth <= FAR_OUT * fifth.median()
