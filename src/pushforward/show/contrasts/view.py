"""How the frames of traversals are looked at: one class for each kind of input, on scales that all frames share."""

from abc import ABC, abstractmethod

from matplotlib.axes import Axes

from pushforward.show.contrasts.columns import Columns
from pushforward.show.sheet import Sheet


class View(ABC):
    """A way to look at frames; it is made from all traversals of a figure, so that one scale holds for all of them."""

    kind: str
    """What the frames are drawn as, in words."""
    photograph: bool = False
    """Whether all colours are needed."""
    ticked: bool = False
    """Whether a frame alone has axes with numbers."""
    aspect: float = 0.5
    """Height over width of one frame alone."""

    @abstractmethod
    def most(self, width: float) -> int:
        """How many frames can stand side by side."""

    @abstractmethod
    def height(self, columns: Columns) -> float:
        """How much room the frames take, in inches."""

    @abstractmethod
    def draw(self, sheet: Sheet, which: int, columns: Columns, top: float) -> None:
        """Draw the frames of traversal `which`, from `top` on."""

    @abstractmethod
    def still(self, ax: Axes, which: int, frame: int) -> None:
        """Draw one of its frames alone."""


def sides(width: float) -> int:
    """How many columns of numbers a figure has room for."""
    return 9 if width >= 5 else 5


def key(sheet: Sheet, ax: Axes, left: float, top: float) -> None:
    """The names of the lines of a chart, side by side above it."""
    sheet.figure.legend(
        *ax.get_legend_handles_labels(),
        ncols=3,
        fontsize=7.5,
        handlelength=1.3,
        handletextpad=0.5,
        columnspacing=1.1,
        borderpad=0,
        borderaxespad=0,
        loc="upper left",
        bbox_to_anchor=(left / sheet.width, 1 - (top + 0.02) / sheet.height),
    )
