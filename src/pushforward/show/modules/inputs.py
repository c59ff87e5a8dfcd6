"""What drives each module, as pictures of inputs."""

from typing import Literal

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.modules.exemplars import TopInputs
from pushforward.show.canvas import WIDE, Drawing, bare, folded, styled
from pushforward.show.mosaic import channels_last
from pushforward.show.palette import INK, MUTED, colours, sequential
from pushforward.show.words import number


def shape_of(inputs: Tensor | None) -> Literal["image", "vector"] | None:
    """What inputs (m, k, ...) can be drawn as: images have 1, 3 or 4 channels, first or last; vectors one axis."""
    if inputs is None or not inputs.is_floating_point():
        return None
    shape = inputs.shape[2:]
    if len(shape) == 3 and (shape[0] in (1, 3, 4) or shape[-1] in (1, 3, 4)) and max(shape) >= 4:
        return "image"
    return "vector" if len(shape) == 1 else None


@styled
def inputs_figure(driving: TopInputs, read: Tensor | None = None, *, width: float = WIDE) -> Figure:
    """For each module what it reads (`read`, as `reading` gives it) and the inputs that drive it most.

    Under each input stands how far it moves the module and, in grey, the others, in standard deviations.
    Raises `BadInput` for inputs that are neither images nor vectors.
    """
    kind = shape_of(driving.examples)
    if kind is None or driving.examples is None:
        raise BadInput(
            "`inputs_figure`: these inputs are neither images (c, h, w) nor vectors (d,), so they have no picture."
        )
    if kind == "vector":
        return _vectors(driving, read, width)
    return _images(driving, driving.examples, read, width)


class _Sheet:
    """A figure in rows of pictures, one row per module, laid out in inches from the top left."""

    LEFT, TOP, CAPTION, GAP = 0.5, 0.34, 0.3, 0.06

    def __init__(self, rows: int, columns: int, aspect: float, width: float):
        self.cell = min((width - self.LEFT - 0.05) / columns, 1.3) - self.GAP
        self.row = self.cell * aspect + self.CAPTION
        self.height, self.aspect = self.TOP + rows * self.row, aspect
        self.figure = Drawing(figsize=(width, self.height))

    def axes(self, row: int, column: int) -> Axes:
        w, h = self.figure.get_size_inches()
        tall = self.cell * self.aspect
        left, top = self.LEFT + column * (self.cell + self.GAP), self.TOP + row * self.row
        ax = self.figure.add_axes((left / w, (h - top - tall) / h, self.cell / w, tall / h))
        bare(ax)
        return ax

    def head(self, column: int, text: str) -> None:
        w, h = self.figure.get_size_inches()
        left = self.LEFT + column * (self.cell + self.GAP)
        self.figure.text(left / w, (h - 0.2) / h, text, fontsize=9, weight="bold")

    def name(self, row: int) -> None:
        w, h = self.figure.get_size_inches()
        middle = h - self.TOP - row * self.row - self.cell * self.aspect / 2
        chip = Rectangle((0.3 / w, (middle - 0.09) / h), 0.1 / w, 0.18 / h, transform=self.figure.transFigure)
        chip.set(facecolor=colours(row + 1)[row], edgecolor="none")
        self.figure.add_artist(chip)
        self.figure.text(0.23 / w, middle / h, str(row), ha="right", va="center", fontsize=11, weight="bold")


def _images(driving: TopInputs, examples: Tensor, read: Tensor | None, width: float) -> Figure:
    first = int(read is not None)
    few = min(examples.shape[1], 8 if width >= 5 else 4)
    low, high = float(examples.min()), float(examples.max())
    h, w = channels_last(examples[0, 0]).shape[:2]
    sheet = _Sheet(len(examples), few + first, h / w, width)
    for b in range(len(examples)):
        sheet.name(b)
        if read is not None:
            _map(sheet.axes(b, 0), read[b])
        for j in range(few):
            ax = sheet.axes(b, j + first)
            _show(ax, ((channels_last(examples[b, j]) - low) / max(high - low, 1e-12)).clamp(0, 1))
            _caption(ax, driving.strength[b, j], b)
    if read is not None:
        sheet.head(0, "reads")
    sheet.head(first, f"driven most by ({few} of {driving.count:,} inputs)")
    return sheet.figure


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


def _vectors(driving: TopInputs, read: Tensor | None, width: float) -> Figure:
    """A heat row per module: what it reads, or the mean of the inputs that drive it where that is not known."""
    assert driving.examples is not None
    rows = read if read is not None else driving.examples.float().mean(1)
    m, d = rows.shape
    figure = Drawing(figsize=(width, 1.15 + 0.26 * m), layout="constrained")
    ax = figure.add_subplot()
    image = ax.imshow(
        rows.numpy(), aspect="auto", cmap=sequential() if read is not None else "cividis", interpolation="nearest"
    )
    ax.set_yticks(range(m), [f"module {b}" for b in range(m)])
    ax.set_xlabel(f"coordinate of the input (d = {d})")
    bar = figure.colorbar(image, ax=ax, fraction=0.04, pad=0.02)
    bar.outline.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue]
    title = "What each module reads: squared correlation" if read is not None else "Mean of the inputs that drive it"
    ax.set_title(folded(title, width - 1))
    return figure
