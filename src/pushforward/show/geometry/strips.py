"""Rows of pictures on one grey scale, each with a heading above and numbers below some tiles."""

from typing import NamedTuple

from torch import Tensor

from pushforward.page import painted, shade
from pushforward.show.mosaic import hang
from pushforward.show.palette import MUTED
from pushforward.show.sheet import Sheet

# Inches between tiles, for a heading, and for what stands below a row.
GAP, HEAD, BELOW = 0.05, 0.22, 0.2


class Strip(NamedTuple):
    """A row: its name, what is said of it, its pictures (n, *shape), and a word below each or none.

    The brightest and the darkest of all pictures are white and black; those that are not `scaling` may go beyond.
    """

    name: str
    told: str
    pictures: Tensor
    below: tuple[str, ...] = ()
    scaling: bool = True


class Strips(Sheet):
    """A figure of strips with room for a chart at the end."""

    def __init__(self, strips: list[Strip], width: float, *, columns: int, chart: float = 0.0):
        tiles = [painted(strip.pictures) for strip in strips]
        h, w = tiles[0].shape[1:3]
        self.tile = min(width / columns, 1.2)
        self.tall = (self.tile - GAP) * h / w
        heights = [HEAD + self.tall + (BELOW if strip.below else 0.06) for strip in strips]
        super().__init__(width, sum(heights) + chart + 0.02)
        scaling = [float(end) for t, strip in zip(tiles, strips, strict=True) if strip.scaling for end in t.aminmax()]
        low, high = min(scaling), max(scaling)
        top = 0.0
        for strip, pictures, height in zip(strips, tiles, heights, strict=True):
            self.write(0, top + 0.16, strip.name, fontsize=9, weight="bold", va="baseline")
            self.write(width, top + 0.16, strip.told, fontsize=8.5, ha="right", va="baseline", color=MUTED)
            for i, picture in enumerate(shade(pictures, low, high)):
                left = i * self.tile
                hang(self.axes(left, top + HEAD, self.tile - GAP, self.tall), picture)
                if strip.below:
                    middle = left + (self.tile - GAP) / 2
                    below = top + HEAD + self.tall + 0.14
                    self.write(middle, below, strip.below[i], ha="center", va="baseline", color=MUTED)
            top += height
        self.top = top
