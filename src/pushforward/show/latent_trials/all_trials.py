"""All candidate latents: which fit, and which readings speak against the others."""

import math

import torch
from matplotlib.axes import Axes

from pushforward.manifold import LatentTrial, LatentTrials
from pushforward.page import counted
from pushforward.show.canvas import WIDE, begun, blank, folded, styled
from pushforward.show.latent_trials.limits import Measured, measured, shown
from pushforward.show.palette import INK, MUTED, diverging
from pushforward.show.target import Target

MARKS = {"fits": "●", "undetermined": "○", "rejected": "×"}
NAMES = ("seams", "coverage", "precision", "bridges", "holes", "lipschitz", "sigma")
# Colours end at 2 to this power over or under the limit.
REACH = 2.0


@styled
def latent_trials_figure(trials: LatentTrials, *, width: float = WIDE) -> Target:
    """A row for each candidate with its verdict, a column for each reading: the number, purple beyond its limit.

    The colour is how far beyond the reading may be, at the end of its interval; from dark grey, four times on the good
    side, to purple, four times on the bad one.
    """
    whole = list(trials)
    figure = blank(width, 1.45 + 0.3 * len(whole))
    ax = figure.subplots()
    table = [[] if trial.readings is None else measured(trial.readings) for trial in whole]
    beyond = torch.tensor([[_colour(m) for m in row] if row else [math.nan] * len(NAMES) for row in table])
    ax.imshow(beyond.reshape(-1, len(NAMES)).numpy(), cmap=diverging(), vmin=-REACH, vmax=REACH, aspect="auto")
    for i, (trial, row) in enumerate(zip(whole, table, strict=True)):
        _cells(ax, trial, row, i, width)
    upright = width >= 5
    ax.set_xticks(range(len(NAMES)), NAMES, rotation=0 if upright else 50, ha="center" if upright else "left")
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(whole)), [f"{begun(trial.name, 22)}  {MARKS[trial.verdict]}" for trial in whole])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    marks = ", ".join(f"{MARKS[kind]} {kind}" for kind in MARKS if kind in {trial.verdict for trial in whole})
    ax.set_xlabel(folded(f"{marks}; purple: beyond its limit", width - 1.4))
    dimension = f"dimension {trials.dimension}, {counted(trials.parts, 'part')}"
    title = f"{len(trials.fits)} of {counted(len(whole), 'latent')} fit {trials.points:,} points ({dimension})"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _colour(m: Measured) -> float:
    """How many times beyond the limit, as a power of two."""
    return max(-REACH, min(REACH, math.log2(max(m.doubt, 1e-9))))


def _cells(ax: Axes, trial: LatentTrial, row: list[Measured], i: int, width: float) -> None:
    if not row:
        said = begun(f"not trained: {trial.reason}", int(15 * (width - 2.1)))
        ax.text(-0.45, i, said, va="center", fontsize=7.5, color=MUTED)
    for j, m in enumerate(row):
        bold = "bold" if m.doubt > 1 else "normal"
        dark = abs(_colour(m)) > 0.8 * REACH
        ax.text(j, i, shown(m), ha="center", va="center", fontsize=8 if width >= 5 else 6.5, weight=bold,
                color="white" if dark else INK)  # fmt: skip
