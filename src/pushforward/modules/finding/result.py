"""`Modules`: a partition of the neurons with its evidence."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from pushforward.modules.exemplars import TopInputs, top_inputs
from pushforward.modules.finding.evidence import Evidence
from pushforward.modules.finding.hierarchy import Group
from pushforward.modules.lesions import Lesions, Metric, lesion
from pushforward.net import Neurons
from pushforward.result import Columns, Result
from pushforward.rng import Seed


@dataclass(frozen=True, eq=False, repr=False)
class Modules(Result):
    """Which neurons form modules, and how sure that is.

    `labels` (a,): the module of each neuron, largest module first; −1 for a neuron in none. If nothing is
    significant they are all −1, and `candidate` (a,) still holds the best partition there is.
    `shares` (a, m): how much of each neuron lies in each candidate block. `dead` (a,): never alive at the inputs used.
    `stability` (m,): mean Jaccard index of each block over resampled inputs and neurons; empty if not significant.
    `leakage`: the share of squared correlation that lies outside the blocks; `chance_leakage`: the same for
    blocks of these sizes drawn at random. `overlap` (s, s): mean squared correlations of the neurons `sample` (s,).
    `spectrum` (r,): mean singular values of the unit rows. `groups`: the hierarchy of blocks, where there is one.
    """

    candidate: Tensor
    shares: Tensor
    dead: Tensor
    layer: Tensor
    layers: tuple[str, ...]
    evidence: Evidence
    stability: Tensor
    leakage: float
    chance_leakage: float
    sample: Tensor
    overlap: Tensor
    spectrum: Tensor
    resolution: float
    groups: tuple[Group, ...]
    points: tuple[int, ...]
    directions: int
    forced: bool = False
    """Whether the number of blocks was an argument: then `labels` are the candidate, significant or not."""

    @property
    def significant(self) -> bool:
        """Whether there are modules at all: at least two blocks, and more modularity than chance gives."""
        return self.evidence.significant and int(self.candidate.max()) >= 1

    @property
    def p_value(self) -> float:
        """How often a rotated network without modules is as modular."""
        return self.evidence.p_value

    @cached_property
    def labels(self) -> Tensor:
        """The module of each neuron (a,), −1 for a neuron in none."""
        return self.candidate if self.significant or self.forced else torch.full_like(self.candidate, -1)

    @cached_property
    def blocks(self) -> tuple[Tensor, ...]:
        """The neurons of each module, as index tensors."""
        return tuple((self.labels == b).nonzero()[:, 0] for b in range(int(self.labels.max()) + 1))

    @cached_property
    def order(self) -> Tensor:
        """A permutation (a,) that shows the blocks: module by module, within each layer by layer, the rest last."""
        return self.order_of(torch.arange(len(self.labels)))

    def order_of(self, neurons: Tensor) -> Tensor:
        """The same for some of the neurons: positions within `neurons`."""
        labels = torch.where(self.candidate < 0, int(self.candidate.max()) + 1, self.candidate)[neurons]
        return torch.argsort(labels * len(self.layers) + self.layer[neurons], stable=True)

    @property
    def left_out(self) -> dict[str, int]:
        """How many neurons are in no block, and why."""
        none = self.candidate < 0
        return {"dead": int((none & self.dead).sum()), "load on several blocks": int((none & ~self.dead).sum())}

    def lesion(
        self,
        net: Neurons,
        metric: Metric,
        *,
        seed: Seed,
        X: object = None,
        mode: Literal["zero", "mean"] = "zero",
        controls: int = 20,
        progress: bool = False,
    ) -> Lesions:
        """What ablating each module does to a metric, against random sets of as many neurons of the same layers.

        `metric(f)` gets the ablated model as a function of a batch and gives a number or a dict of numbers, higher is
        better. Neurons are put to zero or, with `mode="mean"`, to their mean over X; `controls` random sets are
        compared. Outputs of the network are not ablated. Never used for finding modules: an independent check. Raises
        `BadInput`.
        """
        return lesion(self.blocks, net, metric, seed=seed, X=X, mode=mode, controls=controls, progress=progress)

    def top_inputs(self, net: Neurons, X: object, *, top: int = 8, most: int = 4096) -> TopInputs:
        """The `top` inputs of X (n, ...) that activate each module most, of at most `most` that are used.

        Raises `BadInput` if the modules are of another network.
        """
        return top_inputs(net, self.blocks, X, neurons=len(self.labels), top=top, most=most)

    def columns(self) -> Columns:
        """A row for each neuron: its layer, its module (−1: none), whether it is dead, and its share of each block."""
        return {
            "neuron": range(len(self.labels)),
            "layer": [self.layers[i] for i in self.layer.tolist()],
            "module": self.labels.tolist(),
            "dead": self.dead.tolist(),
            **{f"share {b}": column for b, column in enumerate(self.shares.T.tolist())},
        }

    def summary(self) -> str:
        """The modules and their evidence, in a few lines."""
        e, neurons = self.evidence, len(self.candidate)
        odds = f"Q = {e.modularity:.2f}, rotated networks {e.mean:.2f}, p = {e.p_value:.3f}, effect {e.effect:.3f}"
        if not self.significant:
            why = (
                "" if not e.significant else ": more structure than chance, but no part of it is separate from the rest"
            )
            return f"no significant modules among {neurons} neurons{why} ({odds})"
        lines = [f"{len(self.blocks)} modules among {neurons} neurons ({odds})"]
        for b, block in enumerate(self.blocks):
            names = [self.layers[i] for i in self.layer[block].unique().tolist()]
            shown = ", ".join(names[:4]) + (f", … ({len(names)} layers)" if len(names) > 4 else "")
            lines.append(f"  module {b}: {len(block)} neurons, stability {float(self.stability[b]):.2f}, in {shown}")
        left = ", ".join(f"{count} {why}" for why, count in self.left_out.items() if count)
        lines.append(f"  in no module: {left or 'none'}; leakage {self.leakage:.1%} (chance {self.chance_leakage:.1%})")
        lines += [
            f"  group {g.blocks}: overlap {g.inside:.2f} inside, {abs(g.outside):.2f} outside" for g in self.groups
        ]
        return "\n".join(lines)

    def _brief(self) -> str:
        e = self.evidence
        count = f"{len(self.blocks)} modules" if self.significant else "no significant modules"
        return f"{count} among {len(self.candidate)} neurons, Q = {e.modularity:.2f}, p = {e.p_value:.3f}"
