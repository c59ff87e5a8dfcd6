"""`Traversal`: inputs along which one block moves while the other is kept fixed, with what was measured on them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward import structure
from pushforward.modules.contrasts.directions import Direction
from pushforward.modules.contrasts.factors import Probe
from pushforward.modules.contrasts.verdict import FULL, Verdict
from pushforward.result import Columns, Result

WORST = 5


@dataclass(frozen=True)
class Leak:
    """A neuron of the fixed block: its number, its name, and how far it moved at the last frame, in its own σ."""

    neuron: int
    name: str
    moved: float


@dataclass(frozen=True, eq=False, repr=False)
class Traversal(Result):
    """Frames from one input, along which the neurons of one block move and those of the other are kept fixed.

    - `frames` (t, *shape): frame 0 is the input; the moved block's movement then grows in equal steps.
    - `moved` (t,): root mean square movement of the moved block's neurons since frame 0, each in units of its standard
      deviation. `leaked` (t,): the same of the fixed block, divided by `moved`; 0 at frame 0. Both are measured by a
      forward pass of the frames. `predicted` (t,): that of the directions that were followed, to first order.
    - `chance`: the median off-target change of random directions that vary as the inputs do, to first order.
    - `worst`: the neurons of the fixed block that moved most. `percentile` (t,): the share of inputs less dense than
      each frame, as `place` says. `directions`: those that separate the blocks best at frame 0; `followed`: which.
    - `distance`: how far the moved block was to go. `verdict`: what all this means.
    """

    frames: object
    moved: Tensor
    leaked: Tensor
    predicted: Tensor
    chance: float
    worst: tuple[Leak, ...]
    percentile: Tensor
    place: str
    directions: tuple[Direction, ...]
    followed: int
    distance: float
    verdict: Verdict
    products: int
    names: tuple[str, str] = ("A", "B")

    @property
    def reached(self) -> bool:
        """Whether the moved block came as far as it was to go."""
        return bool(self.moved[-1] >= FULL * self.distance)

    @property
    def leak(self) -> float:
        """The largest off-target change of any frame."""
        return float(self.leaked.max())

    def columns(self) -> Columns:
        """A row for each frame, with what was measured on it."""
        columns = {"moved": self.moved, "leaked": self.leaked, "predicted": self.predicted}
        return {
            "frame": range(len(self.moved)),
            **{name: values.tolist() for name, values in columns.items()},
            "percentile": self.percentile.tolist(),
        }

    def _brief(self) -> str:
        who, other = self.names
        return f"{who} moves {float(self.moved[-1]):.2f} σ, {other} {self.leak:.1%} of that: {self.verdict.kind}"

    def summary(self) -> str:
        """What came out, with the numbers of every frame."""
        who, other = self.names
        row = lambda values: " ".join(f"{float(v):6.3f}" for v in values)  # noqa: E731
        lines = [
            f"{who} moves, {other} should stay: {self.verdict}",
            f"  moved (σ)   {row(self.moved)}",
            f"  leaked      {row(self.leaked)}   chance {self.chance:.2f}",
            f"  predicted   {row(self.predicted)}",
            f"  percentile  {row(self.percentile)}   {self.place}",
        ]
        lines += [f"  direction {i}: {d}" + " ←" * (i == self.followed) for i, d in enumerate(self.directions)]
        if self.worst:
            lines.append("  change most: " + ", ".join(f"{w.name} {w.moved:.2f} σ" for w in self.worst))
        return "\n".join(lines)


def remeasured(probe: Probe, frames: object) -> tuple[Tensor, Tensor]:
    """Movement of the moved block and off-target change at every frame, by a forward pass of them all."""
    values = probe.values(frames)
    moved, fixed = ((part - part[0]).norm(dim=1) for part in values)
    return moved, torch.where(moved > 0, fixed / moved.clamp_min(1e-300), 0.0)


def leaks(probe: Probe, frames: object, most: int = WORST) -> tuple[Leak, ...]:
    """The neurons of the fixed block that move most from the first to the last frame."""
    values, block = probe.values(frames).fixed, probe.blocks.fixed
    away = (values[-1] - values[0]).abs() * len(block.neurons) ** 0.5
    order = away.argsort(descending=True, stable=True)[: min(most, len(away))]
    table = probe.net.table
    return tuple(Leak(int(n := block.neurons[i]), table.label(int(n)), float(away[i])) for i in order)


def stacked(points: list[object]) -> object:
    """Single inputs as one batch."""
    parts = [structure.leaves(x) for x in points]
    return structure.rebuild(points[0], lambda name, _: torch.stack([p[name] for p in parts]))
