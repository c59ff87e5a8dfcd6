"""Frames that are pictures: a strip, and below it the change since the first frame."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.page import painted, shade
from pushforward.show.canvas import bare
from pushforward.show.contrasts.columns import LEFT, RIGHT, Columns
from pushforward.show.contrasts.view import View, sides
from pushforward.show.mosaic import hang
from pushforward.show.palette import MUTED, diverging
from pushforward.show.sheet import Sheet

# Inches between pictures.
GAP = 0.05
# Inches that a picture needs, the geometric mean of height and width.
SMALLEST = 0.5
# Inches that a picture takes, at most.
TALLEST = 1.2


class Pictures(View):
    """Frames on one grey scale, and their changes on one scale around zero; `parts` (t, ...) are pictures."""

    kind, photograph = "pictures", True

    def __init__(self, parts: Sequence[Tensor]):
        self.tiles = [painted(x) for x in parts]
        every = torch.cat(self.tiles)
        self.low, self.high = float(every.min()), float(every.max())
        self.largest = max(*(float(changes(x).abs().max()) for x in self.tiles), 1e-12)
        self.aspect = every.shape[1] / every.shape[2]

    def most(self, width: float) -> int:
        """As many as are large enough to be seen."""
        room = width - LEFT - RIGHT
        seen = [n for n in range(sides(width), 2, -1) if (room / n - GAP) * self.aspect**0.5 >= SMALLEST]
        return seen[0] if seen else 3

    def height(self, columns: Columns) -> float:
        """Two rows of pictures."""
        return 2 * (self._size(columns)[1] + GAP)

    def _size(self, columns: Columns) -> tuple[float, float]:
        wide = min(columns.pitch - GAP, TALLEST / self.aspect)
        return wide, wide * self.aspect

    def draw(self, sheet: Sheet, which: int, columns: Columns, top: float) -> None:
        """The frames, and below each what has changed; below the first the scale of the changes."""
        tiles = self.tiles[which]
        change, (wide, tall) = changes(tiles), self._size(columns)
        below = top + tall + GAP
        for j, i in enumerate(columns.frames):
            left = columns.centre(j) - wide / 2
            hang(sheet.axes(left, top, wide, tall), shade(tiles[i], self.low, self.high))
            if i > 0:
                self._change(sheet.axes(left, below, wide, tall), change[i])
        sheet.write(0.05, top + tall / 2, "frame", va="center", color=MUTED)
        sheet.write(0.05, below + tall / 2, "change", va="center", color=MUTED)
        scale = f"±{self.largest:.2g}"
        sheet.write(columns.centre(0), below + tall / 2, scale, va="center", ha="center", fontsize=7.5, color=MUTED)

    def _change(self, ax: Axes, values: Tensor) -> None:
        low, high = -self.largest, self.largest
        ax.imshow(values.numpy(), cmap=diverging(), vmin=low, vmax=high, aspect="auto", interpolation="nearest")
        ax.set_gid("change")
        bare(ax)

    def still(self, ax: Axes, which: int, frame: int) -> None:
        """One picture."""
        hang(ax, shade(self.tiles[which][frame], self.low, self.high))


def changes(tiles: Tensor) -> Tensor:
    """What has changed since the first picture, the mean over colours.  (t h w c) -> (t h w)"""
    return (tiles - tiles[:1]).mean(3)
