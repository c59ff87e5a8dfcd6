"""How much of each neuron's activity lies in each block, and so which block it belongs to."""

from typing import NamedTuple, Self

import torch
from torch import Tensor

from pushforward.modules.finding.rows import DEAD, Rows, real, unit_rows, whole
from pushforward.modules.finding.source import Source
from pushforward.shards import total

# A neuron belongs to the block in which most of what lies in blocks lies, at least this share.
MAJORITY = 0.5
# Bounds of how clearly it must prefer that block to the runner-up, first / (first + second).
LEAST, MOST = 0.6, 0.7
# … and at least so much of it must lie there at all: what lies in no block has no block. Where blocks do not leak at
# all a neuron lies in one of them or in none, and less than the second number is rounding.
LITTLE, RESIDUE = 0.02, 1e-9
# Neurons in no block work with directions of their own if they are such a share of all, and if less of them than this,
# relative to members, lies in the directions of all blocks together.
MANY, OUTSIDE = 0.25, 0.8
# Then a neuron must lie so much more in its block than they do that, by a normal law, they add this share of its size
# (and so many standard deviations more, for the law has a tail), and more than all but this share (members that were
# missed are among them); but at most the last number.
FALSE, TAIL, MISSED, MOST_NEEDED = 0.03, 1.2, 0.05, 0.85
# Above this quantile of the shares of members that is no line between two kinds of neurons.
LOWER = 0.2
# A direction counts half as one of a block's at this share of the variance of its strongest direction …
SOFTNESS = 0.5
# … and where the question is whether something lies outside altogether
FIRM = 0.15
# A direction of which a projector keeps less than this is left out: blocks are small, and most directions go
KEPT = 1e-6


def moments(U: Tensor, labels: Tensor, blocks: int) -> Tensor:
    r"""Each block's mean $\bar M_b = U_b^\top U_b / |b|$ at one input: (a, r) → (m, r, r)."""
    M = torch.stack([U[labels == b].T @ U[labels == b] for b in range(blocks)])
    return M / M.diagonal(dim1=1, dim2=2).sum(1).clamp_min(1e-12)[:, None, None]


def projectors(M: Tensor, softness: float = SOFTNESS) -> Tensor:
    r"""Soft projectors on subspaces, $P_b = \bar M_b^2 (\bar M_b^2 + (\tau \lambda_{\max})^2 I)^{-1}$ (m, r, r).

    Unlike the moments they weigh all directions a block works with alike, so a neuron's share hardly depends
    on whether it uses the block's favourite directions.
    """
    v = M.sum(2, keepdim=True)
    for _ in range(20):  # the power method: a rough largest eigenvalue will do
        v = M @ (v / v.norm(dim=1, keepdim=True).clamp_min(1e-30))
    M = M / v.norm(dim=1, keepdim=True).clamp_min(1e-30)
    square = M @ M
    return torch.linalg.solve(square + softness**2 * torch.eye(M.shape[1], dtype=M.dtype, device=M.device), square)


def _roots(P: Tensor) -> list[Tensor]:
    r"""Of each projector a root $W_b$ (r, k_b), $P_b = W_b W_b^\top$, of the few directions that it keeps."""
    values, V = torch.linalg.eigh((P + P.mT) / 2)
    return [Vb[:, v > KEPT] * v[v > KEPT].sqrt() for v, Vb in zip(values, V, strict=True)]


class Shares(NamedTuple):
    r"""Sums, over inputs, of the energies $q_{ib} = u_i^\top P_b u_i$ of neurons in blocks, which are unmixed.

    A neuron of block c has on average $q_{ib} = G_{cb} = \langle \bar M_c, P_b \rangle$, so the shares s with
    $q = s G$, cut off at 0, say how much of it lies in each block: linear in the number of neurons. Shares that add up
    to more than 1 are divided by their sum; what is missing to 1 lies in no block.

    q (a, m) and G (m, m) in whole numbers; `alive` (a,): at how many of the `inputs`.
    """

    q: Tensor
    G: Tensor
    alive: Tensor
    inputs: Tensor

    @classmethod
    def none(cls, neurons: int, blocks: int) -> Self:
        """Of no inputs."""
        zeros = [
            torch.zeros(shape, dtype=torch.long) for shape in ((neurons, blocks), (blocks, blocks), (neurons,), ())
        ]
        return cls(*zeros)

    def add(self, F: Tensor, length: Tensor, alive: Tensor, M: Tensor, *, chunk: int = 8192) -> None:
        """One more input: the factor F (a, r) with the lengths of its rows, and block moments M (m, r, r)."""
        P = projectors(M)
        roots = _roots(P)
        W, ranks = torch.cat(roots, 1).T.contiguous(), [root.shape[1] for root in roots]
        scale = torch.where(alive, length.square().clamp_min(torch.finfo(F.dtype).tiny).reciprocal(), 0)
        for first in range(0, len(F), chunk):
            some = slice(first, first + chunk)
            parts = (W @ F[some].T).square_().split(ranks)
            energy = torch.stack([part.sum(0) for part in parts]) * scale[some]
            self.q[some] += whole(energy.T)
        self.G.add_(whole(torch.einsum("cij,bij->cb", M, P)))
        self.alive.add_(alive.cpu())
        self.inputs.add_(1)

    def result(self, *, chunk: int = 65536) -> Tensor:
        """Shares (a, m), rows that add up to 1 at most; zero for neurons that were never alive."""
        G = real(self.G) / self.inputs
        G = G + 1e-6 * G.diagonal().mean() * torch.eye(len(G), dtype=G.dtype)
        shares = torch.empty(self.q.shape, dtype=G.dtype)
        for q, alive, s in zip(self.q.split(chunk), self.alive.split(chunk), shares.split(chunk), strict=True):
            q = real(q) / alive.double().clamp_min(1)[:, None]
            torch.clamp_min(torch.linalg.solve(G.T, q.T).T, 0, out=s)
            s.div_(s.sum(1, keepdim=True).clamp_min(1)).mul_((alive > 0)[:, None])
        return shares


def least_shares(rows: Rows, labels: Tensor, shares: Tensor) -> Tensor:
    """How much of a neuron must lie in each block for it to be a member (m,), seen from those in none.

    `shares` (m, blocks) are those of the neurons with these labels. 0 where the blocks hold all neurons, or mixtures,
    and where members and others are no two kinds of neurons but go over into each other.
    """
    alive = rows.alive.any(0)
    outside = (labels < 0) & alive
    rest = shares[outside]
    if len(rest) < MANY * int(alive.sum()) or _inside(rows, labels, outside) >= OUTSIDE:
        return torch.zeros(shares.shape[1], dtype=shares.dtype)
    middle = rest.median(0).values
    spread = 1.4826 * (rest - middle).abs().median(0).values
    size = torch.bincount(labels[labels >= 0], minlength=shares.shape[1]).to(shares)
    away = torch.special.ndtri(1 - (FALSE * size / len(rest)).clamp(1e-6, 0.4)) + TAIL
    ranked = rest.sort(0, descending=True).values
    few = torch.stack([ranked[int(MISSED * n), b] for b, n in enumerate(size.tolist())])
    needed = torch.maximum(middle + away * spread, few).clamp(max=MOST_NEEDED)
    own = torch.stack([shares[labels == b, b].quantile(LOWER) for b in range(shares.shape[1])])
    return needed if (needed <= own).all() else torch.zeros_like(needed)


def _inside(rows: Rows, labels: Tensor, outside: Tensor) -> float:
    """How much of the neurons `outside` lies in the span of all blocks, over how much of the blocks' own does."""
    own = other = 0.0
    for U in rows.U:
        P = projectors(moments(U, torch.where(labels >= 0, 0, -1), 1), softness=FIRM)[0]
        energy = ((U @ P) * U).sum(1)
        own, other = own + float(energy[labels >= 0].mean()), other + float(energy[outside].mean())
    return other / max(own, 1e-12)


def little(leak: float) -> float:
    """How much of a neuron must lie in its block at all, where blocks leak so much into each other."""
    return LITTLE if leak > 0 else RESIDUE


def labels_of(shares: Tensor, least: Tensor) -> Tensor:
    """The block of each neuron (a,), −1 for those that load on several, lie in none, or are dead.

    How clearly a neuron must prefer its block is set by how clearly most members do: not more than three
    robust standard deviations less than the median. `least` (m,) is how much of it must lie there at all.
    """
    first, second = shares.topk(2, dim=1).values.T
    block = torch.where(first >= MAJORITY * shares.sum(1).clamp_min(1e-12), shares.argmax(1), -1)
    preference = first / (first + second).clamp_min(1e-12)
    for b in range(shares.shape[1]):
        members = preference[block == b]
        if len(members):
            middle = members.median()
            spread = 1.4826 * (members - middle).abs().median()
            unclear = preference < (middle - 3 * spread).clamp(LEAST, MOST)
            block[(block == b) & (unclear | (first < least[b]))] = -1
    return block


def gram(rows: Rows, labels: Tensor) -> Tensor:
    r"""$G_{bc} = \langle \bar M_b, \bar M_c \rangle$ (m, m), averaged over inputs: how much blocks overlap."""
    blocks, G = int(labels.max()) + 1, torch.zeros(())
    for U in rows.U:
        G = G + inner(moments(U, labels, blocks))
    return G / len(rows.U)


def inner(M: Tensor) -> Tensor:
    """The inner products of some moments (m, r, r) with each other (m, m), in float64."""
    return torch.einsum("bij,cij->bc", M.double(), M.double())


def members(
    rows: Rows, cores: Tensor, *, little: float = LITTLE, all_neurons: bool = False, rounds: int = 10
) -> Tensor:
    """The block of every neuron (m,), from the subspaces that the cores (m,) of the blocks span.

    `little`: how much of it must lie there at all. `all_neurons`: whether the blocks are to divide all neurons, so that
    no rest of another kind is looked for.

    Blocks are re-estimated from their neurons until nothing moves, unless many neurons are in none: then each round
    would take in some of these, and they would draw in others. Blocks keep their numbers.
    """
    labels = cores
    for _ in range(rounds if cores.max() > 0 else 0):
        shares = shares_of(rows, labels).result()
        least = shares.new_zeros(shares.shape[1]) if all_neurons else least_shares(rows, labels, shares)
        new = labels_of(shares, least.clamp_min(little))
        if len(new[new >= 0].unique()) < shares.shape[1]:
            break
        done, labels = least.any() or torch.equal(new, labels), new
        if done:
            break
    return labels


def sharpen(rows: Rows, labels: Tensor, *, rounds: int = 12) -> Tensor:
    """Labels of the clearer half of each block, −1 for the others, re-estimated from each other until nothing moves.

    A forced cut splits neurons that lie in no block alone; its subspaces are best estimated from those that do.
    """
    for _ in range(rounds):
        shares = shares_of(rows, labels).result()
        clear, nearest = shares.max(1)
        new = torch.full_like(labels, -1)
        for b in range(shares.shape[1]):
            members = ((nearest == b) & (clear > 0)).nonzero()[:, 0]
            best = clear[members].argsort(descending=True, stable=True)
            new[members[best[: (len(best) + 1) // 2]]] = b
        if torch.equal(new, labels) or len(new[new >= 0].unique()) < shares.shape[1]:
            break  # a block that no neuron is nearest to would be lost
        labels = new
    return labels


def shares_of(rows: Rows, labels: Tensor) -> Shares:
    """Those of the neurons themselves in the blocks of their labels."""
    blocks = int(labels.max()) + 1
    shares = Shares.none(rows.size, blocks)
    for U, alive in zip(rows.U, rows.alive, strict=True):
        shares.add(U, alive.to(U), alive, moments(U, labels, blocks))
    return shares


class Assigned(NamedTuple):
    """Of all neurons the `shares` (a, m) in the sets, and which are `dead` (a,).

    `gram` (m, m): see the function; `spectrum`: the singular values of the sampled rows. Both are means over inputs.
    """

    shares: Tensor
    dead: Tensor
    gram: Tensor
    spectrum: Tensor


def assigned(
    src: Source, rows: Rows, neurons: Tensor, labels: Tensor, longest: Tensor, *, show: bool
) -> Assigned:  # fmt: skip
    """All neurons of the source in the sets of its sampled `neurons` (s,), `rows` (n, s, r) with `labels` (s,).

    `longest` (layers,): the longest row of each layer at any input where sets were looked for. At other inputs, the
    rows are those of the factor there, which is used once: so neither time nor memory of it depend on their number.
    """
    blocks, n = int(labels.max()) + 1, len(src.factors)
    size = rows.size**0.5  # no singular value of unit rows is larger

    def add(i: int, sums: dict[str, Tensor]) -> None:
        F = src.factors[i]()
        length = F.norm(dim=1)
        alive = length > DEAD * longest.to(F)[src.layer.to(F.device)]
        U = unit_rows(F[neurons].cpu(), length[neurons].cpu(), longest[rows.layer])[0] if src.searched else rows.U[i]
        M, values = moments(U, labels, blocks), torch.linalg.svdvals(U)
        if not sums:
            zeros = {"gram": torch.zeros(blocks, blocks), "spectrum": torch.zeros(len(values))}
            sums.update(Shares.none(src.neurons, blocks)._asdict() | {name: t.long() for name, t in zeros.items()})
        Shares(*(sums[name] for name in Shares._fields)).add(F, length, alive, M.to(F))
        sums["gram"].add_(whole(inner(M)))
        sums["spectrum"].add_(whole(values / size))

    sums = total("assigning", n, add, size=src.shard, divided=True, of=labels, show=show)
    shares = Shares(*(sums[name] for name in Shares._fields))
    return Assigned(shares.result(), shares.alive == 0, real(sums["gram"]) / n, real(sums["spectrum"]) * (size / n))
