"""The data as all candidates see it: points in few coordinates, with their neighbours, a part of them held out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.points import Cloud, cloud, nearest, neighbour_graph, parts

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Share of the variance in the coordinates that networks see; more are not used.
SHARE = 0.999
# Neighbours in the graph, and how many of their long distances apart parts must be to be two.
NEIGHBOURS, LINK = 16, 2.0
# A point whose neighbour is this many times as far as is usual is an outlier.
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
    `NEIGHBOURS` nearest, both ways. `part` (n,): which connected part of the graph a point is in, −1 for crumbs;
    `parts` is how many there are.
    """

    cloud: Cloud
    train: Tensor
    validation: Tensor
    graph: "csr_matrix"
    part: Tensor
    parts: int
    spacing: float

    @property
    def y(self) -> Tensor:
        """The points (n, p)."""
        return self.cloud.y

    def geodesics(self, sources: list[int]) -> Tensor:
        """Lengths of shortest paths along neighbours, infinite between parts.  -> (m n)"""
        from scipy.sparse.csgraph import dijkstra

        return torch.as_tensor(np.atleast_2d(dijkstra(self.graph, directed=False, indices=sources)))


def trial_data(X: object, *, seed: int) -> TrialData:
    """What is known of X before any candidate is tried. Raises `BadInput` and `NotFinite` for what cannot be points."""
    points = cloud(X, "`pf.try_latents(X)`", least=3 * NEIGHBOURS, far_out=FAR_OUT, share=SHARE, order=seed)
    y = points.y
    validation, train = torch.arange(len(y)).tensor_split([int(VALIDATION * len(y))])
    graph = neighbour_graph(y, neighbours=NEIGHBOURS, link=LINK, spaces=float("inf"))
    large, part = parts(graph), torch.full((len(y),), -1)
    for number, which in enumerate(large):
        part[torch.from_numpy(which)] = number
    spacing = max(FINEST, float(nearest(y[validation], y[train]).distances.median()))
    return TrialData(points, train, validation, graph, part, len(large), spacing)
