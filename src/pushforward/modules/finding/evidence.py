"""How sure it is that a partition is more than chance: a null, a p-value, stability under resampling."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.modules.finding.cluster import Leiden, communities, modularity, resample
from pushforward.modules.finding.null import rotated
from pushforward.modules.finding.rows import Rows, excess, grid, spread
from pushforward.modules.finding.shares import refine
from pushforward.progress import track
from pushforward.rng import Seed, generator

# The p-value above which modules are not significant.
LEVEL = 0.05
# How many neurons are compared with the null: enough for the modularity, and 40 graphs of them are fast.
TESTED = 500
# The least excess of modularity over the null, as a share of what was possible, that counts as modules. Rotation is
# no perfect stand-in for a random network; the more so where a layer has few channels at many positions, of which
# rectifiers pick those that point the same way. See docs/how-modules-are-found.md for the measurements.
EFFECT, EFFECT_WITH_POSITIONS = 0.08, 0.15


@dataclass(frozen=True)
class Evidence:
    """The modularity Q of the overlap graph against that of rotated networks.

    `effect` is (Q − mean null) / (1 − mean null), of which `needed` is the least that counts; `p_value` is the share
    of networks (this one included) with as much.
    """

    modularity: float
    null: tuple[float, ...]
    across_layers: bool
    needed: float = EFFECT

    @property
    def mean(self) -> float:
        """The mean modularity of the null networks."""
        return sum(self.null) / len(self.null)

    @property
    def p_value(self) -> float:
        """(1 + how many null networks reach Q) / (1 + how many there are)."""
        return (1 + sum(q >= self.modularity for q in self.null)) / (1 + len(self.null))

    @property
    def effect(self) -> float:
        """0 at chance, 1 for a graph that falls into many separate blocks."""
        return (self.modularity - self.mean) / (1 - self.mean)

    @property
    def significant(self) -> bool:
        """Whether p and effect both say so."""
        return self.p_value <= LEVEL and self.effect >= self.needed


def evidence(rows: Rows, *, nulls: int, across_layers: bool, seed: Seed, progress: bool) -> Evidence:
    """Cluster the network and `nulls` rotated ones the same way, at resolution 1, on at most `TESTED` neurons."""
    draws = generator(seed)
    rows = rows.neurons(spread(rows.layer, rows.channel, TESTED, seed=draws))
    copies = rotated(rows, nulls, seed=draws, across_layers=across_layers)
    null = [_score(copy) for copy in track(copies, "null networks", show=progress, total=nulls)]
    positions = any(grid(rows.layer, rows.channel, int(b)).shape[1] > 1 for b in rows.layer.unique())
    return Evidence(_score(rows), tuple(null), across_layers, EFFECT_WITH_POSITIONS if positions else EFFECT)


def _score(rows: Rows) -> float:
    graph = excess(rows)
    return modularity(graph, communities(graph, 1.0))


def whole_layers(labels: Tensor, layer: Tensor) -> bool:
    """Whether no layer is split among blocks: parallel branches, which the wiring itself keeps apart."""
    members = labels >= 0
    return all(len(labels[members & (layer == b)].unique()) <= 1 for b in layer.unique())


def block_stability(rows: Rows, labels: Tensor, method: Leiden, resolution: float, *, seed: Seed) -> Tensor:
    """For each block the mean Jaccard index with its best match when inputs and neurons are resampled (m,)."""
    draws, scores = generator(seed), []
    for _ in range(method.resamples):
        index, part = resample(rows, seed=draws)
        again = refine(part, communities(excess(part), resolution), smallest=method.least(part.size))
        scores.append(torch.tensor([_best_match(labels[index] == b, again) for b in range(int(labels.max()) + 1)]))
    return torch.stack(scores).mean(0)


def _best_match(block: Tensor, labels: Tensor) -> float:
    others = [labels == c for c in range(int(labels.max()) + 1)]
    return max((float((block & c).sum() / (block | c).sum()) for c in others if c.any()), default=0.0)
