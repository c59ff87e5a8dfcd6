"""The quality card of a generator: each ratio against 1, and each share, with the limits beyond which it is a fault."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from matplotlib.axes import Axes

from pushforward.generator import Quality
from pushforward.page import counted
from pushforward.page.generators import COPIED, FARTHEST, KEPT, ROUGH, WORST, faults
from pushforward.show.canvas import WIDE, blank, folded, log_ticks, named_rows, styled
from pushforward.show.palette import INK, MARK, MUTED, PALE, SERIES
from pushforward.show.target import Target


class Reading(NamedTuple):
    """A number of the card, and how far it may go: `most` or `least`, or neither."""

    name: str
    value: float
    most: float | None = None
    least: float | None = None

    @property
    def bad(self) -> bool:
        """Whether it is beyond its limit."""
        over, under = (
            self.most is not None and self.value > self.most,
            self.least is not None and self.value < self.least,
        )
        return not isfinite(self.value) or over or under

    @property
    def limit(self) -> float | None:
        """The most or the least, whichever there is."""
        return self.most if self.most is not None else self.least


def ratios(q: Quality) -> list[Reading]:
    """What compares with real data against other real data: 1 is perfect."""
    return [
        Reading("coverage", q.coverage, most=WORST),
        Reading("precision", q.precision, most=WORST),
        Reading("Fréchet distance", q.frechet_ratio, most=FARTHEST),
        Reading("memorisation", q.memorisation, least=COPIED),
    ]


def shares(q: Quality) -> list[Reading]:
    """Errors as shares of a standard deviation, and shares of points."""
    measures = [
        Reading("reconstruction error", q.reconstruction, most=ROUGH),
        Reading("cycle error", q.cycle),
        Reading("same chart", q.same_piece),
    ]
    return measures if q.kept is None else [*measures, Reading("classes kept", q.kept, least=KEPT)]


@styled
def quality_figure(quality: Quality, *, width: float = WIDE) -> Target:
    """Coverage, precision, Fréchet distance and memorisation against 1, and below them errors and shares in percent.

    A tick across a row is the limit of what is called good; numbers beyond it are purple.
    """
    above, below = ratios(quality), shares(quality)
    classes = bool(quality.classes)
    heights = [0.27 * len(above), 0.27 * len(below), *([0.8] if classes else [])]
    figure = blank(width, 0.4 + sum(heights) + (0.58 if width >= 5 else 0.78) * len(heights))
    panels = figure.subplots(len(heights), 1, height_ratios=heights)
    _ratios(panels[0], above, width)
    _shares(panels[1], below, width)
    if classes:
        _classes(panels[2], quality.classes)
    bad = faults(quality)
    head = "Quality: no fault" if not bad else f"Quality: {counted(len(bad), 'fault')}"
    title = f"{head}; {quality.count:,} samples and held-out inputs"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _ratios(ax: Axes, readings: Sequence[Reading], width: float) -> None:
    there = [r.value for r in readings if isfinite(r.value) and r.value > 0]
    low, high = min(0.7, *there, 1.0), max(2.0, *there, 1.0)
    for row, r in enumerate(readings):
        _limit(ax, r, row)
        hue = MARK if r.bad else SERIES
        if isfinite(r.value) and r.value > 0:
            ax.plot([1, r.value], [row, row], color=hue, lw=1.4)
            ax.plot([r.value], [row], "o", color=hue, ms=6.5, mec="white", mew=0.8)
        said = "not finite" if not isfinite(r.value) else f"{r.value:.2f}" if r.value < 1000 else f"{r.value:,.0f}"
        ax.annotate(said, (1.0, row), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                    va="center", fontsize=8, color=INK)  # fmt: skip
    ax.axvline(1, color=MUTED, lw=0.8)
    log_ticks(ax, low, high, axis="x")
    ax.set_xlim(low / 1.15, high * 1.15)
    named_rows(ax, [r.name for r in readings], 0.27)
    ax.set_xlabel(folded("ratio to real against other real data (1: perfect; tick: limit)", width - 1.4))


def _shares(ax: Axes, readings: Sequence[Reading], width: float) -> None:
    for row, r in enumerate(readings):
        hue = MARK if r.bad else SERIES
        ax.barh([row], [r.value if isfinite(r.value) else 0.0], height=0.5, color=hue)
        _limit(ax, r, row)
        said = f"{r.value:.1%}" if isfinite(r.value) else "not finite"
        ax.annotate(said, (1.0, row), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                    va="center", fontsize=8, color=INK)  # fmt: skip
    ax.set_xlim(0, max(1.0, *(r.value for r in readings if isfinite(r.value))))
    ax.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    named_rows(ax, [r.name for r in readings], 0.27)
    ax.set_xlabel(folded("errors: of the standard deviation; shares: of inputs", width - 1.4))


def _limit(ax: Axes, reading: Reading, row: int) -> None:
    if reading.limit is not None:
        ax.plot([reading.limit] * 2, [row - 0.34, row + 0.34], color=INK, lw=1.1, gid="limit")


def _classes(ax: Axes, shares: Sequence[float]) -> None:
    even = 1 / len(shares)
    ax.bar(range(len(shares)), shares, color=PALE, width=0.8)
    ax.axhline(even, color=MUTED, lw=0.9, ls=(0, (3, 2)))
    ax.set_xlim(-0.6, len(shares) - 0.4)
    ax.locator_params(axis="x", nbins=12, integer=True)
    ax.locator_params(axis="y", nbins=4)
    ax.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    ax.set_xlabel("class of the samples (dashed: all alike)")
    ax.set_ylabel("share")
