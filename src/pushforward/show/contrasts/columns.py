"""Which frames of a traversal are shown, and where each of them stands."""

from typing import NamedTuple

# Inches beside the frames, for what names the rows.
LEFT, RIGHT = 0.68, 0.08


class Columns(NamedTuple):
    """The numbers of the frames that are shown, side by side, each `pitch` inches wide from `left` on."""

    frames: tuple[int, ...]
    left: float
    pitch: float

    @property
    def width(self) -> float:
        """From the first to the last."""
        return len(self.frames) * self.pitch

    def start(self, column: int) -> float:
        """Where a column starts."""
        return self.left + column * self.pitch

    def centre(self, column: int) -> float:
        """The middle of a column."""
        return self.left + (column + 0.5) * self.pitch


def columns(count: int, most: int, width: float) -> Columns:
    """At most `most` of `count` frames in a figure of `width` inches; the narrower the fewer there are."""
    frames = chosen(count, most)
    return Columns(frames, LEFT, (width - LEFT - RIGHT) / max(len(frames), min(most, 3)))


def chosen(count: int, most: int) -> tuple[int, ...]:
    """The first frame, the last, and others evenly between them, as nearly as numbers allow.

    >>> chosen(9, 9), chosen(9, 8), chosen(9, 4), chosen(8, 5), chosen(1, 5)
    ((0, 1, 2, 3, 4, 5, 6, 7, 8), (0, 2, 4, 6, 8), (0, 4, 8), (0, 2, 4, 5, 7), (0,))
    """
    if count <= most:
        return tuple(range(count))
    even = next((n for n in range(most, 2, -1) if (count - 1) % (n - 1) == 0), 0)
    n = even if 2 * even > most else most
    return tuple(round(i * (count - 1) / (n - 1) + 1e-9) for i in range(n))
