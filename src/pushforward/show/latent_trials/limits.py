"""Readings of a trained candidate over their limits: at most 1 fits."""

from typing import NamedTuple

from pushforward.manifold.latent_trials import LEAST, LIMITS, MOST, Readings


class Measured(NamedTuple):
    """A reading, its limit and which side of it is good, and how far it and the ends of its interval are beyond it."""

    name: str
    reading: float
    limit: float
    sign: str
    ratio: float
    interval: tuple[float, float] | None = None

    @property
    def doubt(self) -> float:
        """How far it may be beyond its limit."""
        return self.ratio if self.interval is None else self.interval[1]


def measured(readings: Readings) -> list[Measured]:
    """Every reading that has a limit, in the order in which they are judged."""
    rows = []
    for name, limit in LIMITS.items():
        r = getattr(readings, name)
        rows.append(Measured(name, r.value, limit, "≤", r.value / limit, (r.low / limit, r.high / limit)))
    for name, limit in MOST.items():
        value = getattr(readings, name)
        rows.append(Measured(name, value, limit, "≤", value / limit))
    for name, limit in LEAST.items():
        value = getattr(readings, name)
        rows.append(Measured(name, value, limit, "≥", limit / max(value, 1e-9)))
    return rows


def shown(m: Measured) -> str:
    """A reading in the unit in which it is limited: seams are a share of the points."""
    if m.name == "seams":
        return f"{m.reading:.1%}" if m.reading < 0.1 else f"{m.reading:.0%}"
    return f"{m.reading:.2f}" if m.reading < 10 else f"{m.reading:.0f}"
