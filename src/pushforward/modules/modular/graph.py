"""The graph of mean squared correlations, whose modularity is Newman's."""

import numpy as np
import torch
from torch import Tensor

from pushforward.modules.modular.count import living, unit


class Graph:
    """Mean squared correlations over inputs at which both neurons are alive: the graph whose Q is Newman's."""

    def __init__(self, neurons: int):
        self.sum, self.times = (torch.zeros(neurons, neurons, dtype=torch.float32) for _ in range(2))
        self.alive = torch.zeros(neurons, dtype=torch.float32)

    def add(self, F: Tensor, layer: Tensor, counted: Tensor | None = None) -> None:
        """One more input, with rows F (m, K), and which of them are `counted` (m,): all by default."""
        alive = living(F[None], layer.to(F.device))[0]
        self.alive += alive.float().cpu()
        alive = alive if counted is None else alive & counted
        U = unit(F * alive[:, None])
        R = (U @ U.T).square().float().cpu()
        both = torch.outer(alive, alive).float().cpu()
        self.sum += R * both
        self.times += both

    def mean(self) -> Tensor:
        """(m, m), zero on the diagonal and where two neurons were never alive together."""
        return (self.sum / self.times.clamp_min(1)).clamp_min(0).fill_diagonal_(0)


# The least share of the neurons that a side of a cut has
SMALLEST = 0.2


def cut(R: Tensor) -> Tensor:
    r"""The two sides (m,) of a graph (m, m) with little between them; −1 for nodes without neighbours.

    Nodes are sorted by the second eigenvector of $D^{-1/2} R D^{-1/2}$ and parted where the normalised cut
    $w_{AB}/w_A + w_{AB}/w_B$ is least, neither side smaller than a fifth.

    >>> cut(torch.block_diag(torch.ones(3, 3), torch.ones(2, 2)) + 0.01).unique().tolist()
    [0, 1]

    Source: Shi, Malik (2000).
    """
    sides = torch.full((len(R),), -1)
    live = (R.sum(1) > 0).nonzero()[:, 0]
    if len(live) < 2:
        return sides
    A, degree, vectors = _normalised(R, live)
    order = (vectors[:, -2] / degree.sqrt()).argsort()
    A, volume = A[order][:, order], degree[order].cumsum(0)[:-1]
    between = volume - A.cumsum(0).cumsum(1).diagonal()[:-1]
    costs = between / volume + between / (degree.sum() - volume)
    least = min(max(1, round(SMALLEST * len(live))), len(live) // 2)
    best = least + int(costs[least - 1 : len(live) - least].argmin())  # how many are on the first side
    sides[live[order]] = (torch.arange(len(live)) >= best).long()
    return sides


def parts(R: Tensor, count: int) -> Tensor:
    r"""A graph (m, m) in `count` parts of much the same weight: labels (m,); −1 for nodes without neighbours.

    The leading eigenvectors of $D^{-1/2} R D^{-1/2}$ give every node a place; a pivoted QR finds `count` nodes that are
    nearly orthogonal there, and every node goes with the one whose direction, made orthogonal, is nearest.

    >>> parts(torch.block_diag(torch.ones(3, 3), torch.ones(2, 2), torch.ones(2, 2)) + 0.01, 3).unique().tolist()
    [0, 1, 2]

    Source: Damle, Minden, Ying (2018).
    """
    from scipy.linalg import qr

    labels = torch.full((len(R),), -1)
    live = (R.sum(1) > 0).nonzero()[:, 0]
    count = min(count, len(live))
    if count:
        places = _normalised(R, live)[2][:, -count:]
        pivots = np.asarray(qr(places.T.numpy(), mode="r", pivoting=True)[-1])[:count]
        left, _, right = torch.linalg.svd(places[pivots.tolist()].T)
        labels[live] = (places @ (left @ right)).abs().argmax(1)
    return labels


def _normalised(R: Tensor, live: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The graph of the nodes that are live, their degrees, and the eigenvectors of the graph normalised by these."""
    A = R[live][:, live].double()
    degree = A.sum(1)
    return A, degree, torch.linalg.eigh(A / torch.outer(degree, degree).sqrt())[1]


def crossing(U: Tensor, labels: Tensor) -> Tensor:
    """The share of squared correlation between neurons of different modules, for unit rows U (n, m, K): (n,).

    `labels` (m,) is each neuron's module; neurons in none (−1) and dead rows, which are zero, do not count.
    """
    U = U * (labels >= 0)[:, None]
    R = (U @ U.transpose(1, 2)).square()
    within = (labels[:, None] == labels) & ~torch.eye(len(labels), dtype=torch.bool, device=R.device)
    inside = (R * within).sum((1, 2))
    outside = (R * (labels[:, None] != labels)).sum((1, 2))
    return outside / (inside + outside).clamp_min(1e-12)
