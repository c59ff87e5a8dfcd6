"""Inputs as tiles: many of them as one image."""

from matplotlib.axes import Axes
from torch import Tensor

from pushforward.show.canvas import bare

# Pixels between tiles.
GAP = 1


def mosaic(pictures: Tensor, columns: int, *, blank: float = 1.0) -> Tensor:
    """Pictures side by side, `columns` in a row.  (n h w c) -> (H W c)

    >>> import torch
    >>> mosaic(torch.zeros(3, 6, 6, 1), 2).shape
    torch.Size([13, 13, 1])
    """
    n, h, w, c = pictures.shape
    rows = -(-n // columns)
    sheet = pictures.new_full((rows * (h + GAP), columns * (w + GAP), c), blank)
    for i, each in enumerate(pictures):
        top, left = i // columns * (h + GAP), i % columns * (w + GAP)
        sheet[top : top + h, left : left + w] = each
    return sheet[:-GAP, :-GAP]


def hang(ax: Axes, sheet: Tensor) -> None:
    """Show a sheet (H, W, c) of values in [0, 1], pixel by pixel."""
    grey = sheet.shape[2] == 1
    shown = (sheet[..., 0] if grey else sheet).numpy()
    ax.imshow(shown, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    bare(ax)
    ax.spines[:].set_visible(False)
