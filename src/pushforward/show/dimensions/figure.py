"""The dimension: what it was read from, how it varies from point to point, and whether other estimates agree."""

from dataclasses import asdict

import torch
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from pushforward.manifold import Dimension
from pushforward.page.generators import agreement
from pushforward.show.canvas import WIDE, blank, count_directions, folded, styled
from pushforward.show.palette import DEAD, INK, MARK, MUTED, PAPER, SERIES
from pushforward.show.target import Target

# Bars of the posterior are drawn up to here.
SHOWN = 0.999
# The classical estimates: their names, and their marks.
CLASSICAL = {"two_nn": ("TwoNN", "v"), "mle": ("MLE", "^"), "angles": ("angles", "s"), "pca": ("local PCA", "D")}


@styled
def dimension_figure(dimension: Dimension, *, width: float = WIDE) -> Target:
    """What the dimension was read from, and beside it the dimension at each point with other estimates as marks.

    Of a generator the pooled singular values with the gap between those that count and those that do not, of data how
    likely each dimension is. The title says the estimate, and whether the readings agree.
    """
    wide = width >= 5
    figure = blank(width, 3.1 if wide else 5.3)
    title = folded(f"{_estimate(dimension)}: {agreement(dimension)}", width)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, weight="bold")
    read, local = figure.subplots(1, 2) if wide else figure.subplots(2, 1)
    if dimension.source == "generator":
        _spectrum(read, dimension)
    else:
        _posterior(read, dimension)
    _points(local, dimension, width / 2 if wide else width)
    figure.legend(*local.get_legend_handles_labels(), loc="outside lower left", ncols=6 if wide else 3,
                  handlelength=1, columnspacing=1.2)  # fmt: skip
    return figure


def _estimate(d: Dimension) -> str:
    low, high = d.interval
    if d.outside:
        return f"Dimension outside what can be told: {low} or more"
    return f"Dimension {d.estimate} (95 %: {low} … {high})"


def _spectrum(ax: Axes, d: Dimension) -> None:
    """Singular values above the gap in colour, below it in grey, and the gap between them."""
    s, k = d.spectrum.double().cpu(), d.estimate
    x = torch.arange(1, len(s) + 1)
    ax.plot(x.tolist(), s.tolist(), color=MUTED, lw=0.9)
    ax.plot(x[:k].tolist(), s[:k].tolist(), "o", color=SERIES, ms=4.5)
    ax.plot(x[k:].tolist(), s[k:].tolist(), "o", color=DEAD, ms=4.5)
    ax.set_yscale("log")
    ax.set_ylim(float(s.min()) / 1.6, float(s.max()) * 1.9)
    if not d.full:
        ax.axvline(k + 0.5, color=MARK, lw=1.2)
        ax.axhline(d.floor, color=MUTED, lw=0.8, ls=(0, (3, 2)))
    left = k + 0.5 < (len(s) + 1) / 2
    said = "no gap: all are used" if d.full else f"gap {d.gap:.0f} : 1 after {k}"
    at, align = (k + 0.5, "left" if left else "right") if not d.full else (len(s), "right")
    ax.annotate(said, (at, 0.97), (4 if left else -4, 0), xycoords=("data", "axes fraction"),
                textcoords="offset points", va="top", ha=align, fontsize=8)  # fmt: skip
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if float(s.max()) < 50 * float(s.min()) else (1,)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.3g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    count_directions(ax, len(s))
    ax.set_xlabel(f"singular value of the Jacobian (n = {d.points:,})")
    ax.set_ylabel("change of the input per spread")


def _posterior(ax: Axes, d: Dimension) -> None:
    p = d.posterior.double().cpu()
    last = int((p.cumsum(0) < SHOWN).sum()) + 1
    first = int((p.cumsum(0) < 1 - SHOWN).sum()) + 1
    low, high = max(1, min(first, d.estimate) - 1), max(last, d.estimate) + 1
    shown = range(low, min(high, len(p)) + 1)
    hues = [MARK if j == d.estimate else DEAD for j in shown]
    ax.bar(shown, p[low - 1 : shown[-1]].tolist(), color=hues, width=0.85)
    ax.set_xlim(low - 0.6, max(shown[-1], low + 4) + 0.6)
    ax.set_ylim(0, 1.05 * max(float(p.max()), 0.5))
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.0%}"))
    ax.set_xlabel(f"dimension (n = {d.points:,} points)")
    ax.set_ylabel("how likely")


def _points(ax: Axes, d: Dimension, room: float) -> None:
    """How many points have which dimension; above the bars what others say."""
    at = d.per_point.double().cpu()
    marks = [(value, *CLASSICAL[name]) for name, value in asdict(d.neighbours).items() if name in CLASSICAL]
    if d.source == "generator":
        marks.append((float(d.calibrated), "calibrated", "o"))
    reach = [*at.round().tolist(), d.estimate, *(value for value, _, _ in marks)]
    low, high = max(0, int(min(reach)) - 1) - 0.5, int(max(reach)) + 1.5
    bins = torch.arange(low, high + 1, 1.0).tolist()
    counts, _, _ = ax.hist(at.numpy(), bins=bins, color=DEAD, edgecolor=PAPER, linewidth=0.5)
    top = float(max(counts))  # pyright: ignore[reportArgumentType]
    ax.axvline(d.estimate, color=MARK, lw=1.2, label=f"estimate {d.estimate}")
    for i, (value, name, mark) in enumerate(marks):
        ax.plot([value], [top * (1.08 + 0.07 * i)], mark, color=INK, ms=5, mec=PAPER, mew=0.5, ls="",
                label=f"{name} {value:.{0 if mark == 'o' else 1}f}")  # fmt: skip
    ax.set_ylim(0, top * (1.15 + 0.07 * len(marks)))
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.set_yticks([t for t in MaxNLocator(4, integer=True).tick_values(0, top) if 0 <= t <= top])
    ax.set_xlabel(folded("dimension at a point, and by other estimates", room))
    ax.set_ylabel("points")
