"""Singular values and vectors of a tall factor, by way of its small Gram matrix or directly."""

from typing import NamedTuple

import torch
from torch import Tensor


class SVD(NamedTuple):
    """F = U diag(S) Vᵀ: joint modes of the neurons U (a, k), their sizes S (k,), directions in w V (r, k)."""

    U: Tensor
    S: Tensor
    V: Tensor


def thin_svd(F: Tensor) -> SVD:
    """The thin SVD of F (a, r), in a·min(a, r)² work: the eigenvectors of F Fᵀ without forming it.

    >>> thin_svd(torch.tensor([[3.0, 0.0], [0.0, 4.0], [0.0, 0.0]])).S
    tensor([4., 3.])
    """
    if F.shape[0] <= 4 * F.shape[1]:
        U, S, Vh = torch.linalg.svd(F, full_matrices=False)
        return SVD(U, S, Vh.T)
    Q, R = torch.linalg.qr(F)  # (a r), (r r): the small factor carries the whole spectrum
    U, S, Vh = torch.linalg.svd(R)
    return SVD(Q @ U, S, Vh.T)


def effective_rank(eigenvalues: Tensor) -> Tensor:
    """(Σλ)²/Σλ², the participation ratio: how many directions carry the variance.

    >>> effective_rank(torch.ones(5))
    tensor(5.)
    """
    return eigenvalues.sum() ** 2 / eigenvalues.square().sum().clamp_min(
        1e-300 if eigenvalues.dtype == torch.float64 else 1e-30
    )
