"""Tangent spaces along a sequence of latent points, and the rotations that carry one into the next."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.geometry.immersion import Immersion

RANK = 1e-4
"""A direction counts as tangent if its singular value is above this share of the largest on the way."""


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
    U = U * (RANK * S.max() < S)[:, None]
    A, cosines, B = torch.linalg.svd(U[1:].mT @ U[:-1])
    on = cosines > RANK  # the others are directions that either point lacks, or right angles
    least = torch.where(on, cosines, torch.inf).amin(1).clamp(0, 1)
    return Frames(U, (A * on[:, None]) @ B, torch.where(on.any(1), least, 0))


def oriented(J: Tensor) -> Tensor:
    """The orthonormal frame nearest to the columns of J, which it names.  (d k) -> (d k)"""
    U, _, V = torch.linalg.svd(J, full_matrices=False)
    return U @ V
