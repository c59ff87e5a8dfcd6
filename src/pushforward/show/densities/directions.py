"""The singular directions of a density by themselves: how the input changes along each."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from pushforward.manifold import Density
from pushforward.page import are_pictures, painted
from pushforward.show.canvas import bare, blank, folded
from pushforward.show.palette import MARK, MUTED, diverging
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target

# Inches between tiles, above them, and below.
GAP, HEAD, BELOW = 0.08, 0.24, 0.46


def unit_changes(density: Density, which: int, few: int, spectrum: Callable[[Axes], None], width: float) -> Target:
    """The spectrum, and below it the unit change of the input along each of the first few directions."""
    if are_pictures(tuple(density.directions.shape[2:])):
        return _pictures(density, which, few, spectrum, width)
    columns = min(few, 3 if width >= 5 else 2)
    rows = -(-few // columns)
    figure = blank(width, 2.3 + 0.3 + 1.2 * rows)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[2.3, 0.3 + 1.2 * rows])[:, 0]
    spectrum(above.add_subplot())
    grid = below.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax in grid.flat[few:]:
        ax.remove()
    for j, ax in enumerate(grid.flat[:few]):
        values = density.directions[which, j].flatten().double().cpu()
        ax.axhline(0, color=MUTED, lw=0.6)
        style = "o-" if len(values) <= 12 else "-"
        ax.plot(range(len(values)), values.tolist(), style, ms=3, lw=1.2, color=MARK)
        ax.set_title(f"{j + 1}: {named(density, which, j, ', ')}", fontsize=8)
        ax.tick_params(labelbottom=j + columns >= few)
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    d = density.directions[which, 0].numel()
    label = folded(f"coordinate of the input (d = {d}); unit change along the direction", 0.9 * width)
    below.supxlabel(label, fontsize=8.5)
    return figure


def _pictures(density: Density, which: int, few: int, spectrum: Callable[[Axes], None], width: float) -> Target:
    tile = min(width / few, 1.3)
    h, w = painted(density.directions[which, :1]).shape[1:3]
    tall = (tile - GAP) * h / w
    sheet = Sheet(width, 2.3 + HEAD + tall + BELOW)
    spectrum(sheet.axes(0.62, 0.3, width - 1.27, 2.3 - 0.85))
    sheet.write(0, 2.3 + 0.16, "unit change along the direction", fontsize=9, weight="bold", va="baseline")
    for j in range(few):
        change(sheet.axes(j * tile, 2.3 + HEAD, tile - GAP, tall), density.directions[which, j])
        middle, under = j * tile + (tile - GAP) / 2, 2.3 + HEAD + tall
        sheet.write(middle, under + 0.04, f"{j + 1}", ha="center", weight="bold", color=MARK)
        sheet.write(middle, under + 0.18, named(density, which, j, "\n"), ha="center", fontsize=7)
    return sheet.figure


def named(density: Density, which: int, j: int, gap: str) -> str:
    """σ and 1/σ of a direction."""
    s = float(density.singular_values[which, j])
    return f"σ {s:.3g}{gap}1/σ {1 / max(s, 1e-300):.3g}"


def change(ax: Axes, direction: Tensor) -> None:
    """Where the direction makes the input brighter (purple) and darker (dark grey)."""
    tile = painted(direction[None])[0].mean(2)
    most = max(float(tile.abs().max()), 1e-12)
    ax.imshow(tile.numpy(), cmap=diverging(), vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    ax.set_gid("change")
    bare(ax)
