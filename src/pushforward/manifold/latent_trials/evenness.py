"""Where points are dense and where they are sparse, and weights under which they lie evenly."""

from dataclasses import replace

import torch
from torch import Tensor

from pushforward.manifold.latent_trials.trial_data import NEIGHBOURS, TrialData, quantile
from pushforward.points import nearest

# Points are counted within paths so many neighbour distances long: beyond the noise, and some dozens in any dimension.
REACH = 4.0
# Densities count as even up to this ratio of their 98 % to their 2 % quantile: edges and chance reach 3.3 in the twelve
# known spaces from 300 points on, a density of 1 : 10 mostly 6 and more.
UNEVEN, ENDS = 4.0, 0.02
# Points whose paths are looked for at once.
TOGETHER = 500


def evened(data: TrialData, dim: int) -> TrialData:
    r"""The data with weights and scales of its places, if their density varies; or else as they are.

    The density at a point is the number N of points within paths of length r, over $r^d$, where r is in neighbour
    distances of its place. Weights are one over the density, between its outer quantiles: points drawn by them lie
    evenly. Scales are neighbour distances over those that as many points would have if they lay evenly, at least 1.
    """
    length, to = nearest(data.y, data.y, NEIGHBOURS + 1)
    local = length[:, 1:].mean(1)
    local = local[to].median(1).values.double()  # (n)
    density = _within(data, REACH * local) / (REACH * local) ** dim
    low, high = density.quantile(torch.tensor([ENDS, 1 - ENDS], dtype=torch.float64))
    if high <= UNEVEN * low:
        return data
    weight = 1 / density.clamp(low, high)
    weight = weight / weight.mean()
    even = float((local**dim).mean() ** (1 / dim))
    scale = _steady((local / even).clamp_min(1), length.double() / even, to)
    apart = nearest(data.y[data.validation], data.y[data.train]).distances[:, 0]
    spacing = max(data.spacing, float(quantile(apart, 0.5, weight[data.validation])))
    closest = float((length[:, 1].double() / local).median()) * even
    return replace(
        data, weight=weight, scale=scale, spacing=spacing, edge=data.edge * even / float(local.mean()), closest=closest
    )


def _within(data: TrialData, radius: Tensor) -> Tensor:
    """How many points are within paths of these lengths, the point itself included.  (n) -> (n)"""
    counts = []
    for part in torch.arange(len(radius)).split(TOGETHER):
        paths = data.geodesics(part.tolist(), longest=float(radius[part].max()))
        counts.append((paths <= radius[part, None]).sum(1))
    return torch.cat(counts).double()


def _steady(scale: Tensor, length: Tensor, to: Tensor) -> Tensor:
    """Scales raised so that they fall off at most by half of the way: a sparse place begins before its first point."""
    return torch.maximum(scale, (scale[to] - length / 2).amax(1))
