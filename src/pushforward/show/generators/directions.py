"""An axis that counts directions."""

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

EACH = 12
"""Up to so many directions, each has its number."""


def count_directions(ax: Axes, count: int) -> None:
    """Whole numbers from 1 to `count` along the axis, with half a step on either side."""
    ax.set_xlim(0.5, count + 0.5)
    if count <= EACH:
        ax.set_xticks(range(1, count + 1))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(EACH, integer=True))
