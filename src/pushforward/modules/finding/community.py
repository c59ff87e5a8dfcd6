"""Communities of a weighted graph, their modularity, and labels in order of size."""

import numpy as np
import torch
from torch import Tensor

# Runs of Leiden, each from the partition of the one before: the second still finds better ones, a third does not
ITERATIONS = 2


def communities(graph: Tensor, resolution: float, *, seed: int = 0) -> Tensor:
    """Labels (m,) of the communities of a graph (m, m) of weights ≥ 0, largest first; −1 without neighbours.

    The graph is symmetric with a diagonal of 0. The Leiden algorithm, by graspologic-native, draws from `seed` alone:
    equal in any thread, and no global state is touched.

    >>> two = torch.block_diag(torch.ones(3, 3), torch.ones(2, 2), torch.zeros(1, 1)).fill_diagonal_(0)
    >>> communities(two, 1.0).tolist()
    [0, 0, 0, 1, 1, -1]

    Source: Traag, Waltman, van Eck (2019).
    """
    from graspologic_native import leiden_csr  # pyright: ignore[reportAttributeAccessIssue]

    labels, linked = torch.full((len(graph),), -1), graph.any(1).cpu()
    if not linked.any():
        return labels
    weights = graph.detach().cpu().double()
    edges = weights.nonzero()  # by row, then column
    starts = torch.bincount(edges[:, 0], minlength=len(graph)).cumsum(0)
    _, member = leiden_csr(
        np.concatenate([[0], starts.numpy()]).astype(np.int64),
        edges[:, 1].numpy().astype(np.int32),
        weights[edges[:, 0], edges[:, 1]].numpy(),
        len(graph),
        resolution=resolution,
        iterations=ITERATIONS,
        seed=seed,
    )
    labels[list(member)] = torch.tensor(list(member.values()))
    return by_size(torch.where(linked, labels, -1))


def by_size(labels: Tensor, smallest: int = 1) -> Tensor:
    """The same partition numbered by decreasing size, then by first neuron; blocks below `smallest` become −1."""
    names, sizes = labels[labels >= 0].unique(return_counts=True)
    new = torch.full_like(labels, -1)
    first = [int((labels == name).nonzero()[0]) for name in names]
    order = sorted(range(len(names)), key=lambda i: (-int(sizes[i]), first[i]))
    for rank, i in enumerate(i for i in order if sizes[i] >= smallest):
        new[labels == names[i]] = rank
    return new


def modularity(graph: Tensor, labels: Tensor) -> float:
    r"""Newman's $Q = \sum_b \left[ w_{bb}/w - (d_b/w)^2 \right]$ of a partition of a graph (m, m)."""
    total = float(graph.sum())
    if total <= 0:
        return 0.0
    degree, Q = graph.sum(1) / total, 0.0
    for block in labels[labels >= 0].unique():
        inside = labels == block
        Q += float(graph[inside][:, inside].sum()) / total - float(degree[inside].sum()) ** 2
    return Q
