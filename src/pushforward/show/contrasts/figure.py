"""A contrast to look at: what moves one block and leaves the other, and the other way round, with all numbers."""

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.modules import Contrast, Traversal
from pushforward.page.contrasts import heading, numbers, percent, ratio
from pushforward.show.canvas import WIDE, folded, styled
from pushforward.show.contrasts.columns import Columns, columns
from pushforward.show.contrasts.kinds import view_of
from pushforward.show.contrasts.view import View, key
from pushforward.show.palette import INK, MARK, MUTED, SERIES, colours
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target

# Of the two blocks, where they are no modules.
PLAIN = {"A": SERIES, "B": MARK}
# Inches of the legend, of the chart, and of a row of numbers.
KEY, CHART, ROW = 0.2, 0.85, 0.17


def curves_height(traversal: Traversal) -> float:
    """How much room curves and numbers take, in inches."""
    return (KEY + CHART + 0.08 if len(traversal.moved) > 1 else 0) + len(_rows(traversal)) * ROW + 0.02


def hues_of(sets: tuple[int, int]) -> dict[str, str]:
    """The colours of A and B: those of the modules that they are, by number; −1 for a set that is none."""
    named = zip("AB", sets, strict=True)
    return {who: PLAIN[who] if number < 0 else colours(number + 1)[number] for who, number in named}


def curves(sheet: Sheet, traversal: Traversal, columns: Columns, top: float, hues: Mapping[str, str]) -> None:
    """Movement of the moved and of the fixed block over that of the moved one, and what random directions would do.

    Below: that movement, the leak, the worst neuron, the EPR, the percentile and z, of each frame shown.
    """
    if len(traversal.moved) > 1:
        ax = sheet.axes(columns.left, top + KEY, columns.width, CHART)
        _lines(ax, traversal, columns, hues)
        key(sheet, ax, columns.left, top)
        top += KEY + CHART + 0.08
    _numbers(sheet, traversal, columns, top)


def _lines(ax: Axes, traversal: Traversal, columns: Columns, hues: Mapping[str, str]) -> None:
    """Every frame has its place; those that are shown stand where their columns are."""
    moved, (who, other) = traversal.moved.double().cpu(), traversal.names
    still = moved * traversal.leaked.double().cpu()
    x = np.interp(range(len(moved)), columns.frames, range(len(columns.frames)))
    ax.plot(x, moved.tolist(), "o-", ms=3, lw=1.3, color=hues[who], label=f"{who} moves")
    fate = "kept fixed" if traversal.verdict.good else "should stay"
    ax.plot(x, still.tolist(), "o-", ms=3, lw=1.3, color=hues[other], label=f"{other} {fate}")
    random = f"{other}, at random ({percent(traversal.chance)})"
    ax.plot(x, (traversal.chance * moved).tolist(), "--", lw=1, color=hues[other], label=random, gid="chance")
    top = max(float(moved.max()), float(still.max()))
    ax.set_ylim(-0.04 * top, 1.12 * top)
    ax.set_xlim(-0.5, len(columns.frames) - 0.5)
    ax.set_xticks(range(len(columns.frames)), [""] * len(columns.frames))
    ax.set_ylabel("σ", rotation=0, ha="right", va="center", labelpad=6)
    ax.tick_params(labelsize=7.5)
    ax.locator_params(axis="y", nbins=4)


def _rows(t: Traversal) -> tuple[tuple[str, Tensor, Callable[[float], str], str], ...]:
    """What is written below every frame: its name, the values, how they are written, and the colour."""
    return (
        ("moved σ", t.moved, "{:.2f}".format, INK),
        ("leak", t.leaked, percent, INK),
        ("worst", t.peak, percent, INK),
        ("EPR", t.epr, ratio, MUTED),
        ("percentile", t.percentile, percent, MUTED),
        ("z", t.z, "{:.1f}".format, MUTED),
    )


def _numbers(sheet: Sheet, traversal: Traversal, columns: Columns, top: float) -> None:
    for row, (name, values, written, colour) in enumerate(_rows(traversal)):
        at = top + row * ROW
        sheet.write(0.05, at, name, fontsize=7.5, color=MUTED)
        for j, frame in enumerate(columns.frames):
            value = float(values[frame])
            text = "–" if isnan(value) else written(value)
            sheet.write(columns.centre(j), at, text, ha="center", fontsize=8, color=colour)


# Inches of a title, of a line of text, and between two traversals.
TITLE, LINE, APART = 0.27, 0.155, 0.3

Vocabulary = Mapping[Any, Any] | Tensor


@styled
def contrast_figure(
    contrast: Contrast, *, tokens: Vocabulary | None = None, sets: tuple[int, int] = (-1, -1), width: float = WIDE
) -> Target:
    """Both traversals of a contrast: first A moves and B is kept fixed, then B moves and A is kept fixed.

    Of each the frames (pictures, and below them the change since the first; lines for other inputs), how far both
    blocks moved, and the numbers. All frames share one grey scale, all changes another. For embeddings of tokens give a
    vocabulary, `tokens={name: vector}` or the embedding matrix, and the nearest tokens are written instead.
    `sets`: which modules A and B are, by number, for their colours; −1 for none.
    Raises `BadInput` for a vocabulary that does not fit.
    """
    return _drawn((contrast.a, contrast.b), tokens, width, hues_of(sets))


@styled
def traversal_figure(traversal: Traversal, *, tokens: Vocabulary | None = None, width: float = WIDE) -> Target:
    """One traversal: its frames, how far both blocks moved, and the numbers; see `contrast_figure`."""
    return _drawn((traversal,), tokens, width, PLAIN)


def _drawn(traversals: Sequence[Traversal], tokens: Vocabulary | None, width: float, hues: Mapping[str, str]) -> Target:
    view = view_of(traversals, tokens)
    panels = [_Panel(view, which, t, width) for which, t in enumerate(traversals)]
    sheet = Sheet(width, sum(p.height for p in panels) + APART * (len(panels) - 1) + 0.04)
    top = 0.04
    for panel in panels:
        panel.draw(sheet, top, hues)
        top += panel.height + APART
    return sheet.figure


class _Panel:
    """One traversal with a title above and its numbers below."""

    def __init__(self, view: View, which: int, traversal: Traversal, width: float):
        self.view, self.which, self.traversal = view, which, traversal
        self.columns: Columns = columns(len(traversal.moved), view.most(width), width)
        self.said = folded(numbers(traversal), width * 1.32)
        self.above = TITLE + LINE * (self.said.count("\n") + 1) + 0.06

    @property
    def height(self) -> float:
        """In inches."""
        return self.above + self.view.height(self.columns) + 0.04 + curves_height(self.traversal)

    def draw(self, sheet: Sheet, top: float, hues: Mapping[str, str]) -> None:
        """Title, numbers, frames, curves."""
        sheet.write(0.05, top, heading(self.traversal), fontsize=9.5, weight="bold")
        sheet.write(0.05, top + TITLE - 0.06, self.said, color=MUTED, linespacing=1.3)
        top += self.above
        self.view.draw(sheet, self.which, self.columns, top)
        curves(sheet, self.traversal, self.columns, top + self.view.height(self.columns) + 0.04, hues)
