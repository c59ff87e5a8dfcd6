"""Points of a chain go over to another chart where that tightens it."""

import torch
from torch import Tensor

from pushforward.generator.candidates import likeliest, said
from pushforward.manifold.geometry.immersion import Immersion

GAIN = 0.999
"""A point goes over if the energy of its links falls below this share."""


@torch.no_grad()
def recharted(im: Immersion, z: Tensor, at: Tensor) -> Tensor:
    """Which chains (n, t, width) have changed, in place: their inner points `at` (n, t − 2) go where E says halfway.

    Where their two links have less energy there; first every other point, then the rest. Only generators of several
    pieces with an encoder can do that.
    """
    changed = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    if im.gen is None or im.gen.encoder is None or im.latent.pieces == 1:
        return changed
    X, some = z.new_zeros(*z.shape[:2], im.size), at.any(1)
    X[some] = im.points(z[some])
    for first in (0, 1):
        chain, point = (at & (torch.arange(at.shape[1], device=z.device) % 2 == first)).nonzero().unbind(1)
        if not len(chain):
            continue
        before, here, after = (X[chain, point + i] for i in (0, 1, 2))
        there = offered(im, (before + after) / 2)
        made = im.points(there)
        better = _links(before, made, after) < GAIN * _links(before, here, after)
        chain, point = chain[better], point[better] + 1
        z[chain, point], X[chain, point] = there[better], made[better]
        changed[chain] = True
    return changed


def offered(im: Immersion, X: Tensor) -> Tensor:
    """The encoder's best candidate for points, as it is.  (..., d) -> (..., width)"""
    gen = im.gen
    assert gen is not None
    assert gen.encoder is not None
    x = X.reshape(-1, *im.shape)
    return likeliest(gen, *said(gen.latent, gen.encoder, gen.scaling.inside(x)), x).unflatten(0, X.shape[:-1])


def _links(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return (b - a).square().sum(-1) + (c - b).square().sum(-1)
