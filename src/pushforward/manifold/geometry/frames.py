"""Tangent spaces along a path and the rotations from each to the next, with as many points as that takes."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.singularities import singularities
from pushforward.manifold.geometry.straight import doubled

# A direction counts as tangent if its singular value is above this share of the largest on the way.
RANK = 1e-4


class Frames(NamedTuple):
    """Orthonormal bases of tangent spaces (t, d, k), with zeros for directions in which the map does not move.

    `carriers` (t − 1, k, k) say how coefficients change from one to the next; `cosines` (t − 1,) are those of the
    largest angle between neighbouring tangent spaces.
    """

    bases: Tensor
    carriers: Tensor
    cosines: Tensor

    def coefficients(self, v: Tensor) -> Tensor:
        """Of vectors at the first point, carried to the last.  (m d) -> (m k)"""
        c = v @ self.bases[0]
        for P in self.carriers:
            c = c @ P.mT
        return c


@torch.no_grad()
def frames(im: Immersion, z: Tensor) -> Frames:
    r"""Frames along latent points z (t, width).

    Coefficients are carried by the rotation nearest to the projection from one tangent space to the next, the polar
    factor of $U_{i+1}^\top U_i$: inner products are kept exactly, and the error falls as the square of the step.
    """
    U, S, _ = torch.linalg.svd(im.jacobians(z), full_matrices=False)
    return _joined(U * _moving(S)[:, None])


def _moving(S: Tensor) -> Tensor:
    """In which of its directions the map moves.  (t k) -> (t k)"""
    return RANK * S.max() < S


def _joined(U: Tensor) -> Frames:
    A, cosines, B = torch.linalg.svd(U[1:].mT @ U[:-1])
    on = cosines > RANK  # the others are directions that either point lacks, or right angles
    least = torch.where(on, cosines, torch.inf).amin(1).clamp(0, 1)
    return Frames(U, (A * on[:, None]) @ B, torch.where(on.any(1), least, 0))


def oriented(J: Tensor) -> Tensor:
    """The orthonormal frame nearest to the columns of J, which it names.  (d k) -> (d k)"""
    U, _, V = torch.linalg.svd(J, full_matrices=False)
    return U @ V


# Rotations have settled where halving all links changes them by less, in radians: the error is a third of that. Links
# are halved up to so many.
TOLERANCE, CAP = 1e-3, 512
# Paths of more points are compared with every second of them first: those of a geodesic lie on it, what is between
# them in the latent does not.
ENOUGH = 16
# What does not fall below this share twice, after so many halvings, does not settle.
SLOW, LEAST = 0.7, 3
# Points as near as this share of the longest link are the same, be their coordinates a turn apart.
SAME = 1e-4
# Neighbouring tangent spaces with a smaller cosine are too far apart for what lies between to be told.
NEAR = 0.9
# At a pole the map loses a direction in one point, or in several that it takes to the same: so near, as a share of the
# length. Where it does on more of the way there is no tangent space.
ALONE = 0.01


class Settled(NamedTuple):
    """Frames along a path whose rotation has settled, and by how much it changed when its links were last halved.

    `z` (t, width): the path with all its links, of which those `kept` (t,) have frames. `rank`: in how many directions
    the map moves on the way. `lost`: the latent point (width,) from which it moves in fewer, for more than a point;
    then frames have zeros there. `folds`: at which of its points the map folds.
    """

    spaces: Frames
    error: float
    converged: bool
    z: Tensor
    kept: Tensor
    rank: int
    lost: Tensor | None
    folds: Tensor

    @property
    def steps(self) -> int:
        """The number of links."""
        return len(self.z) - 1


@torch.no_grad()
def settled(im: Immersion, z: Tensor, *, closed: bool = False, refine: bool = True) -> Settled:
    """Links of a path (t, width) are halved until the rotation along it no longer changes; or not at all.

    A `closed` path leads back to its start by a last step that is not halved. Points where the map loses a direction,
    as at a pole, are passed over.
    """
    J = im.jacobians(z)
    U, S, _ = torch.linalg.svd(J, full_matrices=False)
    spaces = _passing(U, S, closed=closed)
    few = torch.cat([torch.arange(0, len(z) - 1, 2), torch.tensor([len(z) - 1])]).to(z.device)
    coarse = _passing(U[few], S[few], closed=closed)
    errors = [_change(_rotation(coarse), _rotation(spaces)) if refine and len(z) > ENOUGH else torch.inf]
    while (
        refine
        and (errors[-1] > TOLERANCE or _sharp(im, z, spaces, closed=closed))
        and 2 * (len(z) - 1) <= CAP
        and not _stuck(errors)
    ):
        before, z = _rotation(spaces), _halved(im, z)
        new = im.jacobians(z[1::2])
        u, s, _ = torch.linalg.svd(new, full_matrices=False)
        J, U, S = (_woven(*pair) for pair in ((J, new), (U, u), (S, s)))
        spaces = _passing(U, S, closed=closed)
        errors.append(_change(before, _rotation(spaces)))
    X, ranks, folds = im.points(z), _moving(S).sum(1), singularities(im, z[None], J[None]).folds[0]
    place = _gone(X, ranks)
    spaces = spaces if place is None else frames(im, z)
    smooth = place is None and not folds.any() and not _sharp(im, z, spaces, closed=closed)
    kept = ranks == ranks.max() if place is None else torch.ones_like(ranks, dtype=torch.bool)
    lost = None if place is None else z[place]
    return Settled(spaces, errors[-1], smooth and errors[-1] <= TOLERANCE, z, kept, int(ranks.max()), lost, folds)


def _halved(im: Immersion, z: Tensor) -> Tensor:
    """A path with a point in the middle of every link; where both ends are made alike, by other numbers, at an end."""
    links, finer = im.points(z).diff(dim=0).norm(dim=1), doubled(im.latent, z[None])[0]
    alike = links <= SAME * links.max()
    finer[1::2][alike] = z[:-1][alike]
    return finer


def _woven(old: Tensor, new: Tensor) -> Tensor:
    both = old.new_empty(len(old) + len(new), *old.shape[1:])
    both[::2], both[1::2] = old, new
    return both


def _sharp(im: Immersion, z: Tensor, spaces: Frames, *, closed: bool) -> bool:
    """Whether neighbouring tangent spaces are far apart, other than at jumps from chart to chart."""
    near, jumps = spaces.cosines > NEAR, torch.isinf(im.latent.distance(z[:-1], z[1:]))
    if len(near) == len(jumps) + closed:  # where points are passed over there are no charts to jump between
        near = near.clone()
        near[: len(jumps)] |= jumps
    return not bool(near.all())


def _stuck(errors: list[float]) -> bool:
    """Whether the last halvings gained little: kinks, or jumps between charts, which no points resolve."""
    return len(errors) > LEAST and errors[-1] > SLOW * errors[-2] > SLOW * SLOW * errors[-3]


def _passing(U: Tensor, S: Tensor, *, closed: bool) -> Frames:
    """Frames at the points where no direction is lost."""
    moving = _moving(S)
    bases = (U * moving[:, None])[moving.sum(1) == moving.sum(1).max()]
    return _joined(torch.cat([bases, bases[:1]]) if closed else bases)


def _rotation(spaces: Frames) -> Tensor:
    """Of vectors from the first tangent space to the last, in the space around, as two factors.  -> (2, d, k)"""
    return torch.stack([spaces.bases[0], spaces.bases[-1] @ _coefficients(spaces)])


def _coefficients(spaces: Frames) -> Tensor:
    return spaces.coefficients(spaces.bases[0].mT).mT


def _change(before: Tensor, after: Tensor) -> float:
    """By how much two such maps differ, at most, per length of the vector."""
    return float(torch.linalg.matrix_norm(after[1] @ (after[0].mT @ before[0]) - before[1], 2))


def _gone(X: Tensor, ranks: Tensor) -> int | None:
    """The point from which directions are lost for more than a point, or at an end; None if there is none."""
    low = ranks < ranks.max()
    if low[0] or low[-1]:
        return 0 if low[0] else len(low) - 1
    links = X.diff(dim=0).norm(dim=1)
    inside = low[:-1] & low[1:]  # links with both ends there
    return int(inside.nonzero()[0, 0]) if float(links[inside].sum()) > ALONE * float(links.sum()) else None
