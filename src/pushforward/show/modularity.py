"""What modularity costs: networks trained at several strengths, by accuracy and modularity."""

from matplotlib.figure import Figure

from pushforward.modules.modularity import Frontier
from pushforward.show.canvas import NARROW, Drawing, styled
from pushforward.show.palette import MUTED, colours


@styled
def frontier_figure(frontier: Frontier, *, width: float = NARROW) -> Figure:
    """One dot a network, accuracy against modularity; a ring at the mean of each strength, joined by a line."""
    figure = Drawing(figsize=(width, 0.8 * width), layout="constrained")
    ax = figure.add_subplot()
    means = frontier.modularity.mean(1).tolist(), frontier.accuracy.mean(1).tolist()
    ax.plot(*means, "-", color=MUTED, lw=0.8, zorder=1)
    for i, (strength, colour) in enumerate(zip(frontier.strengths, colours(len(frontier.strengths)), strict=True)):
        ax.plot(frontier.modularity[i].tolist(), frontier.accuracy[i].tolist(), "o", color=colour, ms=4, mec="white")
        ax.plot(means[0][i], means[1][i], "o", mfc="none", mec=colour, ms=10, label=f"{strength:g}")
    ax.axvline(0, color=MUTED, lw=0.7, ls=":")
    ax.set_xlabel("modularity (0: chance)")
    ax.set_ylabel("accuracy")
    ax.set_title(f"The price of modularity, {len(frontier.seeds)} seeds")
    ax.legend(title="strength", loc="best")
    return figure
