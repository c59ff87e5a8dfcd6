"""The density around an input: its factor along each singular direction, and what the direction does."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from torch import Tensor

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.manifold import Density
from pushforward.page import are_pictures, number, painted, shade
from pushforward.page.generators import DIRECTIONS, STEPS, Strip, strip
from pushforward.show.canvas import WIDE, blank, count_directions, styled
from pushforward.show.densities.directions import change, named, unit_changes
from pushforward.show.mosaic import hang, mosaic
from pushforward.show.palette import DIVERGING, INK, MARK, MUTED, SERIES
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target

NAMES = ("−2", "−1", "0", "+1", "+2")
# Of the steps, where they are lines.
HUES = (DIVERGING[0], "#97a3ac", INK, "#c39bd3", DIVERGING[2])


@styled
@checked
def density_figure(
    density: Density, gen: Generator | None = None, *, which: int = 0, directions: int = DIRECTIONS, width: float = WIDE
) -> Target:
    """Singular values σ of input `which` with the density factors 1/σ, and what the first few directions do to it.

    Each direction is walked −2, −1, 1 and 2 times the latent's spread along it; what would leave the latent stops at
    its edge, and is outlined. At 0 stands what is generated nearest to the input. Pictures share one grey scale; the
    last column is the change there. Without the generator nothing is walked, and the directions themselves are drawn.
    Raises `BadInput` if there is no input of that number.
    """
    n, k = density.singular_values.shape
    if not 0 <= which < n:
        raise BadInput(f"`density_figure(which={which})`: the density is of {n} inputs. Use 0 … {n - 1}.")
    few, wide, spectrum = min(k, directions), width >= 5, 2.3
    if gen is None:
        return unit_changes(density, which, few, lambda ax: _spectrum(ax, density, which, few, wide=wide), width)
    strips = [strip(density, gen, which, j) for j in range(few)]
    columns = min(few, 3 if wide else 2)
    if are_pictures(gen.shape):
        sheet = Tiles(few, painted(strips[0].inputs).shape[1:3], width, spectrum)
        _pictures(sheet, density, strips, which)
        _spectrum(sheet.axes(0.62, 0.3, width - 1.27, spectrum - 0.85), density, which, few, wide=wide)
        return sheet.figure
    under = 0.45 + 1.35 * -(-few // columns)
    figure = blank(width, spectrum + under)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[spectrum, under])[:, 0]
    _spectrum(above.add_subplot(), density, which, few, wide=wide)
    _profiles(below, density, strips, which, columns)
    return figure


def _spectrum(ax: Axes, density: Density, which: int, few: int, *, wide: bool) -> None:
    """One curve on two scales: σ on the left, 1/σ on the right."""
    s = density.singular_values[which].double().cpu()
    x = range(1, len(s) + 1)
    ax.plot(x, s.tolist(), color=SERIES, lw=1.2, marker="o", ms=4)
    ax.plot(x[:few], s[:few].tolist(), "o", color=MARK, ms=5)
    ax.set_yscale("log")
    low, high = float(s.clamp_min(1e-12).min()), float(s.max())
    ax.set_ylim(low / 1.4, high * 1.4)
    count_directions(ax, len(s))
    right = ax.twinx()
    right.set_yscale("log")
    right.set_ylim(1 / ax.get_ylim()[0], 1 / ax.get_ylim()[1])
    ax.set_ylabel("σ")
    right.set_ylabel("density factor 1/σ")
    for axis in (ax.yaxis, right.yaxis):
        axis.set_major_locator(
            LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if high < 4 * low else (1, 2, 5) if high < 100 * low else (1,))
        )
        axis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:.3g}"))
        axis.set_minor_formatter(NullFormatter())
    right.spines["right"].set(visible=True, color=MUTED, linewidth=0.7)
    ax.set_xlabel("singular direction")
    log_p, share = float(density.log_density[which]), float(density.percentile[which])
    others = " of other inputs" if wide else ""
    ax.set_title(f"log p = {number(log_p, 1)} nats, denser than {share:.0%}{others}")


class Tiles(Sheet):
    """Rows of tiles under a chart: five steps, and the change."""

    GAP, HEAD = 0.05, 0.42

    def __init__(self, rows: int, size: torch.Size, width: float, top: float):
        self.left = 0.95 if width >= 5 else 0.8
        self.apart = 0.16
        self.tile = min((width - self.left - self.apart - 0.02) / (len(STEPS) + 1), 1.0)
        self.tall = self.tile * size[0] / size[1]
        self.top, self.row = top + self.HEAD, self.tall + self.GAP
        super().__init__(width, self.top + rows * self.row)

    @property
    def steps(self) -> float:
        """The width of the five tiles."""
        return len(STEPS) * self.tile

    @property
    def change(self) -> float:
        """Where the last column starts."""
        return self.left + self.steps + self.apart


def _pictures(sheet: Tiles, density: Density, strips: list[Strip], which: int) -> None:
    values = torch.stack([s.inputs for s in strips])
    low, high = float(values.min()), float(values.max())
    for i, head in enumerate(NAMES):
        at = sheet.left + (i + 0.5) * sheet.tile
        sheet.write(at, sheet.top - 0.08, head, ha="center", va="baseline")
    sheet.write(sheet.left, sheet.top - 0.25, "steps along the direction", fontsize=9, weight="bold", va="baseline")
    sheet.write(sheet.change + sheet.tile / 2, sheet.top - 0.08, "change", ha="center", va="baseline")
    for j, each in enumerate(strips):
        top = sheet.top + j * sheet.row
        sheet.write(0.05, top + sheet.tall / 2, f"{j + 1}", va="center", fontsize=9, weight="bold", color=MARK)
        sheet.write(0.22, top + sheet.tall / 2, named(density, which, j, "\n"), va="center", fontsize=7.5)
        ax = sheet.axes(sheet.left, top, sheet.steps, sheet.tall)
        tiles = shade(painted(each.inputs), low, high)
        hang(ax, mosaic(tiles, len(STEPS)))
        _outline(ax, each.stopped, tiles.shape)
        change(sheet.axes(sheet.change, top, sheet.tile, sheet.tall), density.directions[which, j])


def _outline(ax: Axes, stopped: Tensor, shape: torch.Size) -> None:
    """A frame around what lies at the latent's edge."""
    _, h, w, _ = shape
    for i in stopped.nonzero()[:, 0].tolist():
        frame = Rectangle((i * (w + 1), 0), w - 1, h - 1, fill=False)
        frame.set(edgecolor=MARK, linewidth=0.9, gid="stopped")
        ax.add_patch(frame)


def _profiles(figure: SubFigure, density: Density, strips: list[Strip], which: int, columns: int) -> None:
    """One small chart for each direction: the input's coordinates at each step."""
    rows = -(-len(strips) // columns)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for ax in grid.flat[len(strips) :]:
        ax.remove()
    for j, (ax, each) in enumerate(zip(grid.flat, strips, strict=False)):
        _profile(ax, each.inputs.flatten(1).double())
        ax.set_title(f"{j + 1}: {named(density, which, j, ', ')}", fontsize=8)
        ax.tick_params(labelbottom=j + columns >= len(strips))
    figure.supxlabel(f"coordinate of the input (d = {strips[0].inputs[0].numel()})", fontsize=8.5)
    lines = [Line2D([], [], color=hue, lw=1.5) for hue in HUES]
    figure.legend(lines, NAMES, loc="outside upper left", ncols=len(STEPS), handlelength=1.2, columnspacing=1.2,
                  title="steps along the direction", title_fontsize=8.5, alignment="left")  # fmt: skip


def _profile(ax: Axes, inputs: Tensor) -> None:
    d = inputs.shape[1]
    for i in (0, 4, 1, 3, 2):  # the input itself on top
        ax.plot(range(d), inputs[i].tolist(), "o-" if d <= 12 else "-", ms=2.5, lw=1.1, color=HUES[i])
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
