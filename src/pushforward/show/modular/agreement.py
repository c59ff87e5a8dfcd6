"""How much the modules of two networks agree, beside chance."""

from pushforward.modules.modular import Agreement
from pushforward.show.canvas import NARROW, blank, folded, styled
from pushforward.show.palette import DEAD, SERIES
from pushforward.show.target import Target


@styled
def agreement_figure(agreement: Agreement, *, width: float = NARROW) -> Target:
    """The mean RV coefficient of the modules with their partners, and that of modules dealt out at random."""
    figure = blank(width, 1.55)
    ax = figure.subplots()
    names, values = ("their own", "dealt out at random"), (agreement.same, agreement.chance)
    ax.barh([0, 1], values, color=(SERIES, DEAD), height=0.66)
    for row, value in enumerate(values):
        ax.annotate(f"{value:.2f}", (value, row), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    ax.set_yticks([0, 1], names)
    ax.tick_params(left=False)
    ax.set_ylim(1.5, -0.5)
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.set_xlabel("mean RV coefficient of paired modules")
    title = f"Two networks' modules agree to {agreement.same:.2f}"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure
