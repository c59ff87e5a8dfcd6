"""Where along a path a map is no immersion: it loses directions, or folds, and what it makes turns back."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.straight import between, towards

# A direction is lost where the smallest singular value is below this share of what it is elsewhere on the way: at the
# pole of spherical coordinates, between two points of 64, it is one of a hundred.
LOST = 1e-2
# Neighbouring tangent spaces of which all angles have at least this cosine tell which way round they are.
SIDES = 0.5
# How far to both sides a fold is looked for, in links: it may lie half a link away. Along the lost direction a fold
# moves its images the same way on both sides, by more than they differ, by this factor.
ASIDE, FOLDED = 4.0, 2.0
# Images that move by a smaller share of their size do not move.
ROUNDING = 1e-6


class Singularities(NamedTuple):
    """Largest and smallest singular values of the Jacobian (n, t, 2), and at which points the map folds (n, t)."""

    values: Tensor
    folds: Tensor


def singularities(im: Immersion, z: Tensor, J: Tensor) -> Singularities:
    """Of chains (n, t, width) with Jacobians J (n, t, d, k).

    At a fold the way in the latent goes on and its image turns back: orientation changes, and along the direction that
    is lost the map is even. At a pole a direction is lost as well, but the map is constant along it.
    """
    U, S, _ = torch.linalg.svd(J, full_matrices=False)
    values = torch.stack([S[..., 0], S[..., -1]], 2)
    alike = torch.linalg.svdvals(U[:, :-1].mT @ U[:, 1:])[..., -1] > SIDES
    flipped = (torch.linalg.det(J[:, :-1].mT @ J[:, 1:]) < 0) & alike
    folds = torch.zeros_like(values[..., 0], dtype=torch.bool)
    chain, link = flipped.nonzero().T
    if len(chain):
        middle = between(im.latent, z[chain, link], z[chain, link + 1], z.new_full((len(chain),), 0.5))
        folds[chain, link] = _folded(im, middle, *_ahead(im, z, chain, link))
    chain, point = (lost(values) & ~flat(values)[:, None]).nonzero().T
    if len(chain):
        folds[chain, point] |= _folded(im, z[chain, point], *_ahead(im, z, chain, point.clamp_max(z.shape[1] - 2)))
    return Singularities(values, folds)


def _ahead(im: Immersion, z: Tensor, chain: Tensor, link: Tensor) -> tuple[Tensor, Tensor]:
    """The velocities of links in the latent (m, dim), and where there is none (m)."""
    return towards(im.latent, z[chain, link], z[chain, link + 1])


def _folded(im: Immersion, z: Tensor, v: Tensor, missed: Tensor) -> Tensor:
    """Whether the map is even along the direction that it loses at latent points, for links v.  (m width) -> (m)"""
    gone = torch.linalg.svd(im.jacobians(z), full_matrices=False).Vh[:, -1]
    step = ASIDE * v.norm(dim=1, keepdim=True) * gone
    one, here, other = (im.images(im.latent.project(im.latent.move(z, side * step))) for side in (1, 0, -1))
    even, odd = (one + other - 2 * here).norm(dim=1), (one - other).norm(dim=1)
    return (even > FOLDED * odd) & (even > ROUNDING * here.norm(dim=1)) & ~missed


def lost(values: Tensor) -> Tensor:
    """Where a map has fewer directions than elsewhere on the way.  (..., t, 2) -> (..., t)"""
    least = values[..., 1]
    return least < LOST * least.amax(-1, keepdim=True)


def flat(values: Tensor) -> Tensor:
    """Whether the map moves in fewer directions than it has coordinates all along a path.  (..., t, 2) -> (...)"""
    return values[..., 1].amax(-1) <= 1e3 * torch.finfo(values.dtype).eps * values[..., 0].amax(-1)


# A path comes back where it is nearer to an earlier point than this share of the way since, which is no small part.
NEAR, PART = 0.05, 0.2


class Return(NamedTuple):
    """How far apart the two points are, and how long the path is between them."""

    apart: float
    way: float


def returns(X: Tensor, links: Tensor) -> Return | None:
    """Where a path with images X (t, d) comes nearest to where it was, relative to the way; None if it does not."""
    along = torch.cat([links.new_zeros(1), links]).double().cumsum(0)
    way = along - along[:, None]
    apart = torch.cdist(X.double(), X.double())
    share = torch.where(way > PART * along[-1], apart / way.clamp_min(1e-300), torch.inf)
    i, j = divmod(int(share.argmin()), len(X))
    return Return(float(apart[i, j]), float(way[i, j])) if float(share[i, j]) < NEAR else None
