"""`LatentTrials`: which latents a generator of the data can be trained from, and what it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from math import nan

from pushforward import latents
from pushforward.generator import Generator
from pushforward.latents import Latent
from pushforward.manifold.latent_trials.dimension import Growth
from pushforward.manifold.latent_trials.readings import Ratio, Readings
from pushforward.manifold.latent_trials.verdict import Verdict
from pushforward.result import Columns, Result
from pushforward.schema import coded


@dataclass(frozen=True, eq=False, repr=False)
class LatentTrial(Result):
    """One candidate. `latent` has the proportions that suit the data best; `verdict` and `reason` say what came out.

    `readings` are those of the best start, None where nothing was trained; `match` is the mean squared difference of
    landmarks' distances, over their mean, before training. Of `starts` trained, `agreed` had the verdict of the whole
    by themselves. `generator` is the best start's: it is None after loading, but
    `row.generator.save(path)` saves it.

    >>> import pushforward as pf
    >>> trial = pf.results.LatentTrial(pf.latents.Torus(2), "rejected", "another dimension")
    >>> trial
    LatentTrial(Torus 1 1: rejected: another dimension)
    """

    latent: Latent = field(metadata=coded(latents.save, latents.load))
    verdict: Verdict
    reason: str
    readings: Readings | None = None
    match: float | None = None
    starts: int = 0
    agreed: int = 0
    generator: Generator | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The latent in one word, with its proportions."""
        return named(self.latent)

    def columns(self) -> Columns:
        """A row for each reading, with its 95 % interval where it has one; none where nothing was trained."""
        values = [] if self.readings is None else [(f.name, getattr(self.readings, f.name)) for f in fields(Readings)]
        whole = [(name, value if isinstance(value, Ratio) else Ratio(value, *[nan] * 2)) for name, value in values]
        return {
            "reading": [name for name, _ in whole],
            **{part: [getattr(value, part) for _, value in whole] for part in Ratio._fields},
        }

    def summary(self) -> str:
        """The latent, the verdict and the reason."""
        return f"{self.name}: {self.verdict}: {self.reason}"

    def _brief(self) -> str:
        return f"{self.name}: {self.verdict}: {self.reason}"


@dataclass(frozen=True, eq=False, repr=False)
class LatentTrials(Result):
    """All candidates, best first as they were given in `rows`; `fits` are the latents that fit.

    `dimension` is the data's own at the scale of the manifold, `parts` how many connected parts they have. `smallest`
    is the smallest defect that could have been seen: the width of a gap, bridge or seam as a share of the data's
    diameter. `notes` say what was left out or makes the table doubtful.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> angle = torch.linspace(0, 6.2832, 401)[1:, None]
    >>> X = torch.cat([angle.cos(), angle.sin()], 1) + 0.01 * normal((400, 2), seed=0)
    >>> same = torch.nn.Identity()
    >>> gen = pf.Generator.wrap(same, pf.latents.Circle(), encoder=same, reads="features")
    >>> trials = pf.try_latents(X, [gen, pf.latents.Sphere(3)], seed=0)
    >>> [(trial.latent, trial.verdict) for trial in trials]
    [(Circle(), 'fits'), (Sphere(dim=3), 'rejected')]
    """

    rows: tuple[LatentTrial, ...]
    points: int
    parts: int
    dimension: Growth
    smallest: float
    notes: tuple[str, ...] = ()

    @property
    def fits(self) -> tuple[Latent, ...]:
        """The latents that fit."""
        return tuple(row.latent for row in self.rows if row.verdict == "fits")

    def __getitem__(self, index: int) -> LatentTrial:
        return self.rows[index]

    def __iter__(self) -> Iterator[LatentTrial]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def summary(self) -> str:
        """A table, one candidate a line."""
        size = f"{self.points:,} points of dimension {self.dimension} in {_count(self.parts, 'part')}"
        lines = [f"{size}; defects wider than {self.smallest:.1%} of their diameter can be seen"]
        lines += [f"  {note}" for note in self.notes]
        heads = ("latent", "verdict", "starts", "cover", "precise", "holes", "seams", "σ", "lipschitz", "reason")
        table = [heads, *(_cells(row) for row in self.rows)]
        widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
        lines += ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
        return "\n".join(lines)

    def columns(self) -> Columns:
        """A row for each candidate; readings are None where nothing was trained."""
        return {
            "latent": [row.name for row in self.rows],
            **{name: [getattr(row, name) for row in self.rows] for name in ("verdict", "starts", "agreed", "match")},
            **{f.name: [_reading(row, f.name) for row in self.rows] for f in fields(Readings)},
            "reason": [row.reason for row in self.rows],
        }

    def _brief(self) -> str:
        fits = ", ".join(row.name for row in self.rows if row.verdict == "fits")
        return f"{len(self.rows)} latents, {self.points:,} points of dimension {self.dimension}; fits: {fits or 'none'}"


def named(latent: Latent) -> str:
    """The latent in one word, with its proportions.

    >>> named(latents.Torus(2, (2.3, 1)))
    'Torus 2.3 1'
    """
    spec = latent.spec()
    parts = spec.get("latents")
    if isinstance(parts, list):
        return type(latent).__name__ + " of " + ", ".join(inner["latent"] for inner in parts)
    arguments = [v for key, v in spec.items() if key != "dim" or len(spec) == 1]
    numbers = [f"{x:g}" for v in arguments for x in (v if isinstance(v, list) else [v]) if isinstance(x, int | float)]
    return " ".join([type(latent).__name__, *numbers])


def _reading(row: LatentTrial, name: str) -> float | None:
    reading = None if row.readings is None else getattr(row.readings, name)
    return reading.value if isinstance(reading, Ratio) else reading


def _count(n: int, what: str) -> str:
    return f"{n} {what}" + ("s" if n != 1 else "")


def _cells(row: LatentTrial) -> tuple[str, ...]:
    r = row.readings
    if r is None:
        return (row.name, row.verdict, *7 * ("–",), row.reason)
    fit = [f"{x.value:.1f} ({x.low:.1f} … {x.high:.1f})" for x in (r.coverage, r.precision)]
    one = (f"{r.holes:.1f}", f"{r.seams.value:.1%}", f"{r.sigma:.2f}", f"{r.lipschitz:.2f}")
    return (row.name, row.verdict, f"{row.agreed} of {row.starts}", *fit, *one, row.reason)
