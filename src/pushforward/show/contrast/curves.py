"""How far both blocks moved at every frame, and the numbers below."""

import numpy as np
import torch
from matplotlib.axes import Axes

from pushforward.modules import Traversal
from pushforward.show.contrast.columns import Columns
from pushforward.show.contrast.view import key
from pushforward.show.contrast.words import percent
from pushforward.show.palette import INK, MUTED, OKABE_ITO
from pushforward.show.sheet import Sheet

HUES = {"A": OKABE_ITO[2], "B": OKABE_ITO[3]}
"""Of the two blocks, whichever moves: neither is a colour of the changes."""
KEY, CHART, ROW = 0.2, 0.85, 0.17
"""Inches of the legend, of the chart, and of a row of numbers."""


def curves_height(traversal: Traversal) -> float:
    """How much room curves and numbers take, in inches."""
    return (KEY + CHART + 0.08 if len(traversal.moved) > 1 else 0) + 3 * ROW + 0.02


def curves(sheet: Sheet, traversal: Traversal, columns: Columns, top: float) -> None:
    """Movement of the moved and of the held block over that of the moved one, and what random directions would do.

    Below: that movement, the leak, and the percentile, of each frame shown.
    """
    if len(traversal.moved) > 1:
        ax = sheet.axes(columns.left, top + KEY, columns.width, CHART)
        _lines(ax, traversal, columns)
        key(sheet, ax, columns.left, top)
        top += KEY + CHART + 0.08
    _numbers(sheet, traversal, columns, top)


def _lines(ax: Axes, traversal: Traversal, columns: Columns) -> None:
    """Every frame has its place; those that are shown stand where their columns are."""
    moved, (who, other) = traversal.moved.double().cpu(), traversal.names
    held = moved * traversal.leaked.double().cpu()
    x = np.interp(range(len(moved)), columns.frames, range(len(columns.frames)))
    ax.plot(x, moved.tolist(), "o-", ms=3, lw=1.3, color=HUES[who], label=f"{who} moves")
    ax.plot(x, held.tolist(), "o-", ms=3, lw=1.3, color=HUES[other], label=f"{other} held")
    random = f"{other}, at random ({percent(traversal.chance)})"
    ax.plot(x, (traversal.chance * moved).tolist(), "--", lw=1, color=HUES[other], label=random, gid="chance")
    top = max(float(moved.max()), float(held.max()))
    ax.set_ylim(-0.04 * top, 1.12 * top)
    ax.set_xlim(-0.5, len(columns.frames) - 0.5)
    ax.set_xticks(range(len(columns.frames)), [""] * len(columns.frames))
    ax.set_ylabel("σ", rotation=0, ha="right", va="center", labelpad=6)
    ax.tick_params(labelsize=7.5)
    ax.locator_params(axis="y", nbins=4)


def _numbers(sheet: Sheet, traversal: Traversal, columns: Columns, top: float) -> None:
    frames = list(columns.frames)
    rows = (
        ("moved σ", [f"{v:.2f}" for v in traversal.moved[frames].tolist()], INK),
        ("leak", [percent(v) for v in traversal.leaked[frames].tolist()], INK),
        ("percentile", [percent(v) for v in torch.as_tensor(traversal.percentile)[frames].tolist()], MUTED),
    )
    for row, (name, values, colour) in enumerate(rows):
        at = top + row * ROW
        sheet.write(0.05, at, name, fontsize=7.5, color=MUTED)
        for j, value in enumerate(values):
            sheet.write(columns.centre(j), at, value, ha="center", fontsize=8, color=colour)
