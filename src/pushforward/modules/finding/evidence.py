"""How sure it is that sets are more than chance: rotated networks, a p-value for the whole curve, agreement."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushforward.modules.finding.curve import Curve, Scores, Search
from pushforward.modules.finding.families import LEAKS
from pushforward.modules.finding.null import Rotations, numbers
from pushforward.modules.finding.overlaps import overlaps
from pushforward.modules.finding.rows import Rows, grid
from pushforward.rng import Seed
from pushforward.shards import each

# The p-value above which modules are not significant.
LEVEL = 0.05
# How many neurons are compared with the null: enough for the curve, and 40 of them are fast.
TESTED = 500
# How much above the score that one rotated network in twenty reaches a set must be. Rotation is no perfect stand-in for
# a random network: rectifiers are on together for neurons that point the same way. See docs/how-modules-are-found.md.
# Of few channels at many positions rectifiers pick those that point along what is there: more is needed.
MARGIN, MARGIN_WITH_POSITIONS = 1.3, 1.8
# Rotations of the untrained twin, from which the scale of its scores is taken
TWIN_NULLS = 9
# Rotated networks with which the spread of overlaps is compared
SPREADS = 3
# Leak between layers below which they are parallel branches
BRANCHES = 0.1
# Networks whose scores are a shard
FEW = 4
# How much a set must agree with what is found from other inputs and neurons, in the mean of Jaccard indices
AGREEMENT = 0.75


@dataclass(frozen=True)
class Evidence:
    """The score of a network against that of rotated ones, in units of their median.

    Coherence: how much more than chance a neuron overlaps with the others of its set, summed over these, in standard
    deviations of an overlap. Separation: −(1 − leak) log leak. The score is what the second best set of a family
    reaches at any leak: its coherence, or the sum of that over its neurons, whichever is more unusual, times that.
    `p_value` is the share of networks (this one included) that score as much at any leak, so it holds for the whole
    curve. `scale`: the medians of both for rotated networks. `margin`: see `needed`. `exact`: whether sets that are
    apart altogether count: not where rotated networks fall apart as well, for then it is the wiring, and not of random
    mixtures of directions, which have no zeros. Of modules that version 0.1 found the score is Newman's modularity Q,
    and `least` by what share of what was possible Q had to exceed the mean null.
    """

    score: float = field(metadata={"was": "modularity"})
    null: tuple[float, ...]
    across_layers: bool
    scale: tuple[float, float] = (1.0, 1.0)
    margin: float = MARGIN
    least: float | None = field(default=None, metadata={"was": "needed"})
    exact: bool = True

    @property
    def mean(self) -> float:
        """The mean score of the rotated networks."""
        return sum(self.null) / len(self.null)

    @property
    def p_value(self) -> float:
        """(1 + how many rotated networks reach the score) / (1 + how many there are)."""
        return (1 + sum(q >= self.score for q in self.null)) / (1 + len(self.null))

    @property
    def needed(self) -> float:
        """The score from which a set counts: a margin above the 95 % quantile of the rotated networks."""
        if self.least is not None:
            return self.mean + self.least * (1 - self.mean)
        return self.margin * sorted(self.null)[math.ceil((1 - LEVEL) * len(self.null)) - 1]

    @property
    def effect(self) -> float:
        """The score over what is needed: 1 or more counts."""
        return self.score / max(self.needed, 1e-12)

    @property
    def significant(self) -> bool:
        """Whether p and effect both say so."""
        return self.p_value <= LEVEL and self.effect >= 1


def evidence(
    rotations: Rotations, *, least: int, nulls: int, across_layers: bool, seed: Seed, progress: bool
) -> tuple[Evidence, Curve]:
    """The network and `nulls` rotated ones, searched the same way."""
    rows, seeds = rotations.rows, numbers(nulls, seed=seed)

    def search(i: int) -> dict[str, Tensor]:
        if i == nulls:  # the network itself, which comes last: the stage is shared evenly where it is shared by two
            return Search.of(rotations.overlaps(across=across_layers), least=least).tensors()
        copy = rotations.copy(seed=seeds[i], across_layers=across_layers)
        return Search.of(overlaps(copy, across=across_layers), least=least).tensors()

    *null, real = (Search.read(one) for one in each("null networks", nulls + 1, search, show=progress))
    exact = _exact(rows, real, *null)
    scores = _scores(null)
    scale = _scale(scores)
    positions = any(grid(rows.layer, rows.channel, int(b)).shape[1] > 1 for b in rows.layer.unique())
    odds = Evidence(
        real.scores().over(scale),
        tuple(s.over(scale) for s in scores),
        across_layers,
        (scale.set, scale.network),
        MARGIN_WITH_POSITIONS if positions else MARGIN,
        exact=exact,
    )
    least_score = odds.needed / odds.margin
    return odds, Curve(
        leaks=LEAKS,
        coverage=real.coverage(scale, score=least_score),
        sets=tuple(len(real.at(leak, scale, score=least_score).sets) for leak in LEAKS),
        null=_coverages(null, scale, least_score),
    )


def _scores(networks: list[Search]) -> list[Scores]:
    rows = each("scoring", len(networks), lambda i: {"scores": torch.tensor(networks[i].scores()).double()}, size=FEW)
    return [Scores(*one["scores"].tolist()) for one in rows]


def _coverages(networks: list[Search], scale: Scores, score: float) -> tuple[tuple[float, ...], ...]:
    def coverage(i: int) -> dict[str, Tensor]:
        return {"coverage": torch.tensor(networks[i].coverage(scale, score=score)).double()}

    return tuple(tuple(one["coverage"].tolist()) for one in each("covering", len(networks), coverage, size=FEW))


def of_twin(rows: Rows, *, least: int, across_layers: bool, seed: Seed) -> tuple[float, ...]:
    """Coverage of an untrained twin at every leak, by sets that score above all of its own rotations."""
    if int(rows.alive.any(0).sum()) < least:
        return tuple(0.0 for _ in LEAKS)
    rotations, seeds = Rotations(rows), numbers(TWIN_NULLS, seed=seed)

    def search(i: int) -> dict[str, Tensor]:
        copy = rotations.copy(seed=seeds[i - 1], across_layers=across_layers) if i else rows
        return Search.of(overlaps(copy, across=across_layers), least=least).tensors()

    real, *null = (Search.read(one) for one in each("untrained twin", 1 + TWIN_NULLS, search))
    _exact(rows, real, *null)
    scores = _scores(null)
    scale = _scale(scores)
    return real.coverage(scale, score=max(s.over(scale) for s in scores))


def _exact(rows: Rows, *networks: Search) -> bool:
    """Whether it says something that a network, the first, falls apart altogether; else that counts in none of them."""
    exact = not rows.sketched and not any(len(one.at(0.0).sets) for one in networks[1:])
    for one in networks:
        one.exact = exact
    return exact


def _scale(scores: list[Scores]) -> Scores:
    """The medians of both scores."""
    return Scores(_middle([s.set for s in scores]), _middle([s.network for s in scores]))


def _middle(values: list[float]) -> float:
    """The median, or the mean where that is 0; never 0."""
    return sorted(values)[len(values) // 2] or sum(values) / len(values) or 1.0


def whole_layers(labels: Tensor, layer: Tensor) -> bool:
    """Whether no layer is split among sets: parallel branches, which the wiring itself keeps apart."""
    members = labels >= 0
    return all(len(labels[members & (layer == b)].unique()) <= 1 for b in layer.unique())


def branches(rotations: Rotations, *, least: int) -> bool:
    """Whether whole layers keep apart from each other, with hardly any leak."""
    layer = rotations.rows.layer
    if len(layer.unique()) < 2:
        return False
    labels = Search.of(rotations.overlaps(across=True), least=least).at(BRANCHES).labels()
    return bool(labels.max() > 0) and whole_layers(labels, layer)


def nearest(rotations: Rotations, *, seed: Seed) -> Tensor:
    """How much more the overlaps of two layers spread than in rotated networks (l, l): above 1 they are uneven."""
    real, seeds = rotations.overlaps(across=False).spread, numbers(SPREADS, seed=seed)

    def spread(i: int) -> dict[str, Tensor]:
        return {"spread": overlaps(rotations.copy(seed=seeds[i]), across=False).spread}

    null = each("rotated networks", SPREADS, spread)
    return real / torch.stack([one["spread"] for one in null]).mean(0)
