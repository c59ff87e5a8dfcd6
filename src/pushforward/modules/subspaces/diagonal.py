r"""Joint block-diagonalisation of metrics that are never of low rank: subspaces that act at every input.

Whitened by their mean, metrics $W A_x W^T$ with a common square W and block-diagonal $A_x$ become
$Q \tilde A_x Q^T$ with orthogonal Q. The symmetric matrices that commute with all of them are constant on blocks, so
the eigenvectors of one in general position are a basis of the blocks. They are the null space of
$X \mapsto \sum_x [\tilde H_x, [\tilde H_x, X]]$, by one symmetric eigenproblem, without sweeps or starts.

Source: Cardoso, Souloumiac (1996) for joint diagonalisation after whitening; Maehara, Murota (2011) for the commutant.
"""

import torch
from torch import Tensor

from pushforward.modules.subspaces.spectra import distinct
from pushforward.rng import Seed, normal

# Spaces of more dimensions are not split: the eigenproblem has d (d + 1) / 2 unknowns.
LARGEST = 48
# So many metrics are enough. Any two can be diagonalised together, so there have to be more, and different ones.
MOST, FEW = 500, 8
# A matrix nearly commutes if its eigenvalue is at most this share of the median one.
COMMUTES = 0.1
# Two directions are of one block if they are coupled by more than this share of chance.
COUPLED = 0.03
# Whitened metrics that vary less than this all are one: nothing can be split.
STILL = 1e-3


def split(H: Tensor, *, seed: Seed) -> list[Tensor]:
    """Bases (d, d_b) of the subspaces into which metrics (n, d, d) fall; one of the whole space if they do not."""
    d = H.shape[1]
    whole = [torch.eye(d, dtype=H.dtype)]
    if d < 2 or d > LARGEST or len(H) < FEW:
        return whole
    H = H[:MOST] / H[:MOST].flatten(1).norm(dim=1)[:, None, None]
    H = H[distinct(H)]
    if len(H) < max(FEW, 2 * d):
        return whole
    S, Q = torch.linalg.eigh(H.mean(0))
    if float(S[0]) < 1e-6 * float(S[-1]):
        return whole
    white = Q * S.rsqrt()
    B = white.T @ H @ white - torch.eye(d, dtype=H.dtype)
    if float(B.square().mean().sqrt()) * d**0.5 < STILL:
        return whole
    X = _commuting(B, seed=seed)
    if X is None:
        return whole
    U = torch.linalg.eigh(X).eigenvectors
    label = _components(_coupling(U.T @ B @ U) > COUPLED)
    root = (Q * S.sqrt()) @ U
    return [torch.linalg.qr(root[:, label == b]).Q for b in range(int(label.max()) + 1)]


def _commuting(B: Tensor, *, seed: Seed) -> Tensor | None:
    """A symmetric matrix (d, d) in general position among those that nearly commute with all B; None if only 1 does."""
    n, d, _ = B.shape
    C, eye = (B @ B).sum(0), torch.eye(d, dtype=B.dtype)
    flat = B.reshape(n, d * d)
    BXB = (flat.T @ flat).reshape(d, d, d, d).permute(0, 3, 1, 2).reshape(d * d, d * d)
    L = torch.kron(C, eye) + torch.kron(eye, C) - 2 * BXB
    i, j = torch.triu_indices(d, d)
    basis = torch.zeros(d * d, len(i), dtype=B.dtype)
    weight = torch.where(i == j, 0.5, 0.5**0.5).to(B.dtype)
    basis[i * d + j, torch.arange(len(i))] += weight
    basis[j * d + i, torch.arange(len(i))] += weight
    S, V = torch.linalg.eigh(basis.T @ L @ basis)
    few = int((COMMUTES * S.median() >= S).sum())
    if few < 2:
        return None
    mix = normal((few,), seed=seed, dtype=B.dtype)
    return (basis @ (V[:, :few] @ mix)).reshape(d, d)


def _coupling(B: Tensor) -> Tensor:
    """How strongly two directions are coupled (d, d): 1 for symmetric matrices without structure."""
    E = B.square().mean(0)
    spread = E.diagonal().sqrt()
    return 2 * E / torch.outer(spread, spread).clamp_min(1e-300)


def _components(linked: Tensor) -> Tensor:
    """The number of the connected part of each row of a symmetric graph (d, d)."""
    reach = (linked | torch.eye(len(linked), dtype=torch.bool)).double()
    for _ in range(len(linked).bit_length()):
        reach = (reach @ reach > 0).double()
    return reach.argmax(1).unique(return_inverse=True)[1]
