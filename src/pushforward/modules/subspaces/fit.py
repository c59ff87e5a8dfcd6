r"""Metrics as sums over subspaces: which of them act at a point, and what they leave.

If $H = \sum_{b \in S} V_b A_b V_b^T$ with independent subspaces, then $V_b^T H^+ V_c = 0$ for different b, c in S
(they are conjugate), and $A_b = (V_b^T H^+ V_b)^{-1}$: the part of H in b is its shorted operator, the largest
$V A V^T \le H$. So neither the active set nor the amounts are searched for by descent.

Source: Anderson (1971) for shorted operators; Wedderburn (1934) for how each takes away its rank.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.subspaces.spectra import Spectra

# Σ sin² of the angles between a subspace and the range of a metric, at most, for it to lie in it: 8° for a direction.
WITHIN = 0.02
# Σ cos² of the angles between two subspaces in the metric's own geometry, at most, for both to act.
CONJUGATE = 0.05

# Subspaces are independent if all singular values of their bases, side by side, are larger.
SLANTED = 0.01
# The share of the trace from which on an independent subspace counts as acting.
ACTS = 1e-2


class Fit(NamedTuple):
    """Which of m subspaces act (n, m), and the `amount` of each, the trace of its part.

    `remainder` (n, k, k) is what they leave of each metric, `loss` (n,) its length relative to the metric's.
    """

    active: Tensor
    amount: Tensor
    remainder: Tensor
    loss: Tensor

    @property
    def share(self) -> float:
        """How much of the metrics is explained, on average over points."""
        return float((1 - self.loss).mean()) if len(self.loss) else 0.0


def fit(points: Spectra, blocks: list[Tensor]) -> Fit:
    """The metrics by subspaces with orthonormal bases (k, d): by `independent` where these are, else by `conjugate`."""
    if not blocks or len(points.rank) == 0:
        none = torch.zeros(len(points.rank), len(blocks), dtype=points.S.dtype)
        return Fit(none > 0, none, points.H, torch.ones(len(points.rank), dtype=points.S.dtype))
    W = torch.cat(blocks, 1)
    one = W.shape[1] <= len(W) and float(torch.linalg.svdvals(W)[-1]) > SLANTED
    return independent(points, blocks) if one else conjugate(points, blocks)


def conjugate(points: Spectra, blocks: list[Tensor]) -> Fit:
    """The metrics by those subspaces that lie in their ranges and are conjugate: many subspaces, few at a time."""
    H = points.H
    B, label = torch.cat(blocks, 1), _labels(blocks)
    dims = label.bincount()
    Y, apart = _whitened(points, B, label)  # (n k D), Σ sin² (n m)
    active = (apart <= WITHIN) & (dims <= points.rank[:, None])
    several = (active.sum(1) > 1).nonzero()[:, 0]
    active[several] = _conjugate_sets(active[several], _close(Y[several], label), dims, points.rank[several])
    Y = torch.where(active[:, None, label], Y, 0)
    root = points.S.sqrt()[:, :, None] * points.inside[:, :, None]
    Z = points.Q @ (root * Y)  # (n k D): the part of each subspace is Z Zᵀ
    R, amount = H - Z @ Z.mT, Z.square().sum(1) @ _member(label, Z)
    return Fit(active, amount, R, R.flatten(1).norm(dim=1).clamp(0, 1))


def independent(points: Spectra, blocks: list[Tensor]) -> Fit:
    r"""The metrics by subspaces that are independent of each other: the blocks of $W^+ H W^{+T}$, whatever acts.

    No subspace needs to lie in the range of a metric, so one that acts in part is seen too.
    """
    W, label = torch.cat(blocks, 1), _labels(blocks)
    H, back = points.H, torch.linalg.pinv(torch.cat(blocks, 1))
    A = torch.where(label[:, None] == label, back @ H @ back.T, 0)
    part = ((W.T @ W) * A).sum(2) @ _member(label, H)  # the traces of V_b A_b V_bᵀ
    R = H - W @ A @ W.T
    active = part > ACTS * points.S.sum(1, keepdim=True)
    return Fit(active, part, R, R.flatten(1).norm(dim=1).clamp(0, 1))


def nonnegative(H: Tensor, W: Tensor, *, steps: int = 200) -> Tensor:
    r"""‖H − Σ a_j w_j w_jᵀ‖ (n,) for the best a ≥ 0, unit vectors W (k, m) and metrics of unit length.

    Nonnegative least squares by accelerated projected gradients (Nesterov 1983).
    """
    G, c = (W.T @ W).square(), ((H @ W) * W).sum(1)  # (m m), (n m)
    pace = 1 / float(torch.linalg.eigvalsh(G)[-1])
    a = ahead = torch.zeros_like(c)
    for t in range(steps):
        last, a = a, (ahead - pace * (ahead @ G - c)).clamp_min(0)
        ahead = a + t / (t + 3) * (a - last)
    return (H - (W * a[:, None]) @ W.T).flatten(1).norm(dim=1)


def _labels(blocks: list[Tensor]) -> Tensor:
    return torch.cat([torch.full((V.shape[1],), b) for b, V in enumerate(blocks)])


def _member(label: Tensor, like: Tensor) -> Tensor:
    """Which column belongs to which subspace (D, m)."""
    return torch.nn.functional.one_hot(label, int(label.max()) + 1).to(like)


def _whitened(points: Spectra, B: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    r"""Bases of all subspaces after $H^{+1/2}$, orthonormal within each, in eigencoordinates; Σ sin² to the range."""
    C = torch.where(points.inside[:, :, None], points.Q.mT @ B, 0)  # (n k D)
    member = _member(label, B)
    apart = member.sum(0) - C.square().sum(1) @ member
    root = torch.where(points.inside, points.S.clamp_min(1e-300).rsqrt(), 0)
    Y = root[:, :, None] * C
    sizes = label.bincount()
    for b in (sizes > 1).nonzero()[:, 0].tolist():
        columns = (label == b).nonzero()[:, 0]
        Y[:, :, columns] = torch.linalg.qr(Y[:, :, columns]).Q
    length = Y.norm(dim=1, keepdim=True)
    return Y / length.clamp_min(1e-300), apart


def _close(Y: Tensor, label: Tensor) -> Tensor:
    """Σ cos² of the principal angles of every two subspaces in each metric's geometry (n, m, m); 0 with itself."""
    member = _member(label, Y)
    square = (Y.mT @ Y).square()
    if member.shape[1] < len(label):
        square = member.T @ square @ member
    return square * (1 - torch.eye(member.shape[1], dtype=Y.dtype))


def _conjugate_sets(candidate: Tensor, close: Tensor, dims: Tensor, rank: Tensor) -> Tensor:
    """For each point a set of mutually conjugate candidates, begun with those that have most partners (n, m)."""
    active, room, rows = torch.zeros_like(candidate), rank.clone(), torch.arange(len(rank))
    partners = (1 - close / CONJUGATE).clamp_min_(0)
    while len(rows):
        mine = candidate[rows] & (dims <= room[rows, None])
        score = torch.where(mine, (partners[rows] @ mine.to(close)[:, :, None])[:, :, 0], -1.0)
        best, which = score.max(1)
        rows, which, mine = rows[best >= 0], which[best >= 0], mine[best >= 0]
        active[rows, which] = True
        room[rows] -= dims[which]
        candidate[rows] = mine & (close[rows, which] <= CONJUGATE)
        candidate[rows, which] = False
    return active
