"""`Topology`: the shape of data, with every reading it rests on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.manifold.topologies.names import UNNAMED, Numbers, union
from pushforward.manifold.topologies.names import name as name_of
from pushforward.manifold.topologies.persistence import Check
from pushforward.result import Columns, Result

# Share of the looks that must agree for a name to be given with confidence.
STEADY = 0.8


@dataclass(frozen=True)
class Part:
    """One connected part: its numbers, its share of the points, what each look called it, and the check.

    `looks`: names of each choice of points and landmarks; None where its numbers contradict each other.
    """

    numbers: Numbers
    share: float
    looks: tuple[str | None, ...]
    check: Check | None = None

    @property
    def name(self) -> str | None:
        """What most of the looks say."""
        return name_of(self.numbers)

    @property
    def stability(self) -> float:
        """The share of looks that say so."""
        return self.looks.count(self.name) / len(self.looks)


@dataclass(frozen=True, eq=False, repr=False)
class Topology(Result):
    """The topology of data or of a generator's image.

    - `name`: "circle", "Klein bottle", "2 × circle" …; "unnamed" for numbers that fit together but have no name here;
      None, undetermined, where `reasons` say why. `confident`: it is named, at least 80 % of the looks agree (times the
      share of the points that were not left out), no `notes` speak against it, and the check does not object.
    - `dimension`; `betti` {2: …, 3: …} over Z₂ and Z₃; `orientable`, `boundary` (None: undecided);
      `components`; `euler`.
    - `parts`: the same for each connected part. `stability`: the share of looks (other points, other landmarks) that
      agree, in the part where it is least. `check`: of the largest part.
    - `layout` (m, 3): landmarks of the largest part in coordinates that keep geodesic distances as well as three can;
      `which` (m,): the numbers of the points of X next to them, −1 where a generator was given; `edges` (e, 2): pairs
      with overlapping balls; `bars` (b, 3): dimension, birth, death of classes over Z₂ in radii of the cover.
    - `notes`: what makes a name doubtful: points left out that are neighbours of each other, narrow places, hairs.
    - `smallest`: loops shorter than this share of the diameter would not have been seen.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import uniform
    >>> angle = 6.2832 * uniform((400, 1), seed=0)
    >>> topology = pf.topology(torch.cat([angle.cos(), angle.sin()], 1), check=False, seed=0)
    >>> topology.name, topology.betti[2], topology.orientable
    ('circle', (1, 1), True)
    """

    dimension: int | None
    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    points: int
    outliers: int
    smallest: float
    layout: Tensor
    which: Tensor
    edges: Tensor
    bars: Tensor
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        """See the class."""
        names = [part.name for part in self.parts if part.name is not None]
        if self.reasons or not names or len(names) < len(self.parts):
            return None
        return UNNAMED if UNNAMED in names else union(names)

    @property
    def confident(self) -> bool:
        """See the class."""
        branching = self.dimension == 1 and self.name == UNNAMED  # no second reading would notice a torn crossing
        kept = 1 - self.outliers / max(self.points, 1)
        steady = self.stability * kept >= STEADY
        return self.name is not None and not branching and steady and not self.notes and self.agrees is not False

    @property
    def stability(self) -> float:
        """See the class; 0 if nothing was read."""
        return min((part.stability for part in self.parts), default=0.0)

    @property
    def check(self) -> Check | None:
        """Persistent homology of the largest part; None if it was not made."""
        return self.parts[0].check if self.parts else None

    @property
    def agrees(self) -> bool | None:
        """Whether the checks of all parts agree; None where they do not tell, or were not made."""
        answers = [None if part.check is None else part.check.agrees for part in self.parts]
        return False if False in answers else None if None in answers or not answers else True

    @property
    def betti(self) -> dict[int, tuple[int, ...]]:
        """Sums over the parts."""
        each = [part.numbers.betti for part in self.parts]
        return {p: tuple(map(sum, zip(*(b[p] for b in each), strict=True))) for p in (2, 3)} if each else {}

    @property
    def orientable(self) -> bool | None:
        """Whether all parts are."""
        return _all([part.numbers.orientable for part in self.parts])

    @property
    def boundary(self) -> bool | None:
        """Whether any part has one."""
        without = _all([None if p.numbers.boundary is None else not p.numbers.boundary for p in self.parts])
        return None if without is None else not without

    @property
    def components(self) -> int:
        """Connected parts."""
        return len(self.parts)

    @property
    def euler(self) -> int | None:
        """The Euler characteristic; None if nothing was read."""
        return sum(part.numbers.euler for part in self.parts) if self.parts else None

    def summary(self) -> str:
        """The name and what it rests on, in a few lines, with the contradictions."""
        lines = [self._headline()]
        lines += [f"  because {reason}" for reason in self.reasons]
        lines += [f"  note: {note}" for note in self.notes]
        for part in self.parts:
            lines += _lines(part, whole=len(self.parts) == 1)
        without = f", {self.outliers:,} outliers left out" if self.outliers else ""
        limit = f"loops shorter than {self.smallest:.0%} of the diameter would not be seen"
        lines.append(f"  {self.points:,} points{without}; {limit}")
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.name is None:
            return "topology undetermined"
        sure = "" if self.confident else ", not confident"
        return f"{self.name} (dimension {self.dimension}){sure}: {self.stability:.0%} of the looks agree"

    def columns(self) -> Columns:
        """A row for each connected part."""
        numbers = [part.numbers for part in self.parts]
        return {
            "name": [part.name for part in self.parts],
            "share": [part.share for part in self.parts],
            "stability": [part.stability for part in self.parts],
            "betti_2": [n.betti[2] for n in numbers],
            "betti_3": [n.betti[3] for n in numbers],
            "orientable": [n.orientable for n in numbers],
            "boundary": [n.boundary for n in numbers],
            "euler": [n.euler for n in numbers],
        }

    def _brief(self) -> str:
        return f"{self._headline()}, {self.points:,} points"


def nothing(reason: str, *, points: int, outliers: int = 0, dimension: int | None = None) -> Topology:
    """A topology that is undetermined before any reading."""
    return Topology(
        dimension,
        (),
        (reason,),
        points,
        outliers,
        1.0,
        torch.zeros(0, 3),
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0, 2, dtype=torch.int64),
        torch.zeros(0, 3),
    )


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers or not answers else True


def _lines(part: Part, *, whole: bool) -> list[str]:
    numbers = part.numbers
    orientable = {True: "orientable", False: "not orientable", None: "orientability unclear"}[numbers.orientable]
    boundary = {True: "with boundary", False: "without boundary", None: "boundary unclear"}[numbers.boundary]
    two, three = (", ".join(map(str, numbers.betti[p])) for p in (2, 3))
    whose = "" if whole else f"{part.name or 'undetermined'}, {part.share:.0%} of the points: "
    lines = [
        f"  {whose}Betti numbers ({two}) over Z₂, ({three}) over Z₃; {orientable}; {boundary}; Euler {numbers.euler}"
    ]
    if part.stability < 1:
        others = sorted({look or "contradictory" for look in part.looks if look != part.name})
        lines.append(f"  {part.stability:.0%} of the looks agree; others say: {', '.join(others)}")
    return lines if part.check is None else [*lines, f"  {part.check}"]
