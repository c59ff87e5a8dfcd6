"""Lengths of what a map makes of chains whose links are straight in the latent, with as many points as that takes."""

import torch
from torch import Tensor

from pushforward.latents import Latent
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.straight import towards

# Chords for each link of a generator: of 32 paths between digits lengths are 1 % short.
HALVES = 2
# Points along the whole of a function's chain, at first, and along one link at most.
FEW, MOST = 128, 256
# Lengths by half the points that differ by a smaller share are extrapolated, and right to about a tenth of that.
ALIKE = 1e-3
# Numbers of points in memory at a time.
NUMBERS = 2**24


def arcs(im: Immersion, z: Tensor) -> Tensor:
    """Lengths of the links of chains, of the curves and not of the chords.  (n t width) -> (n t − 1)

    Chords of two numbers of points, extrapolated, for they fall short by their square. Of functions the points are
    doubled until that says little; a generator, whose points are dear, makes two of each link.
    """
    if im.gen is not None:
        return _arcs(im, z, HALVES)[0]
    parts = 2
    while parts * (z.shape[1] - 1) < FEW:
        parts *= 2
    links, error = _arcs(im, z, parts)
    going = torch.ones(len(z), dtype=torch.bool, device=z.device)
    while parts < MOST:
        going &= error > ALIKE * links.sum(1)
        if not going.any():
            break
        parts *= 2
        links[going], error[going] = _arcs(im, z[going], parts)
    return links


def _arcs(im: Immersion, z: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    """Each link by so many chords and by half as many.  -> (n t − 1), and by how much they differ in all (n)"""
    lots = z.split(max(1, NUMBERS // (im.size * parts * z.shape[1])))
    rows = [_chords(im, lot, parts) for lot in lots]
    fine, coarse = (torch.cat(column) for column in zip(*rows, strict=True))
    return fine + (fine - coarse).clamp_min(0) / 3, (fine - coarse).sum(1)


def _chords(im: Immersion, z: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    n, t, _ = z.shape
    X = im.points(subdivided(im.latent, z, parts))
    fine = X.diff(dim=1).norm(dim=2).reshape(n, t - 1, parts).sum(2)
    return fine, X[:, ::2].diff(dim=1).norm(dim=2).reshape(n, t - 1, parts // 2).sum(2)


def subdivided(latent: Latent, z: Tensor, parts: int) -> Tensor:
    """Chains with links of so many equal parts; where no straight line leads, all but one have no length.

    (n t width) -> (n (t − 1) parts + 1 width)
    """
    n, t, width = z.shape
    before, after = z[:, :-1].reshape(-1, width), z[:, 1:].reshape(-1, width)
    v, missed = towards(latent, before, after)
    share = torch.arange(parts, dtype=z.dtype, device=z.device) / parts
    moved = latent.move(before.repeat_interleave(parts, 0), (share[:, None] * v[:, None]).flatten(0, 1))
    inner = latent.project(moved).reshape(len(before), parts, width)
    inner[:, 0] = before
    ends = torch.where((share < 0.5)[:, None], before[:, None], after[:, None])
    inner = torch.where(missed[:, None, None], ends, inner)
    return torch.cat([inner.reshape(n, (t - 1) * parts, width), z[:, -1:]], 1)
