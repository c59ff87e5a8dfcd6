"""How well inputs were inverted: the residual of each, and whether its descent converged."""

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from torch import Tensor

from pushforward.generator import Inverse
from pushforward.page import counted
from pushforward.show.canvas import WIDE, blank, folded, log_ticks, styled
from pushforward.show.palette import MARK, MUTED, SERIES
from pushforward.show.target import Target

# Residuals that differ by more than this factor are drawn on a logarithmic scale.
RANGE = 30.0


@styled
def inverse_figure(inverse: Inverse, *, width: float = WIDE) -> Target:
    """The residual of every input, smallest first; those whose descent has not converged are hollow and purple."""
    residual, converged = inverse.residual.detach().double().cpu(), inverse.converged.cpu()
    figure = blank(width, 2.5)
    ax = figure.subplots()
    order = residual.argsort(stable=True)
    residuals(ax, residual[order], converged[order], ("converged", "not converged"))
    ax.set_xlabel(f"input, best inverted first (n = {len(residual):,})")
    short = int((~converged).sum())
    state = "all converged" if short == 0 else f"{short:,} not converged"
    middle = f"{float(residual.median()):.3g}" if len(residual) else "–"
    title = f"Inverse of {counted(len(residual), 'input')}: median residual {middle}, {state}"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def residuals(ax: Axes, values: Tensor, good: Tensor, names: tuple[str, str]) -> None:
    """Sorted residuals (n,) as dots: filled where they are good (n,), hollow where not."""
    x = range(1, len(values) + 1)
    ax.plot(x, values.tolist(), color=MUTED, lw=0.7, zorder=1)
    for mask, hue, face, name in (
        (good, SERIES, SERIES, names[0]),
        (~good, MARK, "white", names[1]),
    ):
        at = mask.nonzero()[:, 0]
        if len(at):
            style = {"color": hue, "mfc": face, "ms": 4, "mew": 1.0, "label": f"{name} ({len(at):,})"}
            ax.plot((at + 1).tolist(), values[at].tolist(), "o", **style)
    positive = values[values > 0]
    if len(positive) and float(positive.max()) > RANGE * float(positive.min()):
        log_ticks(ax, float(positive.min()), float(positive.max()))
    else:
        ax.set_ylim(0, 1.12 * max(float(values.max()) if len(values) else 1.0, 1e-12))
        ax.locator_params(axis="y", nbins=5)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.3g}"))
    ax.set_xlim(0.5 - 0.02 * len(values), len(values) * 1.02 + 0.5)
    ax.locator_params(axis="x", integer=True)
    ax.set_ylabel("residual (rms, data units)")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, handlelength=1, borderaxespad=0.1)
