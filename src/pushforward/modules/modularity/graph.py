"""The graph of mean squared correlations, whose modularity is Newman's."""

import torch
from torch import Tensor

from pushforward.modules.modularity.correlation import living, unit


class Graph:
    """Mean squared correlations over inputs at which both neurons are alive: the graph whose Q is Newman's."""

    def __init__(self, neurons: int):
        self.sum, self.seen = torch.zeros(neurons, neurons), torch.zeros(neurons, neurons)
        self.alive = torch.zeros(neurons)

    def add(self, F: Tensor, layer: Tensor) -> None:
        """One more input, with rows F (m, K)."""
        alive = living(F[None], layer.to(F.device))[0]
        U = unit(F * alive[:, None])
        R = (U @ U.T).square().float().cpu()
        both = torch.outer(alive, alive).float().cpu()
        self.sum += R * both
        self.seen += both
        self.alive += alive.float().cpu()

    def mean(self) -> Tensor:
        """(m, m), zero on the diagonal and where two neurons were never alive together."""
        return (self.sum / self.seen.clamp_min(1)).clamp_min(0).fill_diagonal_(0)


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
