"""`Dimension`: how many directions points can move in, how sure that is, and what else was read."""

from dataclasses import asdict, dataclass
from typing import Literal

from torch import Tensor

from pushforward.points import Neighbours
from pushforward.result import Columns, Result

SLACK = 0.1  # estimates this far apart, relatively, still agree


@dataclass(frozen=True, eq=False, repr=False)
class Dimension(Result):
    """The dimension of data or of a generator's image, with what it rests on.

    `estimate` with `interval` (low, high), 95 %, both included. `per_point` (n,): of the Jacobian at each latent point,
    or of the surroundings of each data point. `spectrum`: pooled singular values (k,) of the Jacobian, or the mean
    share of variance of each principal direction in balls of 96 neighbours. `posterior` (J,): how likely 1, 2, … is
    by comparison with simulated manifolds, for data or for samples of the generator. `neighbours`: classical estimates
    on the same points. `mixed`: pairs of a dimension and its share of points where there are several, else empty.
    `floor` and `gap`: what counts as noise among singular values, and how clear that is (0 and 1 for data).
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

    @property
    def calibrated(self) -> int:
        """The median of `posterior`: the reading from neighbours, compared with simulated manifolds."""
        return int((self.posterior.cumsum(0) < 0.5).sum()) + 1

    @property
    def agrees(self) -> bool:
        """Whether the second reading is the same, give or take 10 % and ½.

        That is, for a generator, the calibrated reading of its samples; for data the classical estimates, between the
        least and the largest of which it must lie.
        """
        if self.source == "generator":
            low = high = float(self.calibrated)
        else:
            low, high = min(asdict(self.neighbours).values()), max(asdict(self.neighbours).values())
        slack = 0.5 + SLACK * self.estimate
        return low - slack <= self.estimate <= high + slack

    @property
    def full(self) -> bool:
        """Whether the generator uses all its latent numbers: then the data may have more dimensions than it shows."""
        return self.source == "generator" and self.estimate == len(self.spectrum)

    def summary(self) -> str:
        """The dimension and what it rests on, in a few lines; a disagreement is reported."""
        low, high = self.interval
        lines = [f"dimension {self.estimate} (95 %: {low} … {high}), {self._how()}"]
        if self.mixed:
            parts = ", ".join(f"{d} at {share:.0%}" for d, share in self.mixed)
            lines.append(f"  mixed dimension: {parts} of the points")
        lines.append(f"  {self._beside()}")
        if self.full:
            lines.append(
                f"  all {len(self.spectrum)} latent numbers are used: the data may have more dimensions; "
                "train with more and see whether this number stays"
            )
        return "\n".join(lines)

    def _how(self) -> str:
        if self.source == "data":
            return f"{self.points:,} points compared with simulated manifolds"
        what = f"rank of the Jacobian at {self.points:,} points"
        if self.full:
            return f"{what}, no gap in its spectrum"
        return f"{what}, {self.gap:.0f} : 1 after singular value {self.estimate} of {len(self.spectrum)}"

    def _beside(self) -> str:
        if self.source == "data":
            word = "agree" if self.agrees else "DISAGREE, none is near"
            return f"classical estimates {word}: {self.neighbours!r}"
        word = "agree" if self.agrees else "DISAGREE"
        return f"neighbours of its samples {word}: calibrated {self.calibrated}; {self.neighbours!r}"

    def columns(self) -> Columns:
        """A row for each point: the dimension there."""
        return {"point": range(len(self.per_point)), "dimension": self.per_point.tolist()}

    def _brief(self) -> str:
        low, high = self.interval
        return f"{self.estimate}, 95 %: {low} … {high}, {self.points:,} points of {self.source}"
