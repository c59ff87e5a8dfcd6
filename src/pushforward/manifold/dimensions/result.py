"""`Dimension`: how many directions points can move in, how sure that is, and what else was read."""

from dataclasses import asdict, dataclass
from typing import Literal

from torch import Tensor

from pushforward.points import Neighbours
from pushforward.result import Columns, Result

SLACK = 0.1  # a generator and its samples this far apart, relatively, still agree
# Classical estimates this far from a reading agree with it, and so many of the four must: each is blind in its own way,
# so that one may fail; half of them fail together where balls are no longer small.
BESIDE, ENOUGH = 0.25, 3


@dataclass(frozen=True)
class Part:
    """A part of data of mixed dimension: its dimension with an interval, 95 %, read from its own points alone.

    `share` of the points; `outside` where they do not tell.
    """

    dimension: int
    interval: tuple[int, int]
    share: float
    outside: bool = False

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.dimension} ({low} … {high}) at {self.share:.0%}"


@dataclass(frozen=True, eq=False, repr=False)
class Dimension(Result):
    """The dimension of data or of a generator's image, with what it rests on.

    `estimate` with `interval` (low, high), 95 %, both included. `per_point` (n,): of the Jacobian at each latent point,
    or of the surroundings of each data point. `spectrum`: pooled singular values (k,) of the Jacobian, or the mean
    share of variance of each principal direction in balls of 96 neighbours. `posterior` (J,): how likely 1, 2, … is
    by comparison with simulated manifolds, for data or for samples of the generator. `neighbours`: classical estimates
    on the same points. `mixed`: pairs of a dimension and its share of points where there are several, else empty;
    `parts`, of data, are the same with intervals, and `estimate`, `interval` and `posterior` are those of the largest.
    `floor` and `gap`: what counts as noise among singular values, and how clear that is (0 and 1 for data).

    `outside`: the data does not tell its dimension, and `reason` says why; then `interval` has no upper end but the
    number of coordinates, and `estimate` is no more than the middle of what is left. `noise`: standard deviation per
    coordinate of noise that was seen and not counted as dimensions, in the units of the data; 0 where none was.
    `copies`: points that were left out because they occur again, up to rounding.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import uniform
    >>> angle = 6.2832 * uniform((60, 1), seed=0)
    >>> dimension = pf.dimension(torch.cat([angle.cos(), angle.sin()], 1), seed=0)
    >>> dimension.estimate, dimension.interval
    (1, (1, 2))
    """

    estimate: int
    interval: tuple[int, int]
    per_point: Tensor
    spectrum: Tensor
    posterior: Tensor
    neighbours: Neighbours
    mixed: tuple[tuple[int, float], ...]
    source: Literal["data", "generator"]
    points: int
    floor: float = 0.0
    gap: float = 1.0
    outside: bool = False
    reason: str = ""
    noise: float = 0.0
    copies: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def calibrated(self) -> int:
        """The median of `posterior`: the reading from neighbours, compared with simulated manifolds."""
        return int((self.posterior.cumsum(0) < 0.5).sum()) + 1

    @property
    def agrees(self) -> bool:
        """Whether a second, different reading is the same.

        For a generator that is the calibrated reading of its samples, give or take 10 % and ½. For data at least three
        of the four classical estimates must be within a quarter and ½ of the estimate: where they disagree among
        themselves there is nothing to agree with.
        """
        if self.source == "generator":
            return abs(self.calibrated - self.estimate) <= 0.5 + SLACK * self.estimate
        slack = 0.5 + BESIDE * self.estimate
        near = sum(abs(value - self.estimate) <= slack for value in asdict(self.neighbours).values())
        return near >= ENOUGH and not self.outside

    @property
    def full(self) -> bool:
        """Whether the generator uses all its latent numbers: then the data may have more dimensions than it shows."""
        return self.source == "generator" and self.estimate == len(self.spectrum)

    def summary(self) -> str:
        """The dimension and what it rests on, in a few lines; a disagreement is reported."""
        lines = [self._first()]
        if self.mixed:
            parts = self.parts or tuple(f"{d} at {share:.0%}" for d, share in self.mixed)
            lines.append(f"  mixed dimension: {', '.join(map(str, parts))} of the points")
        if self.noise:
            lines.append(
                f"  noise of {self.noise:.2g} per coordinate is not counted: seen from nearer than that, the points "
                f"fill more dimensions than {self.estimate}"
            )
        if self.copies:
            lines.append(f"  {self.copies:,} points occur again up to rounding, and were left out")
        lines.append(f"  {self._beside()}")
        if self.full:
            lines.append(
                f"  all {len(self.spectrum)} latent numbers are used: the data may have more dimensions; "
                "train with more and see whether this number stays"
            )
        return "\n".join(lines)

    def _first(self) -> str:
        low, high = self.interval
        if self.outside:
            return f"dimension OUTSIDE what can be told, {low} or more (at most {high}): {self.reason}"
        return f"dimension {self.estimate} (95 %: {low} … {high}), {self._how()}"

    def _how(self) -> str:
        if self.source == "data":
            return f"{self.points:,} points compared with simulated manifolds"
        what = f"rank of the Jacobian at {self.points:,} points"
        if self.full:
            return f"{what}, no gap in its spectrum"
        return f"{what}, {self.gap:.0f} : 1 after singular value {self.estimate} of {len(self.spectrum)}"

    def _beside(self) -> str:
        if self.source == "data":
            word = "agree" if self.agrees else "DISAGREE"
            return f"classical estimates {word}: {self.neighbours!r}"
        word = "agree" if self.agrees else "DISAGREE"
        return f"neighbours of its samples {word}: calibrated {self.calibrated}; {self.neighbours!r}"

    def columns(self) -> Columns:
        """A row for each point: the dimension there."""
        return {"point": range(len(self.per_point)), "dimension": self.per_point.tolist()}

    def _brief(self) -> str:
        low, high = self.interval
        if self.outside:
            return f"outside, {low} or more, {self.points:,} points of {self.source}"
        return f"{self.estimate}, 95 %: {low} … {high}, {self.points:,} points of {self.source}"
