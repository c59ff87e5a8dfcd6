"""`distances`: how far points are from each other along a manifold."""

from typing import Annotated

import torch
from torch import Tensor

from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.kinds import Least
from pushforward.manifold.geometry.immersion import Map, encoded
from pushforward.manifold.geometry.refinement import lengths
from pushforward.manifold.geometry.relax import Relaxation
from pushforward.manifold.geometry.shortest_paths import METHOD, tight
from pushforward.manifold.geometry.straight import straight
from pushforward.rng import Seed


@torch.no_grad()
@steady
@checked
def distances(
    mapping: Map,
    X: object,
    *,
    steps: Annotated[int, Least(2)] = 8,
    latents: bool = False,
    method: Relaxation = METHOD,
    seed: Seed | None = None,
    progress: bool = False,
) -> Tensor:
    """The lengths of geodesics between all pairs of n points (n, ...), symmetric.  -> (n, n)

    Points and knobs as for `geodesic`, whose graph of samples a `seed` draws anew. All pairs are tightened
    together, n(n − 1)/2 of them; they share one graph.

    >>> circle = lambda z: torch.cat([z.cos(), z.sin()], 1)
    >>> distances(circle, torch.tensor([[0.0], [1.0], [3.0]])).round(decimals=3)
    tensor([[0., 1., 3.],
            [1., 0., 2.],
            [3., 2., 0.]])
    """
    im, z = encoded(mapping, X, "X", latents=latents)
    n = len(z)
    D = z.new_zeros(n, n)
    pairs = torch.combinations(torch.arange(n, device=z.device), 2)
    if len(pairs):
        line = straight(im, z[pairs[:, 0]], z[pairs[:, 1]], steps)
        groups = tight(im, z, pairs, None, line, steps=steps, method=method, seed=seed or 0, progress=progress)
        for which, chains in groups:
            D[pairs[which, 0], pairs[which, 1]] = lengths(im, chains.z).to(D)
    return D + D.mT
