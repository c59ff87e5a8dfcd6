"""The picture of coverage against leak, beside networks that have no modules."""

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from pushforward.modules import Modules
from pushforward.show.canvas import WIDE, blank, styled
from pushforward.show.palette import DEAD, INK, MARK, MUTED, SERIES
from pushforward.show.target import Target


@styled
def coverage_figure(modules: Modules, *, width: float = WIDE) -> Target:
    """How much of the network falls into sets that keep apart, at every leak that is allowed between them."""
    figure = blank(width, 2.4)
    draw_coverage(figure.subplots(), modules)
    return figure


def draw_coverage(ax: Axes, modules: Modules) -> None:
    """Coverage of the network, the band of its rotated ones, and its untrained twin, into given axes."""
    c = modules.curve
    if not c.leaks:  # found by an earlier version
        ax.set_axis_off()
        return
    x = range(len(c.leaks))  # evenly spaced: the small leaks are the telling ones
    low, high = c.band(0.0), c.band(1.0)
    ax.fill_between(x, low, high, color=DEAD, alpha=0.55, linewidth=0, label=f"{len(c.null)} rotated networks, all")
    for number, twin in enumerate(c.twin):
        name = "untrained twin" if number == 0 else "_"
        ax.plot(x, twin, color=MARK, lw=1.2, ls=(0, (3, 2)), label=name)
    ax.plot(x, c.coverage, color=SERIES, lw=1.6, marker="o", ms=3, label="this network")
    for i, sets in enumerate(c.sets):
        if sets > 1:
            ax.annotate(str(sets), (i, c.coverage[i]), (0, 4), textcoords="offset points", ha="center", fontsize=7)
    at = min(x, key=lambda i: abs(c.leaks[i] - modules.leak))
    ax.axvline(at, color=INK if modules.significant else MUTED, lw=0.8, ls=(0, (1, 2)))
    ax.set_xticks(x, [f"{leak:g}" for leak in c.leaks])
    ax.set_ylim(0, 1.15 * max(0.05, *c.coverage, *high, *(max(t) for t in c.twin)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.0%}"))
    ax.set_xlabel("leak allowed between sets (overlap between over within)")
    ax.set_ylabel("coverage")
    ax.legend(loc="upper left", frameon=False, fontsize=7.5)
