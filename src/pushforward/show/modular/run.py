"""How modular training went: the loss of the task and the penalised share over the steps."""

from matplotlib.axes import Axes
from torch import Tensor

from pushforward.modules.modular import ModularRun
from pushforward.show.canvas import WIDE, blank, folded, log_ticks, styled
from pushforward.show.palette import MARK, MUTED, SERIES
from pushforward.show.target import Target


@styled
def modular_run_figure(run: ModularRun, *, width: float = WIDE) -> Target:
    """Mean loss of the task, and below it Z, both since the row before, over the steps of training.

    Z is the share of pairs of neurons near zero, and once modules are settled the share of squared correlation within
    them; where the penalty was not computed nothing is drawn.
    """
    figure = blank(width, 3.4)
    loss, near = figure.subplots(2, 1, sharex=True)
    step, losses, share = run.history.double().cpu().T
    _line(loss, step, losses, MARK, "loss of the task")
    _line(near, step, share, SERIES, "Z, a share")
    if bool((losses[losses.isfinite()] > 0).all()) and len(losses) and float(losses.max()) > 20 * float(losses.min()):
        log_ticks(loss, float(losses.min()), float(losses.max()))
    near.set_xlabel(f"training step, {run.training.steps:,} in all")
    near.locator_params(axis="x", integer=True)
    near.set_xlim(0, max(float(step.max()) if len(step) else 1.0, 1.0) * 1.02)
    t = run.training
    title = f"Modular training, strength {t.strength:g}: {t.steps:,} steps in {run.seconds:.0f} s"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _line(ax: Axes, step: Tensor, values: Tensor, colour: str, name: str) -> None:
    there = values.isfinite()
    ax.plot(step[there].tolist(), values[there].tolist(), "o-", ms=2.5, lw=1.2, color=colour)
    ax.set_ylabel(name)
    ax.locator_params(axis="y", nbins=5)
    if not bool(there.any()):
        ax.text(0.5, 0.5, "never computed", transform=ax.transAxes, ha="center", va="center", color=MUTED)
        ax.set_yticks([])
