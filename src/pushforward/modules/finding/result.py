"""`Modules`: a partition of the neurons with its evidence."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import ClassVar, Literal

import torch
from torch import Tensor

from pushforward.arguments import checked, checked_index
from pushforward.kinds import Count
from pushforward.modules.exemplars import Decode, TopInputs, top_inputs
from pushforward.modules.finding.curve import NO_CURVE, Curve
from pushforward.modules.finding.evidence import AGREEMENT, Evidence
from pushforward.modules.finding.hierarchy import Group
from pushforward.modules.finding.power import Power
from pushforward.modules.finding.words import at, summary
from pushforward.modules.lesions import Lesions, Metric, lesion
from pushforward.net import Linearities, Neurons
from pushforward.result import Columns, Result
from pushforward.rng import Seed


@dataclass(frozen=True, eq=False, repr=False)
class Modules(Result):
    """Which sets of neurons work with different properties, how cleanly, and how sure that is.

    - `labels` (a,): the module of each neuron, −1 for a neuron in none. If nothing is significant they are all −1, and
      `candidate` (a,) still holds the best sets there are. `shares` (a, m): how much of each neuron lies in each set.
      `dead` (a,): never alive at the inputs used. `copies`: how many of the sample are copies, which count once.
    - `curve`: coverage against leak, beside rotated and untrained networks; the sets are those at `leak`. `evidence`:
      the score and its null. `stability` (m,): mean Jaccard index of each set with what is found from halves of the
      inputs and 80 % of the neurons; empty if no two sets count.
    - `leakage`: the share of squared correlation between different neurons in modules that lies between modules;
      `leakage_all`: of all neurons, the share that lies in no module; `chance_leakage`: for modules of these sizes at
      random.
    - `power`: what would have been found, where little was. `nearest` (l, l): how much more the overlaps of two layers
      spread than in rotated networks.
    - `overlap` (s, s): mean squared correlations of the neurons `sample` (s,). `spectrum` (r,): mean singular values of
      the unit rows. `groups`: the hierarchy of sets, where there is one.
    - `families` (l, s): the sets of the neurons `sample` that beat the null at each leak of the curve, found again or
      not, numbered by size, −1 for none. They are the cores, of which coverage is; at `leak` itself all that belongs to
      them: `labels`. Without rows where the number of blocks was an argument, and in files of earlier versions.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> layer = torch.nn.Linear(8, 8, bias=False)
    >>> layer.weight.data = torch.block_diag(normal((4, 4), seed=0), normal((4, 4), seed=1))
    >>> net, inputs, X = pf.Neurons(layer), pf.Gaussian.isotropic((8,)), normal((8, 8), seed=2)
    >>> modules = pf.find_modules(net, inputs, X, points=2, nulls=19, twin=False, seed=0)
    >>> modules.significant, modules.labels, modules.leakage
    (True, tensor([0, 0, 0, 0, 1, 1, 1, 1]), 0.0)
    """

    GONE: ClassVar = frozenset(["resolution"])
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
    groups: tuple[Group, ...]
    points: tuple[int, ...]
    directions: int
    curve: Curve = NO_CURVE
    leak: float = float("nan")
    leakage_all: float = float("nan")
    nearest: Tensor = field(default_factory=lambda: torch.zeros(0, 0))
    power: Power | None = None
    copies: int = 0
    by: Literal["directions", "activity"] = "directions"
    inputs: int = 0
    """At how many inputs neurons were assigned, while sets were looked for at the `points`; 0 in earlier versions."""
    forced: bool = False
    """Whether the number of blocks was an argument: then `labels` are the candidate, significant or not."""
    linearity: Linearities = field(default_factory=Linearities)
    """How far J Σ Jᵀ is from the true covariance near some of the inputs used."""
    families: Tensor = field(default_factory=lambda: torch.zeros(0, 0, dtype=torch.int16))

    @property
    def significant(self) -> bool:
        """Whether there are modules at all: two sets or more that beat the null, and are found again."""
        known = self.curve.leaks != ()  # version 0.1 asked for no agreement
        again = len(self.stability) > 1 and (not known or bool((self.stability >= AGREEMENT).all()))
        return self.evidence.significant and again

    @property
    def verdict(self) -> Literal["modules", "none", "undetermined"]:
        """The answer: modules; none that could have been missed; or it cannot be told, for lack of power."""
        if self.significant:
            return "modules"
        return "none" if self.power is not None and self.power.reach is not None else "undetermined"

    @property
    def p_value(self) -> float:
        """How often a rotated network without modules scores as much, at any leak."""
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

    @checked
    def order_of(self, neurons: Tensor) -> Tensor:
        """The same for some of the neurons: positions within `neurons`."""
        chosen = checked_index("modules.order_of(neurons)", neurons, len(self.candidate))
        labels = torch.where(self.candidate < 0, int(self.candidate.max()) + 1, self.candidate)
        return torch.argsort(labels[chosen] * len(self.layers) + self.layer[chosen], stable=True)

    @property
    def left_out(self) -> dict[str, int]:
        """How many neurons are in no block, and why."""
        none = self.candidate < 0
        return {"dead": int((none & self.dead).sum()), "load on several blocks": int((none & ~self.dead).sum())}

    @checked
    def lesion(
        self,
        net: Neurons,
        metric: Metric,
        *,
        seed: Seed,
        X: object = None,
        mode: Literal["zero", "mean"] = "zero",
        controls: Count = 20,
        progress: bool = False,
    ) -> Lesions:
        """What ablating each module does to a metric, against random sets of as many neurons of the same layers.

        `metric(f)` gets the ablated model as a function of a batch and gives a number or a dict of numbers, higher is
        better. Neurons are put to zero or, with `mode="mean"`, to their mean over X; `controls` random sets are
        compared. Outputs of the network are not ablated. Never used for finding modules: an independent check. Raises
        `BadInput`.
        """
        return lesion(self.blocks, net, metric, seed=seed, X=X, mode=mode, controls=controls, progress=progress)

    @checked
    def top_inputs(
        self, net: Neurons, X: object, *, top: Count = 8, most: Count = 4096, decode: Decode | None = None
    ) -> TopInputs:
        """The `top` inputs of X (n, ...) that activate each module most, of at most `most` that are used.

        `decode` says what the inputs of a batch say, as `text.decode` does; they are then shown as words.
        Raises `BadInput` if the modules are of another network.
        """
        return top_inputs(net, self.blocks, X, neurons=len(self.labels), top=top, most=most, decode=decode)

    def explore(self, *parts: object) -> object:
        """The explorer of these modules: in a notebook whose kernel has `anywidget` a widget, elsewhere a static card.

        `parts` are what else it shows: the `ModulesStudy` of these modules (which knows what they read and the inputs
        that activate them), contrasts, lesions. The widget's `selection` is what was clicked, {"A": 0, "B": None};
        `neurons` are those of module A, and `frame()` their rows of `to_frame()`.
        """
        return import_module("pushforward.show.explorer").explore(self, *parts)

    def columns(self) -> Columns:
        """A row for each neuron: its layer, its module (−1: none), whether it is dead, and its share of each block."""
        return {
            "neuron": range(len(self.labels)),
            "layer": [self.layers[i] for i in self.layer.tolist()],
            "module": self.labels.tolist(),
            "dead": self.dead.tolist(),
            **{f"share {b}": column for b, column in enumerate(self.shares.T.tolist())},
        }

    def _flaw(self) -> str | None:
        low, high = (int(self.labels.min()), int(self.labels.max())) if len(self.labels) else (-1, -1)
        if low < -1 or high >= len(self.labels):
            return f"its labels are {low} … {high}"
        shape, needed = tuple(self.families.shape), (len(self.curve.leaks), len(self.sample))
        return None if shape in ((0, 0), needed) else f"its families are {shape}, not {needed}"

    def summary(self) -> str:
        """The modules and their evidence, in a few lines."""
        return summary(self)

    def _brief(self) -> str:
        count = f"{len(self.blocks)} modules" if self.significant else "no significant modules"
        return f"{count} among {len(self.candidate)} neurons{at(self)}, p = {self.p_value:.3f}"
