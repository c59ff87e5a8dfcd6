"""Frames that are embeddings of tokens: the nearest tokens of a vocabulary at every position."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from torch import Tensor

from pushforward.page import Vocabulary, nearest
from pushforward.show.canvas import bare, folded, plain
from pushforward.show.contrasts.columns import Columns
from pushforward.show.contrasts.view import View
from pushforward.show.palette import INK, MARK, MUTED
from pushforward.show.sheet import Sheet

# Positions that are listed, at most: those that move most.
ROWS = 10
ROW, HEAD = 0.19, 0.06


class Tokens(View):
    """Frames (t, l, d) as the nearest tokens at each position; `real` (l,) are those that are no padding."""

    kind = "tokens"

    def __init__(self, parts: Sequence[Tensor], vocabulary: Vocabulary, real: Sequence[Tensor]):
        self.vocabulary = vocabulary
        self.real = [mask.nonzero()[:, 0] for mask in real]
        self.near = [nearest(x, vocabulary.vectors) for x in parts]
        self.moved = [(x[-1] - x[0]).norm(dim=1).cpu() for x in parts]

    def most(self, width: float) -> int:
        """As many as words have room for."""
        return 5 if width >= 5 else 3

    def _rows(self, which: int) -> list[int]:
        real = self.real[which]
        order = real[self.moved[which][real].argsort(descending=True, stable=True)]
        return sorted(order[:ROWS].tolist())

    def height(self, columns: Columns) -> float:  # noqa: ARG002
        """A line for each position."""
        return HEAD + ROW * min(ROWS, max(map(len, self.real)))

    def draw(self, sheet: Sheet, which: int, columns: Columns, top: float) -> None:
        """Words; those that are others than at the start are set bold."""
        near, wide = self.near[which], max(4, int(columns.pitch * 11))
        for row, position in enumerate(self._rows(which)):
            at = top + HEAD + row * ROW
            sheet.write(0.05, at, f"at {position}", color=MUTED, fontsize=7.5)
            for j, i in enumerate(columns.frames):
                other = bool(near[i, position] != near[0, position])
                style = {"weight": "bold", "color": MARK} if other else {"color": INK}
                word = plain(self.vocabulary.names[int(near[i, position])], wide)
                sheet.write(columns.centre(j), at, word, ha="center", **style)

    def still(self, ax: Axes, which: int, frame: int) -> None:
        """All nearest tokens, as a text."""
        words = " ".join(
            plain(self.vocabulary.names[i], 24) for i in self.near[which][frame, self.real[which]].tolist()
        )
        ax.text(0.02, 0.95, folded(words, 2.6), transform=ax.transAxes, va="top", fontsize=8)
        bare(ax)
