"""What modularity costs: accuracy against it, a dot for every network."""

from pushforward.modules.modular import Frontier
from pushforward.show.canvas import NARROW, blank, styled
from pushforward.show.palette import MUTED, colours
from pushforward.show.target import Target


@styled
def frontier_figure(frontier: Frontier, *, width: float = NARROW) -> Target:
    """One dot a network, accuracy against modularity; a ring at the mean of each strength, joined by a line."""
    figure = blank(width, 0.8 * width)
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
