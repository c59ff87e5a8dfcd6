"""One candidate latent: its readings against their limits."""

from matplotlib.axes import Axes

from pushforward.manifold import LatentTrial
from pushforward.show.canvas import WIDE, bare, blank, folded, named_rows, styled
from pushforward.show.latent_trials.limits import Measured, measured, shown
from pushforward.show.palette import FAINT, INK, MARK, MUTED, SERIES
from pushforward.show.target import Target

# What lies beyond is drawn at the edge, with an arrow.
LOW, HIGH = 1 / 16, 16.0


@styled
def latent_trial_figure(trial: LatentTrial, *, width: float = WIDE) -> Target:
    """Each reading of the best start over its limit, with its 95 % interval where it has one: beyond 1 does not fit.

    Readings that must be large are turned over, so that beyond 1 is bad for all. Where nothing was trained the figure
    says why.
    """
    figure = blank(width, 2.75 if trial.readings is not None else 1.1)
    ax = figure.subplots()
    agreed = f" ({trial.agreed} of {trial.starts} starts agree)" if trial.starts else ""
    title = folded(f"{trial.name}: {trial.verdict}{agreed}: {trial.reason}", width)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, weight="bold")
    if trial.readings is None:
        bare(ax)
        ax.text(0.5, 0.5, "nothing was trained", ha="center", va="center", color=MUTED, transform=ax.transAxes)
        return figure
    values = measured(trial.readings)
    for row, m in enumerate(values):
        _row(ax, m, row)
    ax.axvline(1, color=INK, lw=0.9)
    ax.axvspan(1, 2 * HIGH, color=FAINT, alpha=0.35, lw=0)
    ax.set_xscale("log", base=2)
    ax.set_xlim(LOW / 1.25, HIGH * 1.25)
    ticks = [1 / 16, 1 / 4, 1, 4, 16]
    ax.set_xticks(ticks, ["1/16", "1/4", "1", "4", "16"])
    ax.minorticks_off()
    named_rows(ax, [f"{m.name} {shown(m)} ({m.sign} {_limit(m)})" for m in values], 0.26)
    ax.set_xlabel(folded("reading over its limit (grey: does not fit), with 95 % interval", width - 1.6))
    return figure


def _row(ax: Axes, m: Measured, row: int) -> None:
    hue = SERIES if m.doubt <= 1 else MARK
    at = min(max(m.ratio, LOW), HIGH)
    if m.interval is not None:
        ends = [min(max(end, LOW), HIGH) for end in m.interval]
        ax.plot(ends, [row, row], color=hue, lw=1.6, solid_capstyle="butt", gid="interval")
    mark = "<" if m.ratio < LOW else ">" if m.ratio > HIGH else "o"
    ax.plot([at], [row], mark, color=hue, ms=6.5, mec="white", mew=0.8, gid="reading")


def _limit(m: Measured) -> str:
    return f"{m.limit:.1%}" if m.name == "seams" else f"{m.limit:g}"
