"""From readings to a verdict: limits, chosen on other seeds than are reported, and what a defect is called."""

from typing import Literal, NamedTuple

from pushforward.manifold.latent_trials.readings import PLACE, Ratio, Readings

Verdict = Literal["fits", "rejected", "undetermined"]
# Up to here a generator fits, its 95 % interval included.
LIMITS = {"seams": 0.004, "coverage": 1.8, "precision": 1.6, "bridges": 1.7}
# The same for a reading without an interval.
MOST = {"holes": 1.9}
# Down to here it is one to one.
LEAST = {"lipschitz": 0.25, "sigma": 0.25}
# How many times beyond its limit the near end of an interval must be for a defect that is certain.
CLEAR = 1.15
# A start with no defect larger than this is trained on.
HOPEFUL = 2.5
# A candidate that comes so near in one start is started again: a tangle is likelier than another topology.
NEAR = {"coverage": 2.5, "precision": 4.0, "bridges": 4.0, "seams": 0.1}


class Defect(NamedTuple):
    """A reading over its limit: `size` at the end of its interval that excuses it most, `doubt` at the other."""

    what: str
    size: float
    doubt: float


class Judgement(NamedTuple):
    """Of one start: all its readings over their limits."""

    defects: tuple[Defect, ...]

    @property
    def doubt(self) -> float:
        """How far the worst reading may be beyond its limit: at most 1 fits."""
        return max(defect.doubt for defect in self.defects)

    @property
    def clear(self) -> tuple[Defect, ...]:
        """The defects that are certain."""
        return tuple(defect for defect in self.defects if defect.size > CLEAR)

    @property
    def hopeful(self) -> bool:
        """Whether longer training might help: it does not fit, and every defect is small."""
        return self.doubt > 1 and max(defect.size for defect in self.defects) < HOPEFUL

    @property
    def verdict(self) -> Verdict:
        """No defect possible, one certain, or neither."""
        if self.doubt <= 1:
            return "fits"
        return "rejected" if self.clear else "undetermined"


def judgement_of(readings: Readings) -> Judgement:
    """Every reading over its limit."""
    fit = [_of(name, getattr(readings, name), limit) for name, limit in LIMITS.items()]
    holes = [Defect(name, *[getattr(readings, name) / limit] * 2) for name, limit in MOST.items()]
    one = [Defect(name, *[limit / max(getattr(readings, name), 1e-9)] * 2) for name, limit in LEAST.items()]
    return Judgement((*fit, *holes, *one))


def near(readings: Readings) -> bool:
    """Whether a start that does not fit is no worse than a tangle."""
    return all(getattr(readings, name).value <= limit for name, limit in NEAR.items())


def together(ends: list[Judgement]) -> Verdict:
    """One start that fits is enough: it shows that a fit exists. To reject, all must fail clearly."""
    verdicts = {end.verdict for end in ends}
    if "fits" in verdicts:
        return "fits"
    return "rejected" if verdicts == {"rejected"} else "undetermined"


def reason(end: Judgement, readings: Readings) -> str:
    """What decided, in words: at most two defects, the telling ones first."""
    if end.verdict == "fits":
        return "covers the data, stays on them, one to one"
    if end.clear:
        return " and ".join(_words(defect.what, readings) for defect in end.clear[:2])
    worst = max(end.defects, key=lambda defect: defect.doubt)
    return f"unclear at this many points: {_words(worst.what, readings)}"


def _of(name: str, ratio: Ratio, limit: float) -> Defect:
    return Defect(name, ratio.low / limit, ratio.high / limit)


def _words(what: str, readings: Readings) -> str:
    r = readings
    if what == "seams" and r.multiplicity > 1:
        return f"covers the data {r.multiplicity} times ({r.seams.value:.0%} of the points)"
    return {
        "seams": f"has seams ({r.seams.value:.1%} of the points, each from far latent points)",
        "coverage": f"leaves gaps ({r.coverage.value:.1f} × real distances)",
        "precision": f"leaves the data ({r.precision.value:.1f} × real distances)",
        "holes": f"leaves a hole ({PLACE} neighbouring points are {r.holes:.1f} × as far from it as from others)",
        "bridges": f"bridges gaps of the data ({r.bridges.value:.1f} × real distances)",
        "lipschitz": f"brings far latent points together (to {r.lipschitz:.2f} of the usual stretch)",
        "sigma": f"is crushed in places (least singular value {r.sigma:.2f} of the mean)",
    }[what]
