"""Metrics at many points with their eigenvalues: how many directions each has, and which."""

from typing import NamedTuple

import torch
from torch import Tensor

# Eigenvalues below this share of the largest count as zero: a direction with a tenth of the gain is still seen.
FLAT = 1e-2
# A point counts if its trace is at least this share of the median one.
FAINT = 1e-6

# Relative distance up to which two metrics are the same.
ALIKE = 0.01


class Spectra(NamedTuple):
    """n metrics of unit Frobenius length, `S` (n, k) ascending and `Q` (n, k, k), and their numerical `rank` (n,)."""

    S: Tensor
    Q: Tensor
    rank: Tensor

    @property
    def low(self) -> "Spectra":
        """Those that are not of full rank: one of full rank has every direction in its range, and contradicts none."""
        return self.at(self.rank < self.S.shape[1])

    @property
    def H(self) -> Tensor:
        """The metrics (n, k, k)."""
        return (self.Q * self.S[:, None]) @ self.Q.mT

    @property
    def inside(self) -> Tensor:
        """Which eigenvalues count (n, k)."""
        k = self.S.shape[1]
        return torch.arange(k) >= k - self.rank[:, None]

    def at(self, rows: Tensor) -> "Spectra":
        """Those at some points."""
        return Spectra(self.S[rows], self.Q[rows], self.rank[rows])

    def mixed(self, R: Tensor) -> "Spectra":
        """Metrics with the same ranges and eigenvalues whose eigenvectors are mixed by R (n, k, k) within the range."""
        into = torch.linalg.qr(torch.where(self.inside[:, None], R * self.inside[:, :, None], 0) + _outside(self)).Q
        return Spectra(self.S, self.Q @ into, self.rank)

    def rotated(self, R: Tensor) -> "Spectra":
        """The same eigenvalues in other directions, by a rotation (n, k, k) of each."""
        return Spectra(self.S, R @ self.Q, self.rank)


def spectra(H: Tensor, *, flat: float = FLAT) -> tuple[Spectra, Tensor]:
    """The spectra of the metrics (n, k, k) that are not zero, and which these are."""
    trace = H.diagonal(dim1=1, dim2=2).sum(1)
    positive = trace[trace > 0]
    rows = (trace > FAINT * positive.median()).nonzero()[:, 0] if len(positive) else trace.new_zeros(0).long()
    H = H[rows]
    S, Q = torch.linalg.eigh(H / H.flatten(1).norm(dim=1)[:, None, None])
    S = S.clamp_min(0)
    return Spectra(S, Q, (flat * S[:, -1:] < S).sum(1)), rows


def distinct(H: Tensor) -> Tensor:
    """The first of all metrics (n, k, k) of unit length that are alike.

    A network that is linear in pieces pulls the same metric back everywhere in a piece.
    """
    flat = H.flatten(1)
    alike = (flat @ flat.T) > 1 - ALIKE**2 / 2
    return alike.double().argmax(1).unique()


def _outside(points: Spectra) -> Tensor:
    return torch.diag_embed((~points.inside).to(points.S))
