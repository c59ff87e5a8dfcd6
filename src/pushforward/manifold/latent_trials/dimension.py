"""The dimension of the data at the scale of the manifold: how fast balls of paths grow, above the noise."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.dimensions import dimension
from pushforward.manifold.latent_trials.trial_data import TrialData
from pushforward.rng import generator, sample

CENTRES = 200
# Radii of balls, in mean distances of neighbours.
SCALES = (2.5, 3.0, 3.5, 4.0, 5.0)
# Balls of a larger share of the diameter say more of its shape than of its dimension; the first radius is kept.
LARGEST = 0.2
# Share of the centres that must have another dimension for the data to be of mixed dimension.
MIXED = 0.15
# How far dimensions at the centres must be apart for that.
APART = 0.7
# Added to the largest growth at a place: balls that reach over an edge or across a thin strip grow too slowly.
DOUBT = 0.55
# Above this dimension a few thousand points are too few for growth alone, and `pf.dimension` is asked too.
SURE = 2


class Growth(NamedTuple):
    """Dimensions between `low` and `high`, nearest whole numbers at several scales; whether they differ by place.

    `diameter` is the length of the longest shortest path seen.
    """

    low: int
    high: int
    mixed: bool
    diameter: float

    def __str__(self) -> str:
        return f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"


def growth(data: TrialData, *, seed: int) -> Growth:
    """What the growth of balls says of the dimension; above `SURE` `pf.dimension` is asked, too."""
    slopes, diameter = _grown(data, seed=seed)
    whole = [max(1, round(float(slope))) for slope in slopes.nanmedian(1).values]
    at = slopes.nanmedian(0).values
    high = max(*whole, int(float(at.nanquantile(0.95)) + DOUBT))
    if min(whole) > SURE:
        high = max(high, dimension(data.y, seed=seed, points=2000).estimate)
    return Growth(min(whole), high, _mixed(at), diameter)


def usual_dimension(data: TrialData, *, seed: int) -> int:
    """The whole number that is nearest to the growth at most places."""
    return max(1, round(float(_grown(data, seed=seed)[0].nanmedian(0).values.nanmedian())))


def _grown(data: TrialData, *, seed: int) -> tuple[Tensor, float]:
    r"""Dimensions (scale centre) that balls of several sizes have around some points, and the longest path seen.

    Numbers of points $N$ within paths of length r and 2r give $\log_2 N(2r) / N(r)$, the dimension there.
    Straight distances to neighbours measure the noise where points are closer than it is wide; paths do not.
    Source: Grassberger and Procaccia (1983) for the growth; Granata and Carnevale (2016) for paths.
    """
    centres = sample(len(data.y), CENTRES, seed=generator(seed))
    paths = data.geodesics(centres.tolist())
    diameter = float(paths[paths.isfinite()].max())
    if data.scale is not None:
        paths = paths / data.scale[centres, None]
    radii = [data.edge * scale for scale in SCALES if scale == SCALES[0] or data.edge * scale <= LARGEST * diameter]
    return torch.stack([_slopes(paths, r) for r in radii]), diameter


def _slopes(paths: Tensor, r: float) -> Tensor:
    """(centre n) -> (centre)"""
    inner, outer = ((paths < radius).double().sum(1) - 1 for radius in (r, 2 * r))
    slopes = (outer / inner).log() / math.log(2)
    return torch.where(slopes.isfinite(), slopes, torch.nan)


def _mixed(at: Tensor) -> bool:
    low, high = (float(at.nanquantile(q)) for q in (MIXED, 1 - MIXED))
    return round(low) != round(high) and high - low > APART
