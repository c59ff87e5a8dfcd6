"""How much of each neuron's activity lies in each block, and so which block it belongs to."""

import torch
from torch import Tensor

from pushforward.modules.finding.cluster import by_size
from pushforward.modules.finding.rows import Rows

# A neuron belongs to the block in which most of it lies, at least this share.
MAJORITY = 0.5
# Bounds of how clearly it must prefer that block to the runner-up, first / (first + second).
LEAST, MOST = 0.6, 0.75
# A direction counts half as one of a block's at this share of the variance of its strongest direction
SOFTNESS = 0.5
# A block of which the others explain more than this is not a block of its own.
EXPLAINED = 0.5


def moments(U: Tensor, labels: Tensor, blocks: int) -> Tensor:
    r"""Each block's mean $\bar M_b = U_b^\top U_b / |b|$ at one input: (a, r) → (m, r, r)."""
    M = torch.stack([U[labels == b].T @ U[labels == b] for b in range(blocks)])
    return M / M.diagonal(dim1=1, dim2=2).sum(1).clamp_min(1e-12)[:, None, None]


def projectors(M: Tensor) -> Tensor:
    r"""Soft projectors on subspaces, $P_b = \bar M_b^2 (\bar M_b^2 + (\tau \lambda_{\max})^2 I)^{-1}$ (m, r, r).

    Unlike the moments they weigh all directions a block works with alike, so a neuron's share hardly depends
    on whether it uses the block's favourite directions.
    """
    v = M.sum(2, keepdim=True)
    for _ in range(20):  # the power method: a rough largest eigenvalue will do
        v = M @ (v / v.norm(dim=1, keepdim=True).clamp_min(1e-30))
    M = M / v.norm(dim=1, keepdim=True).clamp_min(1e-30)
    square = M @ M
    return torch.linalg.solve(square + SOFTNESS**2 * torch.eye(M.shape[1], dtype=M.dtype, device=M.device), square)


class Shares:
    r"""Accumulates, over inputs, the energies $q_{ib} = u_i^\top P_b u_i$ of neurons in blocks and unmixes them.

    A neuron of block c has on average $q_{ib} = G_{cb} = \langle \bar M_c, P_b \rangle$, so the shares s with
    $q = s G$, cut off at 0 and normalised, say how much of it lies in each block: linear in the number of neurons.
    """

    def __init__(self, neurons: int, blocks: int):
        self.q = torch.zeros(neurons, blocks, dtype=torch.float64)
        self.G = torch.zeros(blocks, blocks, dtype=torch.float64)
        self.alive = torch.zeros(neurons, dtype=torch.float64)
        self.inputs = 0

    def add(self, F: Tensor, length: Tensor, alive: Tensor, M: Tensor, *, chunk: int = 65536) -> None:
        """One more input: the factor F (a, r) with the lengths of its rows, and block moments M (m, r, r)."""
        P = projectors(M)
        scale = torch.where(alive, length.square().clamp_min(torch.finfo(F.dtype).tiny).reciprocal(), 0)
        for first in range(0, len(F), chunk):
            some = slice(first, first + chunk)
            part = F[some]
            for b, Pb in enumerate(P):
                energy = ((part @ Pb) * part).sum(1) * scale[some]
                self.q[some, b] += energy.double().cpu()
        self.G += torch.einsum("cij,bij->cb", M, P).double().cpu()
        self.alive += alive.double().cpu()
        self.inputs += 1

    def result(self) -> Tensor:
        """Shares (a, m), rows that add up to 1; zero for neurons that were never alive."""
        G = self.G / self.inputs
        G = G + 1e-6 * G.diagonal().mean() * torch.eye(len(G), dtype=G.dtype)
        s = torch.linalg.solve(G.T, (self.q / self.alive.clamp_min(1)[:, None]).T).T.clamp_min(0)
        return s / s.sum(1, keepdim=True).clamp_min(1e-12) * (self.alive > 0)[:, None]


def labels_of(shares: Tensor) -> Tensor:
    """The block of each neuron (a,), −1 for those that load on several or are dead.

    How clearly a neuron must prefer its block is set by how clearly most members do: not more than three
    robust standard deviations less than the median.
    """
    first, second = shares.topk(2, dim=1).values.T
    block = torch.where(first >= MAJORITY, shares.argmax(1), -1)
    preference = first / (first + second).clamp_min(1e-12)
    for b in range(shares.shape[1]):
        members = preference[block == b]
        if len(members):
            middle = members.median()
            spread = 1.4826 * (members - middle).abs().median()
            block[(block == b) & (preference < (middle - 3 * spread).clamp(LEAST, MOST))] = -1
    return block


def gram(rows: Rows, labels: Tensor) -> Tensor:
    r"""$G_{bc} = \langle \bar M_b, \bar M_c \rangle$ (m, m), averaged over inputs: how much blocks overlap."""
    blocks, G = int(labels.max()) + 1, torch.zeros(())
    for U in rows.U:
        M = moments(U, labels, blocks).double()
        G = G + torch.einsum("bij,cij->bc", M, M)
    return G / len(rows.U)


def crossing(rows: Rows, labels: Tensor) -> Tensor:
    r"""$\langle \bar M_c, P_b \rangle$ (m, m), mean over inputs: how much of block c lies in the subspace of b."""
    blocks, G = int(labels.max()) + 1, torch.zeros(())
    for U in rows.U:
        M = moments(U, labels, blocks)
        G = G + torch.einsum("cij,bij->cb", M, projectors(M)).double().cpu()
    return G / len(rows.U)


def explained(G: Tensor) -> Tensor:
    """How much of each block lies in the others together (m,): 1 for a mixture or part of them, 0 if separate."""
    parts: list[Tensor] = []
    for b in range(len(G)):
        others = torch.arange(len(G)) != b
        part = G[others][:, others]
        ridge = 1e-6 * part.diagonal().mean() * torch.eye(len(part), dtype=G.dtype)
        parts.append(torch.linalg.solve((part + ridge).T, G[b, others]).clamp_min(0).sum())
    return torch.stack(parts)


def separate(rows: Rows, labels: Tensor) -> Tensor:
    """Labels without blocks that the others explain (neurons that mix them, a splinter of one), out one by one."""
    G, blocks = crossing(rows, labels), list(range(int(labels.max()) + 1))
    while len(blocks) > 1:
        covered = explained(G[blocks][:, blocks])
        if covered.max() <= EXPLAINED:
            break
        blocks.pop(int(covered.argmax()))
    return torch.where(torch.isin(labels, torch.tensor(blocks)), labels, -1)


def refine(rows: Rows, labels: Tensor, *, smallest: int, dissolve: bool = True, rounds: int = 10) -> Tensor:
    """Labels made consistent with the shares: blocks are re-estimated from their neurons until nothing moves.

    With `dissolve`, blocks that are not separate from the others go first.
    """
    labels = by_size(labels, smallest)
    for _ in range(rounds):
        if labels.max() < 1:
            break
        new = by_size(separate(rows, labels), smallest) if dissolve else labels
        if new.max() >= 1:
            new = by_size(labels_of(_shares(rows, new).result()), smallest)
        if torch.equal(new, labels):
            break
        labels = new
    return labels


def sharpen(rows: Rows, labels: Tensor, *, rounds: int = 12) -> Tensor:
    """Labels of the clearer half of each block, −1 for the others, re-estimated from each other until nothing moves.

    A forced cut splits neurons that lie in no block alone; its subspaces are best estimated from those that do.
    """
    for _ in range(rounds):
        shares = _shares(rows, labels).result()
        clear, nearest = shares.max(1)
        new = torch.full_like(labels, -1)
        for b in range(shares.shape[1]):
            members = ((nearest == b) & (clear > 0)).nonzero()[:, 0]
            best = clear[members].argsort(descending=True, stable=True)
            new[members[best[: (len(best) + 1) // 2]]] = b
        if torch.equal(new, labels):
            break
        labels = new
    return labels


def _shares(rows: Rows, labels: Tensor) -> Shares:
    blocks = int(labels.max()) + 1
    shares = Shares(rows.size, blocks)
    for U, alive in zip(rows.U, rows.alive, strict=True):
        shares.add(U, alive.to(U), alive, moments(U, labels, blocks))
    return shares
