"""Holonomy: what comes back from a loop, and the rotations that it is made of."""

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from torch import Tensor

from pushforward.manifold import Holonomy
from pushforward.page import number
from pushforward.show.canvas import WIDE, bare, blank, folded, styled
from pushforward.show.palette import DEAD, FAINT, INK, MARK, MUTED, SERIES, diverging
from pushforward.show.target import Target

# Up to so many dimensions the numbers of the matrix are written.
FEW = 8


@styled
def holonomy_figure(holonomy: Holonomy, *, width: float = WIDE) -> Target:
    """The tangent frame before and after the loop, and the eigenvalues on the unit circle.

    On surfaces the frame is drawn as arrows, else as the matrix that takes it there.
    """
    wide, k = width >= 5, len(holonomy.matrix)
    figure = blank(width, 3.3 if wide else 5.9)
    frame, circle = figure.subplots(1, 2) if wide else figure.subplots(2, 1)
    matrix, room = holonomy.matrix.detach().double().cpu(), 0.42 * width if wide else 0.9 * width
    if k == 2:
        _arrows(frame, matrix)
        frame.set_xlabel(folded("frame before (grey) and after the loop (′)", room))
    else:
        _matrix(frame, matrix)
        frame.set_xlabel(folded(f"the frame after the loop, in that before (k = {k})", room))
    _eigenvalues(circle, matrix)
    circle.set_xlabel(folded("eigenvalues: real part (1: unchanged, −1: reversed)", room))
    figure.suptitle(folded(_title(holonomy), width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _title(holonomy: Holonomy) -> str:
    far = f"neighbouring tangent spaces cos ≥ {holonomy.turn:.2f}"
    if not holonomy.orientable:
        return f"The loop reverses the orientation; {far}"
    return f"The loop rotates by {number(holonomy.angle)} rad; {far}"


def _plane(ax: Axes) -> None:
    """A unit circle around the origin."""
    ax.add_patch(Circle((0, 0), 1, fill=False, edgecolor=FAINT, linewidth=0.8))
    ax.axhline(0, color=FAINT, lw=0.7, zorder=0)
    ax.axvline(0, color=FAINT, lw=0.7, zorder=0)
    ax.set_aspect("equal")
    ax.set_xlim(-1.35, 1.35)
    ax.set_ylim(-1.35, 1.35)
    ax.set_xticks([-1, 0, 1])
    ax.set_yticks([-1, 0, 1])


def _arrows(ax: Axes, matrix: Tensor) -> None:
    _plane(ax)
    for axes, hues, name in ((torch.eye(2), (DEAD, DEAD), ""), (matrix, (SERIES, MARK), "′")):
        for i, hue in enumerate(hues):
            x, y = axes[:, i].tolist()
            ax.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "->", "color": hue, "lw": 1.6}, gid="frame")
            far = 1.2 if name else 0.72
            ax.text(far * x, far * y, f"e{'₁₂'[i]}{name}", ha="center", va="center", fontsize=8.5,
                    color=hue if name else MUTED, bbox={"color": "white", "pad": 0.4})  # fmt: skip


def _matrix(ax: Axes, matrix: Tensor) -> None:
    ax.imshow(matrix.numpy(), cmap=diverging(), vmin=-1, vmax=1)
    bare(ax)
    k = len(matrix)
    if k <= FEW:
        for i in range(k):
            for j in range(k):
                value = float(matrix[i, j])
                hue = "white" if abs(value) > 0.75 else INK
                ax.text(j, i, number(value, 2), ha="center", va="center", fontsize=8 if k <= 5 else 6.5, color=hue)


def _eigenvalues(ax: Axes, matrix: Tensor) -> None:
    _plane(ax)
    values = torch.linalg.eigvals(matrix)
    ax.plot(values.real.tolist(), values.imag.tolist(), "o", ms=7, color=SERIES, mec="white", mew=0.8)
    ax.set_ylabel("imaginary part")
