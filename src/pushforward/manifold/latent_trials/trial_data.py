"""The data as all candidates see it: points in few coordinates, with their neighbours, a part of them held out."""

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.points import Cloud, cloud, lonely, nearest, neighbour_graph, parts, strays
from pushforward.rng import integers, uniform

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Share of the variance in the coordinates that networks see; more are not used.
SHARE = 0.999
# Neighbours in the graph, and how many of their long distances apart parts must be to be two.
NEIGHBOURS, LINK = 16, 2.0
# A point whose fifth neighbour is this many times as far as is usual may be an outlier.
FAR_OUT = 4.0
# Spacings below this share of the data's radius count as this: networks trained for seconds are not finer.
FINEST = 0.02
# Share of the points that is never trained on.
VALIDATION = 0.25


@dataclass(frozen=True, eq=False)
class TrialData:
    """Points of a cloud, in an order that is random, and what their neighbours say.

    `train` and `validation` number the points that are trained on and those on which generators are read; `spacing` is
    the median distance of the latter to the nearest of the former, at least `FINEST`. `graph`: distances to the
    `NEIGHBOURS` nearest, both ways, `edge` the usual one. `part` (n,): which connected part of the graph a point is in,
    −1 for crumbs; `parts` is how many there are.

    Where density is even, `weight` and `scale` are None. Otherwise points drawn by `weight` (n,) lie evenly, distances
    are compared in units of the `scale` (n,) of their place, and none below `closest` says anything.
    """

    cloud: Cloud
    train: Tensor
    validation: Tensor
    graph: "csr_matrix"
    part: Tensor
    parts: int
    spacing: float
    edge: float
    weight: Tensor | None = None
    scale: Tensor | None = None
    closest: float = 0.0

    @property
    def y(self) -> Tensor:
        """The points (n, p)."""
        return self.cloud.y

    def batch(self, count: int, *, seed: torch.Generator) -> Tensor:
        """The numbers of some points to train on, drawn by their weights.  -> (count)"""
        if self.weight is None:
            return self.train[integers(len(self.train), (count,), seed=seed)]
        share = self.weight[self.train].cumsum(0)
        return self.train[torch.searchsorted(share, share[-1] * uniform((count,), seed=seed, dtype=share.dtype))]

    def geodesics(self, sources: list[int], *, longest: float = math.inf) -> Tensor:
        """Lengths of shortest paths along neighbours, infinite between parts and beyond `longest`.  -> (m n)"""
        from scipy.sparse.csgraph import dijkstra

        return torch.as_tensor(np.atleast_2d(dijkstra(self.graph, directed=False, indices=sources, limit=longest)))


def trial_data(X: object, *, seed: int, dim: int | None = None) -> TrialData:
    """What is known of X before any candidate is tried. Raises `BadInput` and `NotFinite` for what cannot be points.

    Points far from all others are left out; if the dimension is known, only those that do not continue their
    surroundings in so many dimensions, which may be a sparse part of the space.
    """
    left_out = partial(lonely, far_out=FAR_OUT) if dim is None else partial(strays, dim=dim, far_out=FAR_OUT)
    points = cloud(X, "`pf.try_latents(X)`", least=3 * NEIGHBOURS, left_out=left_out, share=SHARE, order=seed)
    y = points.y
    validation, train = torch.arange(len(y)).tensor_split([int(VALIDATION * len(y))])
    graph = neighbour_graph(y, neighbours=NEIGHBOURS, link=LINK, spaces=float("inf"))
    large, part = parts(graph), torch.full((len(y),), -1)
    for number, which in enumerate(large):
        part[torch.from_numpy(which)] = number
    spacing = max(FINEST, float(nearest(y[validation], y[train]).distances.median()))
    return TrialData(points, train, validation, graph, part, len(large), spacing, float(graph.data.mean()))


def quantile(values: Tensor, q: float, weight: Tensor | None) -> Tensor:
    """The q-quantile of values, weighted if weights are given.  (... n) -> (...)"""
    if weight is None:
        return values.quantile(q, -1)
    values, order = values.sort(-1)
    share = weight.gather(-1, order).cumsum(-1)
    at = torch.searchsorted(share, q * share[..., -1:]).clamp_max(values.shape[-1] - 1)
    return values.gather(-1, at)[..., 0]
