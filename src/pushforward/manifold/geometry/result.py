"""What geometry returns: `Path`, `Holonomy`, and `PropertyTransfer` with its `Effect` on a network."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pushforward.errors import WrongType
from pushforward.manifold.geometry.immersion import Map
from pushforward.result import Columns, Result, draw

if TYPE_CHECKING:
    from pushforward.result import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class Path(Result):
    r"""A sequence of t points on a manifold, from `points[0]` to `points[-1]`.

    `latents` (t, width) and their images `points` (t, *shape). `links` (t − 1,): the length of each link, of the curve
    that is straight in the latent between its ends; where these lie in different charts or components, at the `jumps`
    (t − 1,), it is their distance, for there is nothing of the manifold between them. `energy`:
    $(t - 1) \sum_i |x_{i+1} - x_i|^2$. `converged`: whether no small change makes the energy less; a path that was not
    tightened is not converged. `log_density` (t,): of the generator at each latent point, in nats, not summed over
    other preimages; None for maps that are no generators. `residual` (2,): root mean square distance of the inputs that
    were asked for from the ends.
    """

    latents: Tensor
    points: Tensor
    links: Tensor
    jumps: Tensor
    energy: float
    converged: bool
    log_density: Tensor | None = None
    residual: Tensor | None = None

    @property
    def length(self) -> float:
        """The sum of all links."""
        return float(self.links.double().sum())

    @property
    def spacing(self) -> float:
        """The longest link over the mean: 1 where all are equal."""
        return float(self.links.max() / self.links.mean()) if self.length > 0 else 1.0

    @property
    def gap(self) -> float:
        """The longest jump between charts or components, in units of the mean link; 0 if there is none."""
        return float(self.links[self.jumps].max() / self.links.mean()) if self.jumps.any() else 0.0

    def __len__(self) -> int:
        return len(self.latents)

    def columns(self) -> Columns:
        """A row for each point: how far along the path it is, whether the link to it is a jump, and its density."""
        along = torch.cat([self.links.new_zeros(1), self.links]).double().cumsum(0)
        density = [None] * len(self) if self.log_density is None else self.log_density.tolist()
        return {
            "point": range(len(self)),
            "distance": along.tolist(),
            "jump": [False, *self.jumps.tolist()],
            "log_density": density,
        }

    def plot(
        self, straight: "Path | None" = None, *, figure: "Figure | SubFigure | None" = None, **options: object
    ) -> "Figure":
        """The points as a strip, beside a cross-fade and the `straight` line if it is given: a matplotlib figure."""
        if straight is not None and not isinstance(straight, Path):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongType(f"`path.plot(straight=...)`: a path is needed, not a {type(straight).__name__}.")
        return draw(self, figure, straight=straight, **options)

    def summary(self) -> str:
        """Length, jumps and density, in words."""
        return f"path of {self._brief()}"

    def _brief(self) -> str:
        words = [f"length {self.length:.4g} in {len(self.links)} steps", "tight" if self.converged else "not tight"]
        if self.jumps.any():
            count = int(self.jumps.sum())
            words.append(
                f"{count} jump{'s' * (count > 1)} between charts or components, the longest {self.gap:.1f} mean steps"
            )
        if self.log_density is not None:
            words.append(f"lowest log density {float(self.log_density.min()):.2f}")
        return ", ".join(words)


@dataclass(frozen=True, eq=False, repr=False)
class Holonomy(Result):
    """What transport around a loop does to the tangent space at its start.

    `matrix` (k, k): in the orthonormal frame nearest to the map's derivatives there. `angles` (k,): of its eigenvalues,
    in radians, largest first. `turn`: the cosine of the largest angle between neighbouring tangent spaces; where it is
    small the loop has too few points.
    """

    matrix: Tensor
    angles: Tensor
    turn: float

    @property
    def orientable(self) -> bool:
        """Whether the loop keeps the orientation: no mirror image comes back."""
        return float(torch.linalg.det(self.matrix.double())) > 0

    @property
    def angle(self) -> float:
        """The rotation, in (−π, π] from the first coordinate towards the second on surfaces; else the largest one."""
        if len(self.matrix) == 2 and self.orientable:
            return float(torch.atan2(self.matrix[1, 0] - self.matrix[0, 1], self.matrix.trace()))
        return float(self.angles[0])

    def columns(self) -> Columns:
        """A row for each eigenvalue: its angle, in radians."""
        return {"eigenvalue": range(len(self.angles)), "angle": self.angles.tolist()}

    def summary(self) -> str:
        """What comes back, in words."""
        return self._brief()

    def _brief(self) -> str:
        orientation = "orientation kept" if self.orientable else "ORIENTATION REVERSED"
        rotation = f"rotates by {self.angle:.4g} rad" if self.orientable else "comes back as its mirror image"
        return f"{rotation}, {orientation}, neighbouring tangent spaces cos ≥ {self.turn:.2f}"


# Cosines of responses that differ by less are called equal.
ALIKE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Effect:
    """How some neurons respond, to first order, to a property at x₀ and to what is made of it at x₁.

    Changes of equal length at both ends. `strength` of each is the root mean square over the neurons, `alike` the
    cosine of the response at x₁ with that at x₀: whether the same neurons move the same way. `chance_…` (m,) are those
    of random tangent directions at x₁.
    """

    strength_start: float
    strength_carried: float
    strength_copied: float
    alike_carried: float
    alike_copied: float
    chance_strength: Tensor
    chance_alike: Tensor

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
    network, if one was given.
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
            lines.append(f"neighbouring tangent spaces are far apart (cos {self.turn:.2f}): take more steps")
        if self.effect is not None:
            lines.append(str(self.effect))
        return "\n  ".join(lines)

    def _brief(self) -> str:
        effect = "" if self.effect is None else f", {self.effect.verdict}"
        return f"rotated by {math.degrees(self.angle):.0f}°, {self.copy_tangent:.0%} of a copy is tangent{effect}"

    def plot(
        self, mapping: "Map | None" = None, *, figure: "Figure | SubFigure | None" = None, **options: object
    ) -> "Figure":
        """What the change does to both ends, carried and copied; without the `mapping` only its numbers."""
        if mapping is not None and not callable(mapping):
            raise WrongType(f"`plot(mapping=...)`: the generator is needed, not a {type(mapping).__name__}.")
        return draw(self, figure, mapping=mapping, **options)
