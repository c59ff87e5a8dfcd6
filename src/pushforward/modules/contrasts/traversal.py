"""`Traversal`: inputs along which one block moves while the other is kept fixed, with what was measured on them."""

from dataclasses import dataclass, field
from typing import NamedTuple

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
    - `worst`: the neurons of the fixed block that moved most at the last frame. `peak` (t,): how far the one that moved
      most at each frame did, in σ, divided by `moved`; 0 at frame 0.
    - `epr` (t,): the mean absolute change of the moved block's neurons since frame 0, in σ, over that of all other
      neurons of the network that move at all: of the fixed block or of neither. 0 at frame 0.
    - `percentile` (t,): the share of inputs less dense than each frame, as `place` says. `z` (t,): where each frame
      lies along the direction from the first to the last, in standard deviations of the inputs projected on it, from
      their mean; `reach`: the largest |z| of those inputs. With fewer than 20 inputs it is the coordinate
      along that direction under the chart's own law N(0, I), from frame 0.
    - `directions`: those that separate the blocks best at frame 0; `followed`: which. `distance`: how far the moved
      block was to go. `verdict`: what all this means.

    In files of earlier versions there are no `peak`, `epr`, `z` and `reach`: NaN.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> net, inputs, X = pf.Neurons(torch.nn.Identity()), pf.Gaussian.isotropic((4,)), normal((30, 4), seed=0)
    >>> way = pf.contrast(net, inputs, [0, 1], [2, 3], start=X, starts=4, seed=0).a
    >>> way.frames.shape, way.moved[[0, -1]], way.leak
    (torch.Size([9, 4]), tensor([0.0000, 0.5000], dtype=torch.float64), 0.0)
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
    peak: Tensor = field(default_factory=lambda: torch.zeros(0))
    epr: Tensor = field(default_factory=lambda: torch.zeros(0))
    z: Tensor = field(default_factory=lambda: torch.zeros(0))
    reach: float = float("nan")

    def __post_init__(self) -> None:
        for name in ("peak", "epr", "z"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, torch.full((len(self.moved),), torch.nan, dtype=torch.float64))

    @property
    def reached(self) -> bool:
        """Whether the moved block came as far as it was to go."""
        return bool(self.moved[-1] >= FULL * self.distance)

    @property
    def leak(self) -> float:
        """The largest off-target change of any frame."""
        return float(self.leaked.max())

    @property
    def worst_leak(self) -> float:
        """The largest change of any neuron of the fixed block at any frame, as a share of the moved block's."""
        return float(self.peak.nan_to_num(0.0).max())

    def columns(self) -> Columns:
        """A row for each frame, with what was measured on it."""
        names = ("moved", "leaked", "predicted", "peak", "epr", "percentile", "z")
        return {"frame": range(len(self.moved)), **{name: getattr(self, name).tolist() for name in names}}

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
            f"  worst       {row(self.peak)}   the neuron of {other} that moved most, as a share of {who}",
            f"  EPR         {row(self.epr)}   mean change of {who} over that of all other neurons",
            f"  percentile  {row(self.percentile)}   {self.place}",
            f"  z           {row(self.z)}   along the way, where inputs reach ±{self.reach:.2f}",
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


class Worst(NamedTuple):
    """What the neurons of the fixed block do that are kept fixed least.

    `last`: those that move most from the first to the last frame; `peak` (t,): how far the one that does most moves at
    each frame, as a share of the moved block's movement; `one`: that neuron at the last frame with the largest share.
    """

    last: tuple[Leak, ...]
    peak: Tensor
    one: Leak | None


def worst(probe: Probe, frames: object, moved: Tensor, most: int = WORST) -> Worst:
    """The neurons of the fixed block that move most, where the moved one moves by `moved` (t,)."""
    values, block, table = probe.values(frames).fixed, probe.blocks.fixed, probe.net.table
    away = (values - values[0]).abs() * len(block.neurons) ** 0.5
    name = lambda t, i: Leak(int(n := block.neurons[i]), table.label(int(n)), float(away[t, i]))  # noqa: E731
    peak = torch.where(moved > 0, away.amax(1) / moved.clamp_min(1e-300), 0.0)
    if len(moved) < 2:
        return Worst((), peak, None)
    t = int((peak >= 0.999 * peak.max()).nonzero()[-1])
    order = away[-1].argsort(descending=True, stable=True)[:most]
    return Worst(tuple(name(-1, int(i)) for i in order), peak, name(t, int(away[t].argmax())))


def stacked(points: list[object]) -> object:
    """Single inputs as one batch."""
    parts = [structure.leaves(x) for x in points]
    return structure.rebuild(points[0], lambda name, _: torch.stack([p[name] for p in parts]))
