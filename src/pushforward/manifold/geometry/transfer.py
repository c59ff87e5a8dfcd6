"""What `carry` returns: `PropertyTransfer` with its `Effect` on a network."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from pushforward.errors import WrongType
from pushforward.manifold.geometry.immersion import Map
from pushforward.manifold.geometry.result import Path
from pushforward.result import Columns, Result, draw

if TYPE_CHECKING:
    from pushforward.result import Figure, SubFigure


# Expected cosines from which a property is called kept, and below which it is called lost.
KEPT, LOST = 0.85, 0.5
# Cosines of responses that differ by less are called equal.
ALIKE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Effect:
    """How some neurons respond, to first order, to a property at x₀ and to what is made of it at x₁.

    Changes of equal length at both ends. `strength` of each is the root mean square over the neurons, `alike` the
    cosine of the response at x₁ with that at x₀: whether the same neurons move the same way. `chance_…` (m,) are those
    of random tangent directions at x₁. `along` (9,): the same cosine for the carried change at equal steps of the path.
    Of all changes at x₁ one has the response that is most like that at x₀: `best` is how alike, `reading` the cosine of
    what was carried with that change. `expected`: the cosine that the response at x₁ is expected to have with that to
    the property's own change there.
    """

    strength_start: float
    strength_carried: float
    strength_copied: float
    alike_carried: float
    alike_copied: float
    chance_strength: Tensor
    chance_alike: Tensor
    along: Tensor | None = None
    reading: float = math.nan
    best: float = math.nan
    expected: float | None = None

    @property
    def lost(self) -> bool:
        """Whether the response at x₁ to what was carried is no more like that at x₀ than to random changes."""
        return self.alike_carried < min(KEPT, float(self.chance_alike.quantile(0.95)))

    @property
    def verdict(self) -> str:
        """Which of the two keeps the property, in words."""
        if max(self.alike_carried, self.alike_copied) <= float(self.chance_alike.quantile(0.95)):
            return "neither keeps the effect: both respond no more alike than to random directions"
        ahead = self.alike_carried - self.alike_copied
        if abs(ahead) < ALIKE:
            return "carrying and copying keep the effect equally well"
        return f"{'carrying' if ahead > 0 else 'copying'} keeps the effect better"

    @property
    def reference(self) -> float:
        """The strength at x₀, by which others are divided: never 0."""
        return max(self.strength_start, torch.finfo(torch.float32).tiny)

    def __repr__(self) -> str:
        rows = (
            ("carried", self.strength_carried, self.alike_carried),
            ("copied", self.strength_copied, self.alike_copied),
            ("random (95 %)", float(self.chance_strength.quantile(0.95)), float(self.chance_alike.quantile(0.95))),
        )
        words = [f"{name} {s / self.reference:.2f} times as strong, alike {a:.2f}" for name, s, a in rows]
        if self.along is not None:
            words.append(f"on the way alike {float(self.along.min()):.2f} or more")
        return f"{self.verdict} ({'; '.join(words)})"


# Below this cosine neighbouring tangent spaces are too far apart to say what is parallel.
SHARP = 0.5


@dataclass(frozen=True, eq=False, repr=False)
class PropertyTransfer(Result):
    """A change of one input, taken along a path to another.

    `start` (*shape): what of the change is tangent to the manifold at x₀, and `tangent` its share of the length.
    `vector` (*shape): the parallel change at x₁. `drift`: by what factor its length is off that of `start` (1 unless
    the map moves in fewer directions somewhere on the way). `angle`: between `vector` and `start` copied unchanged, in
    radians. `copy_tangent`: the share of the copy's length that is tangent at x₁; the rest leaves the manifold. `turn`:
    the cosine of the largest angle between neighbouring tangent spaces of the `path`. `effect`: what both do to a
    network, if one was given. `trust`: the cosine that `vector` is expected to have with the property's own change at
    x₁, from the `detour` (by what angle, in radians, ways to both sides of the path bring another change) and from what
    the network reads; what is not tangent is left out of it. `converged`: whether the rotation along the path has
    settled.

    >>> import torch
    >>> import pushforward as pf
    >>> gen = pf.Generator.wrap(torch.nn.Identity(), pf.latents.Circle(), reads="features")
    >>> east, north = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    >>> moved = pf.geometry.carry(gen, north, east, north, steps=4, seed=0)
    >>> moved.vector.round(decimals=3), moved.verdict
    (tensor([-1., -0.]), 'kept')
    """

    start: Tensor
    vector: Tensor
    tangent: float = field(metadata={"was": "kept"})
    drift: float
    angle: float
    copy_tangent: float = field(metadata={"was": "copy_kept"})
    turn: float
    path: Path
    effect: Effect | None = None
    converged: bool | None = None
    trust: float | None = None
    detour: float | None = None

    @property
    def verdict(self) -> Literal["kept", "doubtful", "lost", "unknown"]:
        """Whether what was carried is the same property, and a network responds to it as to that, in a word.

        Of files of before 0.2 it is unknown.
        """
        if self.trust is None:
            return "unknown"
        e = self.effect
        if self.trust < LOST or (e is not None and e.lost):
            return "lost"
        sure = self.trust >= KEPT and (
            e is None or (e.expected is not None and min(e.expected, e.alike_carried) >= KEPT)
        )
        return "kept" if sure and self.converged else "doubtful"

    def columns(self) -> Columns:
        """A row for what was carried and one for its copy; the last two columns only where a network was given."""
        e = self.effect
        effect = {} if e is None else {
            "strength": [e.strength_carried / e.reference, e.strength_copied / e.reference],
            "alike": [e.alike_carried, e.alike_copied],
        }  # fmt: skip
        return {
            "what": ["carried", "copied"],
            "angle": [self.angle, 0.0],
            "tangent": [1.0, self.copy_tangent],
            **effect,
        }

    def summary(self) -> str:
        """How far it was rotated, how much of a copy is tangent, and what both do to the network."""
        lines = [
            f"carried over a path of length {self.path.length:.4g}: rotated by {math.degrees(self.angle):.0f}° against "
            f"a copy, of which {self.copy_tangent:.0%} is tangent there"
        ]
        if self.tangent < 0.99:
            lines.append(f"{self.tangent:.0%} of the change was tangent to the manifold; the rest was dropped")
        if abs(self.drift - 1) > 0.01:
            lines.append(
                f"its length changed by a factor {self.drift:.2f}: the map moves in fewer directions on the way"
            )
        if self.turn < SHARP:
            lines.append(
                f"neighbouring tangent spaces are far apart (cos {self.turn:.2f}): parallel means little there"
            )
        if self.trust is not None:
            lines.append(self._trusted())
        if self.effect is not None:
            lines.append(str(self.effect))
        return "\n  ".join(lines)

    def _trusted(self) -> str:
        detour = "" if self.detour is None else f", detours differ by {math.degrees(self.detour):.0f}°"
        words = {
            "kept": "the same property",
            "doubtful": "DOUBTFUL whether it is the same property",
            "lost": "NOT the same property",
        }[self.verdict]
        return f"{words}: expected cosine with its own change there {self.trust:.2f}{detour}"

    def _brief(self) -> str:
        effect = "" if self.effect is None else f", {self.effect.verdict}"
        trust = "" if self.trust is None else f"{self.verdict} (expected cosine {self.trust:.2f}), "
        return (
            f"{trust}rotated by {math.degrees(self.angle):.0f}°, {self.copy_tangent:.0%} of a copy is tangent{effect}"
        )

    def plot(
        self, mapping: "Map | None" = None, *, figure: "Figure | SubFigure | None" = None, **options: object
    ) -> "Figure":
        """What the change does to both ends, carried and copied; without the `mapping` only its numbers."""
        if mapping is not None and not callable(mapping):
            raise WrongType(f"`plot(mapping=...)`: the generator is needed, not a {type(mapping).__name__}.")
        return draw(self, figure, mapping=mapping, **options)
