"""`Subspaces`: the directions and subspaces that a network works with at one of its layers."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pushforward.result import Columns, Result

Verdict = Literal["subspaces", "none", "cannot tell"]
# |cos| with which a subspace has to come out of either half of the inputs.
AGAIN = 0.95
# At so many inputs a subspace has to act together with another, and both explain the metric.
TOGETHER = 2


@dataclass(frozen=True, eq=False, repr=False)
class Subspaces(Result):
    r"""m subspaces of a layer of k units whose sums explain the metrics $H_x = J_x^T J_x$ that are pulled back to it.

    `bases`: orthonormal bases (k, d), by weight; a subspace of one dimension is a direction. For each subspace, all
    (m,): `weight`, its share of the trace of all metrics; `frequency`, at what share of inputs it acts; `again`, the
    |cos| with which it comes out of either half of the inputs, the smaller one (of a subspace the root mean square);
    `together`, at how many inputs it acts with others and the metric is explained.

    `share`: how much of the metrics of inputs that were left out is explained, on average; of those that can
    contradict, a share `testable` of all. `total`: the same of all. `null`: `share` where every metric is rotated at
    random. `ranks` (k + 1,): at how many inputs a metric has 0 … k dimensions. `kept`: the share of the trace that
    lies in the directions that were looked at.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal, uniform
    >>> W = torch.nn.functional.normalize(normal((5, 3), seed=0))  # five directions in three dimensions
    >>> on = uniform((200, 5), seed=1) < 0.3  # which of them act at which input
    >>> result = pf.modular.find_subspaces(on[:, :, None] * W, seed=0)
    >>> result.verdict, result.dimensions
    ('subspaces', (1, 1, 1, 1, 1))
    """

    verdict: Verdict
    reason: str
    bases: tuple[Tensor, ...]
    weight: Tensor
    frequency: Tensor
    again: Tensor
    together: Tensor
    share: float
    total: float
    testable: float
    null: tuple[float, ...]
    sums: float
    sums_null: tuple[float, ...]
    ranks: Tensor
    layer: str
    units: int
    points: int
    kept: float

    @property
    def sound(self) -> Tensor:
        """Which subspaces (m,) come out of both halves of the inputs and act together with others."""
        return (self.again >= AGAIN) & (self.together >= TOGETHER)

    @property
    def directions(self) -> Tensor:
        """The directions (k, j) among them: subspaces of one dimension, as unit vectors, by weight."""
        ones = [V for V in self.bases if V.shape[1] == 1]
        return torch.cat(ones, 1) if ones else torch.zeros(self.units, 0)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """The dimension of each subspace."""
        return tuple(V.shape[1] for V in self.bases)

    @property
    def overcomplete(self) -> bool:
        """Whether there are more dimensions than units: superposition."""
        return sum(self.dimensions) > self.units

    @property
    def p_value(self) -> float:
        """(1 + how many nulls explain as much) / (1 + how many there are)."""
        return (1 + sum(one >= self.share for one in self.null)) / (1 + len(self.null))

    @property
    def effect(self) -> float:
        """How much of what the nulls leave unexplained is explained: 0 at chance, 1 if all is."""
        return effect(self.share, self.null)

    def columns(self) -> Columns:
        """A row for each subspace."""
        return {
            "subspace": list(range(len(self.bases))),
            "dimension": list(self.dimensions),
            "weight": self.weight.tolist(),
            "frequency": self.frequency.tolist(),
            "again": self.again.tolist(),
            "together": self.together.tolist(),
            "sound": self.sound.tolist(),
        }

    def summary(self) -> str:
        """The verdict with its reason, what there is, and the evidence."""
        lines = [f"{self._what()}: {self.reason}"]
        if self.bases:
            kinds = [f"{self.dimensions.count(d)} of dimension {d}" for d in sorted(set(self.dimensions))]
            more = ", more than there are units: superposition" if self.overcomplete else ""
            lines.append(f"  {', '.join(kinds)}, together {sum(self.dimensions)} in {self.units} units{more}")
            lines.append(
                f"  again from half of the inputs (|cos| ≥ {AGAIN:g}) and together with others: "
                f"{int(self.sound.sum())} of {len(self.bases)}"
            )
        lines.append(
            f"  explained at inputs left out: {self.share:.1%} of the {self.testable:.0%} that can contradict, "
            f"{self.total:.1%} of all; rotated: {max(self.null, default=0.0):.1%} at most (p {self.p_value:.2g})"
        )
        if self.kept < 0.995:
            lines.append(f"  in the directions that matter most, {self.kept:.0%} of the whole")
        return "\n".join(lines)

    def _what(self) -> str:
        where = f" of {self.layer}" if self.layer else ""
        return f"{len(self.bases)} subspaces{where}, {self.points:,} inputs, verdict “{self.verdict}”"

    def _brief(self) -> str:
        return f"{self._what()}, {self.share:.0%} explained, p {self.p_value:.2g}"


def effect(share: float, null: tuple[float, ...]) -> float:
    """The share that is explained beyond chance, of what there is beyond it."""
    chance = sum(null) / max(1, len(null))
    return (share - chance) / max(1 - chance, 1e-9)
