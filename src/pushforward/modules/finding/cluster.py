"""Communities of the overlap graph, at the resolution at which they are most stable."""

import ctypes
import sys
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.modules.finding.rows import Rows, excess
from pushforward.rng import Seed, generator, integers, sample


@dataclass(frozen=True)
class Leiden:
    """Leiden community detection (Traag, Waltman, van Eck 2019), by scikit-network.

    The resolution is chosen among `resolutions` by stability over `resamples` draws of inputs and neurons:
    the finest partition whose stability is within `slack` of the best. Blocks of less than the share
    `smallest` of all neurons (and of less than three) are none.
    """

    resolutions: tuple[float, ...] = (0.4, 0.5, 0.65, 0.8, 1.0, 1.3)
    resamples: int = 4
    slack: float = 0.03
    smallest: float = 0.01

    def least(self, neurons: int) -> int:
        """The smallest number of neurons that counts as a block."""
        return max(3, round(self.smallest * neurons))


class Choice(NamedTuple):
    """A partition (m,), its resolution, and how stable it is (mean adjusted Rand index)."""

    labels: Tensor
    resolution: float
    stability: float


def communities(graph: Tensor, resolution: float, *, seed: int = 0) -> Tensor:
    """Labels (m,) of the communities of a graph (m, m) of weights ≥ 0, largest first; −1 without neighbours."""
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Leiden as Algorithm

    if not graph.any():
        return torch.full((len(graph),), -1)
    weights = csr_matrix(graph.cpu().numpy())
    _seed_c_library(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clusters = Algorithm(resolution=resolution, random_state=seed).fit_predict(weights)
    labels = torch.from_numpy(np.asarray(clusters, dtype=np.int64))
    return by_size(torch.where(graph.any(1).cpu(), labels, -1))


@lru_cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)


def _seed_c_library(seed: int) -> None:
    """Seed C's `rand`, which scikit-network's Leiden draws from whatever `random_state` it is given (0.33.5)."""
    _c_library().srand(seed)


def by_size(labels: Tensor, smallest: int = 1) -> Tensor:
    """The same partition numbered by decreasing size, blocks below `smallest` dissolved into −1."""
    names, sizes = labels[labels >= 0].unique(return_counts=True)
    new = torch.full_like(labels, -1)
    order = sorted(range(len(names)), key=lambda i: (-int(sizes[i]), int(names[i])))
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


def agreement(first: Tensor, second: Tensor) -> float:
    """The adjusted Rand index of two labellings (m,), over neurons that both put in a block (Hubert, Arabie 1985)."""
    both = (first >= 0) & (second >= 0)
    if both.sum() < 2:
        return 0.0
    a, b = first[both].unique(return_inverse=True)[1], second[both].unique(return_inverse=True)[1]
    table = torch.zeros(int(a.max()) + 1, int(b.max()) + 1, dtype=torch.float64)
    table.index_put_((a, b), torch.ones(len(a), dtype=torch.float64), accumulate=True)
    pairs = lambda n: n * (n - 1) / 2  # noqa: E731
    together, rows, columns = pairs(table).sum(), pairs(table.sum(1)).sum(), pairs(table.sum(0)).sum()
    expected = rows * columns / pairs(torch.tensor(float(len(a))))
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else float((together - expected) / (largest - expected))


def choose(rows: Rows, method: Leiden, *, seed: Seed) -> Choice:
    """The most stable partition of the neurons; a partition of one block where there is no other."""
    draws = generator(seed)
    graph = excess(rows)
    resampled = [resample(rows, seed=draws) for _ in range(method.resamples)]
    graphs = [(index, excess(part)) for index, part in resampled]
    choices: list[Choice] = []
    for resolution in method.resolutions:
        labels = communities(graph, resolution)
        if labels.max() < 1 or any(torch.equal(labels, c.labels) for c in choices):
            continue
        others = [(index, communities(part, resolution)) for index, part in graphs]
        stability = sum(agreement(labels[index], other) for index, other in others) / len(others)
        choices.append(Choice(labels, resolution, stability))
    if not choices:
        return Choice(communities(graph, 1.0).clamp_max(0), 1.0, 0.0)
    best = max(c.stability for c in choices)
    return max((c for c in choices if c.stability >= best - method.slack), key=lambda c: int(c.labels.max()))


def resample(rows: Rows, *, seed: Seed) -> tuple[Tensor, Rows]:
    """A draw of 80 % of the neurons and a bootstrap of the inputs: their indices and rows."""
    neurons = sample(rows.size, max(2, int(0.8 * rows.size)), seed=seed)
    n = len(rows.U)
    inputs = integers(n, (n,), seed=seed) if n > 1 else torch.zeros(1, dtype=torch.long)
    return neurons, rows.neurons(neurons).inputs(inputs)
