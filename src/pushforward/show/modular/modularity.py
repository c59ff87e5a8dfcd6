"""How modular a network is: its score beside those of mixed networks, and the score within each layer."""

from matplotlib.axes import Axes

from pushforward.modules.modular import Modularity
from pushforward.page import counted, number
from pushforward.show.canvas import WIDE, blank, folded, named_rows, plain, styled
from pushforward.show.palette import DEAD, INK, MUTED, PALE, SERIES
from pushforward.show.target import Target

# More layers than this are drawn as thinner bars.
ROOMY = 24


@styled
def modularity_figure(modularity: Modularity, *, width: float = WIDE) -> Target:
    """The score with its standard error beside those of mixed networks (dashes), and the score within each layer.

    0 is chance, 1 a network in which nothing crosses its modules.
    """
    layers = len(modularity.layers)
    pitch = 0.26 if layers <= ROOMY else max(0.06, 6.2 / layers)
    figure = blank(width, (1.45 if width >= 5 else 2.15) + pitch * layers)
    ax = figure.subplots()
    within = list(modularity.per_layer.values())
    score_row(ax, modularity, 0.0)
    ax.barh(range(1, layers + 1), within, height=0.62, color=PALE, label="within a layer")
    few = named_rows(ax, ["whole network", *map(plain, modularity.layers)], pitch)
    reach = [*within, *modularity.null.tolist(), modularity.score, 0.0]
    span = max(max(reach) - min(reach), 1e-3)
    ax.set_xlim(min(reach) - 0.06 * span, max(reach) + 0.12 * span)
    ax.axvline(0, color=MUTED, lw=0.7)
    count = f"{counted(modularity.neurons, 'neuron')}, {counted(modularity.inputs, 'input')}"
    ax.set_xlabel(folded(f"modularity (0: chance, 1: nothing crosses), {count}{few}", width - 1))
    figure.suptitle(folded(headline(modularity), width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    figure.legend(loc="outside lower left", ncols=3 if width >= 5 else 1, handlelength=1.2, columnspacing=1.4)
    return figure


def headline(modularity: Modularity) -> str:
    """The score, how sure it is, and Newman's Q."""
    short = "" if modularity.significant else f", no more than chance: {modularity.reason}"
    return (
        f"Modularity {number(modularity.score)} ± {modularity.error:.3f} (p = {modularity.p_value:.3f}){short}; "
        f"Newman's Q {number(modularity.Q, 2)} of {counted(modularity.modules, 'module')}"
    )


def score_row(ax: Axes, modularity: Modularity, row: float) -> None:
    """The scores of mixed networks as dashes, and the network's own as a dot with its error, in one row."""
    null = modularity.null.tolist()
    dashes = {"color": DEAD, "ms": 11, "mew": 1.1, "label": f"{counted(len(null), 'mixed network')}"}
    ax.plot(null, [row] * len(null), "|", **dashes)
    error = modularity.error if modularity.error == modularity.error else 0.0  # NaN with a single input and mixture
    ax.errorbar([modularity.score], [row], xerr=[error], fmt="o", color=SERIES if modularity.significant else INK,
                ms=7, mec="white", mew=0.8, elinewidth=1.4, label="this network, ± standard error")  # fmt: skip
