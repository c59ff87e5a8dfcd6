"""What surrounds a point: all directions, half of them, or several arms."""

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from pushforward.manifold.topology.graph import Landmarks
from pushforward.manifold.topology.sheet import Sheet

BALL = 1.0
"""Radius of the surroundings, in radii of the cover."""
ONE_SIDED = 0.45
"""The mean of unit directions is shorter inside, and 0.64 on the edge of a surface, 1 at an end of a curve."""
FEW, SOME = 0.03, 0.1
"""Shares of one-sided landmarks up to which there is no boundary, and from which there is one."""
INNER, OUTER, REACHED = 1.0, 2.0, 1.5
"""Arms are counted between these radii; what does not get as far as the third is none."""


def one_sided(sheet: Sheet, found: Landmarks) -> Tensor:
    r"""The length of the mean direction $|\text{mean}\,F_i^\top(y - y_i)/|\cdot||$ around each landmark.  -> (m)"""
    lengths = []
    for i, row in zip(found.which, found.apart, strict=True):
        around = torch.as_tensor((row <= BALL * found.radius) & (row > 0))
        way = (sheet.y[around] - sheet.y[i]) @ sheet.frames[i]
        lengths.append((way / way.norm(dim=1, keepdim=True).clamp_min(1e-12)).mean(0).norm())
    return torch.nan_to_num(torch.stack(lengths), nan=1.0)


def has_boundary(sheet: Sheet, found: Landmarks) -> bool | None:
    """Whether landmarks lie on an edge; None where too many do for chance and too few for an edge."""
    share = float((one_sided(sheet, found) > ONE_SIDED).double().mean())
    return None if FEW < share < SOME else share >= SOME


def arms(sheet: Sheet, found: Landmarks) -> list[int]:
    """How many arms leave the surroundings of each landmark of a curve: 1 at an end, 2 inside, more at a crossing."""
    counts = []
    for row in found.apart:
        ring = np.flatnonzero((row > INNER * found.radius) & (row <= OUTER * found.radius))
        _, labels = connected_components(sheet.graph[ring][:, ring], directed=False)
        far = row[ring] >= REACHED * found.radius
        counts.append(len(np.unique(labels[far])))
    return counts
