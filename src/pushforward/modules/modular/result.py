"""How modular a network is: `Modularity`; `Agreement` of two networks; `Assessment` of one, with what it reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.finding import Modules
from pushforward.modules.lesions import Lesions
from pushforward.result import Columns, Result

# The p-value above which a network is no more modular than chance
LEVEL = 0.05
# The least score that counts as modules: random weights are no exact rotations of each other, and reach 0.005
NEEDED = 0.01


@dataclass(frozen=True, eq=False, repr=False)
class Modularity(Result):
    """How modular a network is beyond chance, and how sure that is.

    `score`: as `modularity` says, 0 at chance. `error`: its standard error over inputs. `excess`: (Z − Z₀)/(1 − Z₀),
    the share of unrelated pairs of neurons beyond chance, whether modules account for it or not. `null` (b,): that of b
    networks whose neurons were mixed at random within each layer; `dealt` (b,): that of networks whose rows are as
    sparse. `pairs` (l, l): the excess for the pairs of two layers, each layer on the diagonal. `alive`: the share of
    neurons that move at the inputs; `idle`: the share that the output does not see, which do not count.
    `Q`: Newman's modularity of the graph of mean squared correlations for its own best partition into `modules`;
    `Q_partition`: Q of the argument `partition`; `partition_share`: that as a share of what it would be if nothing
    crossed it (None without one).

    >>> import pushforward as pf
    >>> truth = pf.datasets.planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    >>> net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
    >>> score = pf.modular.measure_modularity(net, inputs, truth.inputs, points=1, seed=0)
    >>> score.modules, round(score.score, 1), score.p_value
    (3, 0.4, 0.05)
    """

    score: float
    error: float
    null: Tensor
    pairs: Tensor
    layers: tuple[str, ...]
    alive: float
    Q: float
    modules: int
    Q_partition: float | None = field(metadata={"was": "Q_given"})
    partition_share: float | None = field(metadata={"was": "given"})
    inputs: int
    neurons: int
    gamma: float
    excess: float | None = None
    dealt: Tensor = field(default_factory=lambda: torch.zeros(0))
    idle: float = 0.0

    @property
    def per_layer(self) -> dict[str, float]:
        """The excess within each layer."""
        return dict(zip(self.layers, self.pairs.diagonal().tolist(), strict=True))

    @property
    def p_value(self) -> float:
        """(1 + how many networks have as much) / (1 + how many there are), the larger of mixed and of dealt ones."""
        excess = self.score if self.excess is None else self.excess
        return max((1 + int((some >= excess).sum())) / (1 + len(some)) for some in (self.null, self.dealt) if len(some))

    @property
    def significant(self) -> bool:
        """Whether the network is more modular than chance at the 5 % level, and by enough to matter."""
        return self.p_value <= LEVEL and self.score >= NEEDED

    @property
    def reason(self) -> str:
        """Why it is no more than chance; nothing if it is more."""
        if self.significant:
            return ""
        excess = self.score if self.excess is None else self.excess
        if excess < NEEDED or int((self.null >= excess).sum()) >= LEVEL * (1 + len(self.null)):
            return "neurons mixed at random have as many unrelated pairs"
        if self.p_value > LEVEL or (len(self.dealt) and 2 * float(self.dealt.mean()) > excess):
            return "its rows are sparse: with their entries dealt out at random, nearly as many pairs are unrelated"
        return "pairs of neurons are unrelated, but do not fall into modules"

    def columns(self) -> Columns:
        """A row for each pair of layers, each layer with itself included: the excess there."""
        l = len(self.layers)  # noqa: E741
        i, j = torch.triu_indices(l, l)
        return {
            "layer": [self.layers[a] for a in i.tolist()],
            "other": [self.layers[b] for b in j.tolist()],
            "score": self.pairs[i, j].tolist(),
        }

    def _brief(self) -> str:
        return f"{self.score:.3f} ± {self.error:.3f}, p = {self.p_value:.3f}, {self.neurons} neurons"

    def summary(self) -> str:
        """The score, its parts, and Newman's Q."""
        doubt = "" if self.significant else ", no more than chance"
        idle = f", {self.idle:.0%} not seen by the output" if self.idle else ""
        lines = [
            f"modularity {self.score:.3f} ± {self.error:.3f}{doubt} (p = {self.p_value:.3f}, {self.neurons} neurons, "
            f"{self.inputs} inputs, {self.alive:.0%} alive{idle})",
            *([] if self.significant else [f"  {self.reason}"]),
            "  within layers: " + ", ".join(f"{name} {value:.2f}" for name, value in self.per_layer.items()),
            f"  Newman's Q {self.Q:.2f} of its own best partition ({self.modules} modules)",
        ]
        if self.partition_share is not None:
            share = f"{self.partition_share:.0%} of what it could be"
            lines.append(f"  Newman's Q {self.Q_partition:.2f} of `partition`, {share}")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False, repr=False)
class Agreement(Result):
    """`same`: the mean RV coefficient of the modules of two networks, each with its partner, in [0, 1]; `chance`: the
    same where the neurons of the second network are dealt out at random to modules of as many neurons.

    >>> import pushforward as pf
    >>> agreement = pf.results.Agreement(same=0.93, chance=0.41)
    >>> print(agreement)
    modules agree to 0.93 (RV coefficient; 0.41 if dealt out at random)
    """

    same: float
    chance: float

    def columns(self) -> Columns:
        """One row."""
        return {"same": [self.same], "chance": [self.chance]}

    def summary(self) -> str:
        """Both numbers."""
        return f"modules agree to {self.same:.2f} (RV coefficient; {self.chance:.2f} if dealt out at random)"

    def _brief(self) -> str:
        return f"same {self.same:.3f}, chance {self.chance:.3f}"


class Split(NamedTuple):
    """What lesions of two sides do to two parts of a task.

    `own`: the damage of a side to the part that it serves, the lesser of both; `other`: to the other part, the greater.
    """

    own: float
    other: float


@dataclass(frozen=True, eq=False, repr=False)
class Assessment(Result):
    """A network's `scores` in each part of its task, its `modularity`, its own `modules`, and `lesions` of two sides.

    `lesions` is None where the neurons do not fall into two sides.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> layer = torch.nn.Linear(8, 8, bias=False)
    >>> layer.weight.data = torch.block_diag(normal((4, 4), seed=0), normal((4, 4), seed=1))
    >>> net, inputs, X = pf.Neurons(layer), pf.Gaussian.isotropic((8,)), normal((8, 8), seed=2)
    >>> modules = pf.find_modules(net, inputs, X, points=2, nulls=19, twin=False, seed=0)
    >>> score = pf.modular.measure_modularity(net, inputs, X, points=2, seed=0)
    >>> pf.results.Assessment({"left": 0.97, "right": 0.98}, score, modules, lesions=None)
    Assessment(left 0.970, right 0.980; modularity 0.419, 2 modules)
    """

    scores: Mapping[str, float]
    modularity: Modularity
    modules: Modules
    lesions: Lesions | None

    @property
    def split(self) -> Split | None:
        """What the sides do, if there are two and the task has two parts."""
        if self.lesions is None or self.lesions.effect.shape != (2, 2):
            return None
        return split(self.lesions.effect)

    def columns(self) -> Columns:
        """A row for each part of the task: the score, and the damage that the lesion of either side does to it."""
        effect = {} if self.lesions is None else dict(zip(self.lesions.metrics, self.lesions.effect.T, strict=True))
        sides = 0 if self.lesions is None else len(self.lesions.effect)
        return {
            "part": list(self.scores),
            "score": list(self.scores.values()),
            **{f"damage by side {b}": [float(effect[part][b]) for part in self.scores] for b in range(sides)},
        }

    def summary(self) -> str:
        """Scores, modularity, modules and lesions."""
        parts = [str(self.modularity), str(self.modules), *([] if self.lesions is None else [str(self.lesions)])]
        return "\n".join([f"scores: {self._scores()}", *parts])

    def _scores(self) -> str:
        return ", ".join(f"{part} {score:.3f}" for part, score in self.scores.items())

    def _brief(self) -> str:
        return f"{self._scores()}; modularity {self.modularity.score:.3f}, {len(self.modules.blocks)} modules"


def split(effect: Tensor) -> Split:
    """The damage (2, 2) of two sides to two parts, each side with the part that it serves more than the other does."""
    straight = torch.minimum(effect[0, 0] - effect[0, 1], effect[1, 1] - effect[1, 0])
    crossed = torch.minimum(effect[0, 1] - effect[0, 0], effect[1, 0] - effect[1, 1])
    effect = effect if straight >= crossed else effect.flip(1)
    return Split(float(effect.diagonal().min()), float(torch.maximum(effect[0, 1], effect[1, 0])))
