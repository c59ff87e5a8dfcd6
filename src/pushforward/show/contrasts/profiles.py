"""Frames that are lists of numbers: the first, the middle and the last one as lines over the coordinates."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from pushforward.modules import Traversal
from pushforward.show.canvas import folded
from pushforward.show.contrasts.columns import LEFT, RIGHT, Columns
from pushforward.show.contrasts.view import View, key, sides
from pushforward.show.palette import DEAD, INK, MARK, MUTED
from pushforward.show.sheet import Sheet

# Up to so many coordinates, each is marked.
FEW = 12
# Of the first, the middle and the last frame.
HUES = (DEAD, MARK, INK)


class Profiles(View):
    """Frames as lines, on one scale; `parts` (t, d) are their coordinates, named by `label`."""

    kind, ticked = "profiles", True

    def __init__(self, traversals: Sequence[Traversal], parts: Sequence[Tensor], label: str):
        self.traversals, self.label = traversals, label
        self.rows = [x.double() for x in parts]
        every = torch.cat(self.rows)
        low, high = float(every.min()), float(every.max())
        margin = max(0.06 * (high - low), 1e-9)
        self.limits = low - margin, high + margin

    def most(self, width: float) -> int:
        """As many as there is room for numbers."""
        return sides(width)

    def height(self, columns: Columns) -> float:  # noqa: ARG002
        """A legend, one chart, and its label."""
        return 2.1

    def draw(self, sheet: Sheet, which: int, columns: Columns, top: float) -> None:  # noqa: ARG002
        """Three lines, the last on top."""
        ax = sheet.axes(LEFT, top + 0.22, sheet.width - LEFT - RIGHT, 1.4)
        moved = self.traversals[which].moved
        last = len(moved) - 1
        names = {0: "start", last // 2: "middle", last: "end"} if last > 1 else {0: "start", last: "end"}
        for i, hue in zip(names, HUES if last > 1 else HUES[::2], strict=False):
            what = names[i] if i == 0 else f"{names[i]}, {float(moved[i]):.2f} σ"
            self._line(ax, self.rows[which][i], hue, what)
        self._axis(ax, folded(self.label, sheet.width - 1))
        key(sheet, ax, LEFT, top)

    def still(self, ax: Axes, which: int, frame: int) -> None:
        """One line, and the first frame in grey."""
        rows = self.rows[which]
        self._line(ax, rows[0], DEAD, "start")
        self._line(ax, rows[frame], INK, "frame")
        self._axis(ax, "")
        ax.tick_params(labelsize=7)

    def _line(self, ax: Axes, values: Tensor, hue: str, name: str) -> None:
        d = len(values)
        ax.plot(range(d), values.tolist(), "o-" if d <= FEW else "-", color=hue, lw=1.2, ms=3, label=name)

    def _axis(self, ax: Axes, label: str) -> None:
        ax.set_ylim(*self.limits)
        ax.set_xlabel(label)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        ax.axhline(0, color=MUTED, lw=0.5, zorder=0)
