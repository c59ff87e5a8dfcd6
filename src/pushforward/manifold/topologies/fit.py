"""`fit_atlas`: a generator of low-dimensional data by least squares."""

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.manifold.topologies.atlas import atlas_of
from pushforward.manifold.topologies.suitability import allowed, readied
from pushforward.points import cloud
from pushforward.rng import Seed, generator


@learning
@checked
def fit_atlas(X: object, *, seed: Seed, dim: int | None = None, charts: int | None = None) -> Generator:
    r"""A generator of data X (n, ...) of dimension at most 3 on an `Atlas` of overlapping cubic charts.

    Each chart is the cubic with the least squared distance from the points around one place, so noise is averaged out;
    its left inverse is the encoder. Nothing is trained: it takes seconds and comes nearer to smooth manifolds than
    networks do, so geodesics, transport and curvature are those of the data. It does not know how often which place is
    visited: use `Generator.fit` where the density or samples count.

    - `dim`: the dimension, if you know it; otherwise it is read from local principal variances.
    - `charts`: how many charts; by default what brings held-out points nearest.

    >>> import torch
    >>> z = 6.28 * torch.rand(1000, 1, generator=torch.Generator().manual_seed(0))
    >>> gen = fit_atlas(torch.cat([z.cos(), z.sin()], 1), seed=0)
    >>> bool((gen.sample(100, seed=0).norm(dim=1) - 1).abs().max() < 1e-3)
    True

    Raises `BadInput` for what cannot be points, too few of them, many outliers or no clear dimension, and `NotFinite`.
    """
    allowed("fit_atlas", dim, charts)
    draws, points = generator(seed), cloud(X, "`pf.fit_atlas(X)`")
    ready = readied(points, dim, seed=draws)
    reason = ready if isinstance(ready, str) else ready.reason
    if isinstance(ready, str) or reason:
        raise BadInput(f"`pf.geometry.fit_atlas(X)`: {reason}.")
    return atlas_of(ready.cloud, dim=ready.dim, seed=draws, charts=charts)
