"""Which parts of the data samples of a generator leave out."""

import warnings
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pushforward.errors import CoverageWarning
from pushforward.points import farthest_first
from pushforward.rng import sample

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

# How many clusters are looked for: with many a small one falls apart, with few it is not seen.
CLUSTERS = (2, 4, 8, 16)
# Steps in which their centres move to the means of their points.
MOVES = 5
# Points of data and as many samples: of 2,000, a cluster of 1 % has 20. Fewer pictures, which take longer.
LOOKED_AT, PICTURES = 2000, 500
# Points that a cluster must have at least: fewer may be outliers.
LEAST = 10
# The ratio of its two shares below which a cluster is called wrong, if they differ by so many standard errors.
DUE, SURE = 0.5, 3.0


@torch.no_grad()
def warn_of_gaps(gen: "Generator", X: Tensor, *, seed: torch.Generator) -> "Generator":
    """The same generator; a `CoverageWarning` where a cluster of X has half its share of the samples, or twice."""
    n = LOOKED_AT if len(gen.shape) == 1 else PICTURES
    x = gen.scaling.inside(X[sample(len(X), n, seed=seed)]).flatten(1)
    y = gen.scaling.inside(gen.sample(len(x), seed=seed)).flatten(1)
    due, got = shares(x, y)
    wrong = (torch.minimum(due, got) < DUE * torch.maximum(due, got)) & (due >= LEAST)
    wrong &= (due - got).abs() > SURE * (due + got).sqrt()
    if wrong.any():
        worst = int(torch.where(wrong, (due.clamp_min(1) / got.clamp_min(1)).log().abs(), 0.0).argmax())
        warnings.warn(
            "`Generator.fit`: samples do not cover the data as it is: one cluster has "
            f"{due[worst] / len(x):.1%} of the data and {got[worst] / len(x):.1%} of the samples. Train longer "
            "(`Training(steps=...)`), or give a latent with more pieces, such as `Atlas(charts=16, dim=...)`.",
            CoverageWarning,
            stacklevel=5,
        )
    return gen


def shares(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """How many rows of x, and of y, are nearest to the centre of each cluster of x, for 2, 4, 8 and 16 clusters.

    They are those of k-means from centres far apart, so that small clusters have one.  (n d), (m d) -> (30), (30)

    Sources: Gonzalez (1985) for the start, Lloyd (1982) for the means.
    """
    first = int((x - x.mean(0)).square().sum(1).argmin())
    at = farthest_first(lambda i: (x - x[i]).square().sum(1), first, min(CLUSTERS[-1], len(x)))
    counts = [_counts(x, y, x[at[:count]]) for count in CLUSTERS]
    of_x, of_y = (torch.cat(column) for column in zip(*counts, strict=True))
    return of_x, of_y


def _counts(x: Tensor, y: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    for _ in range(MOVES):
        own = torch.cdist(x, centres).argmin(1)
        count = torch.bincount(own, minlength=len(centres)).to(x)
        sums = torch.zeros_like(centres).index_add_(0, own, x)
        centres = torch.where(count[:, None] > 0, sums / count.clamp_min(1)[:, None], centres)
    of_x, of_y = (torch.bincount(torch.cdist(z, centres).argmin(1), minlength=len(centres)).double() for z in (x, y))
    return of_x, of_y
