"""A contrast to look at: what moves one block and leaves the other, and the other way round, with all numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from pushforward.modules import Contrast, Traversal
from pushforward.show.canvas import WIDE, folded, styled
from pushforward.show.contrast.columns import Columns, columns
from pushforward.show.contrast.curves import curves, curves_height
from pushforward.show.contrast.kinds import view_of
from pushforward.show.contrast.view import View
from pushforward.show.contrast.words import heading, numbers
from pushforward.show.palette import MUTED
from pushforward.show.sheet import Sheet

TITLE, LINE, APART = 0.27, 0.155, 0.3
"""Inches of a title, of a line of text, and between two traversals."""

Vocabulary = Mapping[Any, Any] | Tensor


@styled
def contrast_figure(contrast: Contrast, *, tokens: Vocabulary | None = None, width: float = WIDE) -> Figure:
    """Both traversals of a contrast: first A moves and B is held, then B moves and A is held.

    Of each the frames (pictures, and below them the change since the first; lines for other inputs), how far both
    blocks moved, and the numbers. All frames share one grey scale, all changes another. For embeddings of tokens give a
    vocabulary, `tokens={name: vector}` or the embedding matrix, and the nearest tokens are written instead.
    Raises `BadInput` for a vocabulary that does not fit.
    """
    return _drawn((contrast.a, contrast.b), tokens, width)


@styled
def traversal_figure(traversal: Traversal, *, tokens: Vocabulary | None = None, width: float = WIDE) -> Figure:
    """One traversal: its frames, how far both blocks moved, and the numbers; see `contrast_figure`."""
    return _drawn((traversal,), tokens, width)


def _drawn(traversals: Sequence[Traversal], tokens: Vocabulary | None, width: float) -> Figure:
    view = view_of(traversals, tokens)
    panels = [_Panel(view, which, t, width) for which, t in enumerate(traversals)]
    sheet = Sheet(width, sum(p.height for p in panels) + APART * (len(panels) - 1) + 0.04)
    top = 0.04
    for panel in panels:
        panel.draw(sheet, top)
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

    def draw(self, sheet: Sheet, top: float) -> None:
        """Title, numbers, frames, curves."""
        sheet.write(0.05, top, heading(self.traversal), fontsize=9.5, weight="bold")
        sheet.write(0.05, top + TITLE - 0.06, self.said, color=MUTED, linespacing=1.3)
        top += self.above
        self.view.draw(sheet, self.which, self.columns, top)
        curves(sheet, self.traversal, self.columns, top + self.view.height(self.columns) + 0.04)
