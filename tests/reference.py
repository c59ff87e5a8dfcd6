"""Dense, slow and plainly right twins of what the library computes lazily."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

import pushforward as pf
from pushforward import structure


def double(x: Any) -> Any:
    """An input with its floating-point parts in double precision."""
    return structure.rebuild(x, lambda _, t: t.double() if t.is_floating_point() else t)


def differences(f: Any, x: Any, tangents: Tensor, h: float = 1e-6) -> Tensor:
    """J V of a batched function by central differences.  x (one input), tangents (r, d) -> (a, r)"""
    columns = []
    for v in tangents:
        ahead, behind = (f(structure.batch(structure.unflat(structure.flat(x) + s * h * v, x)))[0] for s in (1, -1))
        columns.append((ahead - behind) / (2 * h))
    return torch.stack(columns, 1)


def factor(model: torch.nn.Module, x: Any, tangents: Tensor, **options: Any) -> Tensor:
    """The factor F of a push, by differences of a double-precision copy of the model."""
    net = pf.Neurons(copy.deepcopy(model).double(), **options)
    with torch.no_grad():
        return differences(net, double(x), tangents.double())


def covariance(X: Tensor | np.ndarray) -> np.ndarray:
    """The covariance of the rows of X, in double precision."""
    rows = np.asarray(X, dtype=np.float64).reshape(len(X), -1)
    return np.cov(rows, rowvar=False).reshape(rows.shape[1], rows.shape[1])


def local_covariance(X: Tensor, x: Tensor, neighbours: int) -> np.ndarray:
    """The covariance of the rows of X nearest to x."""
    distances = ((X - x).flatten(1) ** 2).sum(1)
    return covariance(X[distances.argsort()[:neighbours]])
