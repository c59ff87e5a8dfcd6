"""What activates each module, as pictures of inputs."""

from typing import Literal

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from pushforward.modules.exemplars import TopInputs
from pushforward.page import channels_last, number
from pushforward.show.canvas import WIDE, bare, blank, folded, styled
from pushforward.show.modules.spoken import words_figure
from pushforward.show.palette import DEAD, INK, MUTED, colours, sequential
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target


def shape_of(inputs: Tensor | None) -> Literal["image", "vector"] | None:
    """What inputs (m, k, ...) can be drawn as: images have 1, 3 or 4 channels, first or last; vectors one axis."""
    if inputs is None or not inputs.is_floating_point():
        return None
    shape = inputs.shape[2:]
    if len(shape) == 3 and (shape[0] in (1, 3, 4) or shape[-1] in (1, 3, 4)) and max(shape) >= 4:
        return "image"
    return "vector" if len(shape) == 1 else None


@styled
def top_inputs_figure(driving: TopInputs, read: Tensor | None = None, *, width: float = WIDE) -> Target:
    """For each module what it reads (`read`, as `reading` gives it) and the inputs that activate it most.

    Under each input stands how far it moves the module and, in grey, the others, in standard deviations. Of inputs that
    are neither images nor vectors there are these numbers alone; what is known in words is written.
    """
    if driving.words:
        return words_figure(driving, width)
    kind = shape_of(driving.examples)
    if kind is None or driving.examples is None:
        return _numbers(driving, width)
    if kind == "vector":
        return _vectors(driving, read, width)
    return _images(driving, driving.examples, read, width)


# Inches beside the rows, above them, below each picture, and between pictures.
LEFT, TOP, CAPTION, GAP = 0.5, 0.34, 0.3, 0.06


class Rows:
    """A figure in rows of pictures, one row per module."""

    def __init__(self, rows: int, columns: int, aspect: float, width: float):
        self.cell = min((width - LEFT - 0.05) / columns, 1.3) - GAP
        self.tall = self.cell * aspect
        self.row = self.tall + CAPTION
        self.sheet = Sheet(width, TOP + rows * self.row)

    def axes(self, row: int, column: int) -> Axes:
        """A picture's place."""
        ax = self.sheet.axes(LEFT + column * (self.cell + GAP), TOP + row * self.row, self.cell, self.tall)
        bare(ax)
        return ax

    def head(self, column: int, text: str) -> None:
        """Text above a column."""
        self.sheet.write(LEFT + column * (self.cell + GAP), 0.2, text, fontsize=9, weight="bold", va="baseline")

    def name(self, row: int) -> None:
        """A module's number and colour, beside its row."""
        middle = TOP + row * self.row + self.tall / 2
        place, size = self.sheet.place(0.3, middle + 0.09), self.sheet.sizes(0.1, 0.18)
        chip = Rectangle(place, *size, transform=self.sheet.figure.transSubfigure)
        chip.set(facecolor=colours(row + 1)[row], edgecolor="none")
        self.sheet.figure.add_artist(chip)
        self.sheet.write(0.23, middle, str(row), ha="right", va="center", fontsize=11, weight="bold")


def _images(driving: TopInputs, examples: Tensor, read: Tensor | None, width: float) -> Target:
    first = int(read is not None)
    few = min(examples.shape[1], 8 if width >= 5 else 4)
    low, high = float(examples.min()), float(examples.max())
    h, w = channels_last(examples[0, 0]).shape[:2]
    rows = Rows(len(examples), few + first, h / w, width)
    for b in range(len(examples)):
        rows.name(b)
        if read is not None:
            _map(rows.axes(b, 0), read[b])
        for j in range(few):
            ax = rows.axes(b, j + first)
            _show(ax, ((channels_last(examples[b, j]) - low) / max(high - low, 1e-12)).clamp(0, 1))
            _caption(ax, driving.strength[b, j], b)
    if read is not None:
        rows.head(0, "reads")
    rows.head(first, f"activated most by ({few} of {driving.points:,} inputs)")
    return rows.sheet.figure


def _show(ax: Axes, picture: Tensor) -> None:
    grey = picture.shape[2] == 1
    ax.imshow(
        (picture[..., 0] if grey else picture).numpy(),
        cmap="gray",
        vmin=0,
        vmax=1,
        aspect="auto",
        interpolation="nearest",
    )


def _map(ax: Axes, read: Tensor) -> None:
    most = float(read.max())
    picture = channels_last(read).amax(2)  # the strongest channel
    ax.imshow(picture.numpy(), cmap=sequential(), vmin=0, vmax=max(most, 1e-9), aspect="auto", interpolation="nearest")
    ax.set_xlabel(f"up to {most:.2f}", fontsize=7.5, labelpad=2, color=MUTED)


def _caption(ax: Axes, strength: Tensor, b: int) -> None:
    """How far the input moves this module, and in grey the mean of the others."""
    others = torch.cat([strength[:b], strength[b + 1 :]])
    own, place = number(float(strength[b]), 1), {"transform": ax.transAxes, "va": "top", "fontsize": 8}
    ax.text(0.46, -0.05, own, ha="right", color=INK, **place)
    if len(others):
        ax.text(0.54, -0.05, number(float(others.mean()), 1), color=MUTED, **place)


def _numbers(driving: TopInputs, width: float) -> Target:
    """A row for each module: its inputs as dots at how far they move it, and in grey how far they move the others."""
    m = len(driving.index)
    figure = blank(width, 1.2 + 0.32 * m)
    ax = figure.subplots()
    for b, hue in enumerate(colours(m)):
        own = driving.strength[b, :, b].double().cpu()
        others = (driving.strength[b].double().cpu().sum(1) - own) / max(m - 1, 1)
        if m > 1:
            ax.plot(others.tolist(), [b + 0.2] * len(others), "o", ms=4, color=DEAD, gid="others")
        ax.plot(own.tolist(), [b - 0.1 * (m > 1)] * len(own), "o", ms=6, color=hue, mec="white", mew=0.7, gid="own")
    ax.set_yticks(range(m), [f"module {b}" for b in range(m)])
    ax.set_ylim(m - 0.5, -0.5)
    ax.tick_params(left=False)
    ax.set_xlim(left=0)
    ax.set_xlabel(folded("mean |z| of the module's neurons; grey: of the other modules (σ)", width - 0.8))
    k = driving.index.shape[1]
    figure.suptitle(folded(f"The {k} inputs that activate each module most, of {driving.points:,}", width),
                    x=0.01, ha="left", fontsize=9.5, weight="bold")  # fmt: skip
    return figure


def _vectors(driving: TopInputs, read: Tensor | None, width: float) -> Target:
    """A heat row per module: what it reads, or the mean of the inputs that activate it most where that is not known."""
    assert driving.examples is not None
    rows = read if read is not None else driving.examples.float().mean(1)
    m, d = rows.shape
    figure = blank(width, 1.15 + 0.26 * m)
    ax = figure.add_subplot()
    image = ax.imshow(
        rows.numpy(), aspect="auto", cmap=sequential() if read is not None else "cividis", interpolation="nearest"
    )
    ax.set_yticks(range(m), [f"module {b}" for b in range(m)])
    ax.set_xlabel(f"coordinate of the input (d = {d})")
    bar = figure.colorbar(image, ax=ax, fraction=0.04, pad=0.02)
    bar.outline.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue]
    title = (
        "What each module reads: squared correlation"
        if read is not None
        else "Mean of the inputs that activate it most"
    )
    ax.set_title(folded(title, width - 1))
    return figure
