"""Figures that look the same whatever the user's matplotlib settings are, and that no backend is needed for."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from textwrap import fill
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.spatial import KDTree

from pushforward.show.palette import FAINT, INK, MUTED, PAPER, flat_colours

WIDE, NARROW = 7.4, 3.8
"""Widths in inches: a page, and a telephone."""
LOOK: dict[str, Any] = {
    "axes.edgecolor": MUTED,
    "axes.facecolor": PAPER,
    "axes.labelcolor": INK,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "figure.dpi": 110,
    "figure.facecolor": PAPER,
    "font.size": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "pushforward",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8,
}

P = ParamSpec("P")


class Drawing(Figure):
    """A figure that shows itself in any notebook."""

    def _repr_png_(self) -> bytes:
        return figure_png(self, dpi=110)


@contextmanager
def look() -> Iterator[None]:
    """The house style, with the user's settings untouched afterwards."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)  # pyright: ignore[reportArgumentType, reportCallIssue]
        yield


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """The same drawing function in the house style."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with look():
            return draw(*args, **kwargs)

    return drawn


def figure_png(figure: Figure, *, dpi: int = 200, steps: int | None = None) -> bytes:
    """The figure as a PNG image, the same bytes every time.

    With `steps` (at most 128) it is drawn in the colours of the palette and that many steps of the sequential map,
    and takes a third of the room: for matrices, not for photographs.
    """
    whole = _written(figure, "png", dpi=dpi, metadata={"Software": None})
    if steps is None:
        return whole
    from PIL import Image  # matplotlib cannot do without it either

    out, colours = io.BytesIO(), np.array(flat_colours(steps))
    with Image.open(io.BytesIO(whole)) as image:
        few = Image.fromarray(indexed(np.asarray(image.convert("RGB")), colours))
    few.putpalette(colours.astype(np.uint8).tobytes())
    few.save(out, "png", optimize=True, dpi=(dpi, dpi))
    return out.getvalue()


def indexed(pixels: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The number of the nearest of at most 256 colours for every pixel.  (h w 3) -> (h w), bytes"""
    packed = pixels.astype(np.int64) @ np.array([65536, 256, 1])
    found, where = np.unique(packed.reshape(-1), return_inverse=True)
    nearest = np.asarray(KDTree(colours).query(np.stack([found // 65536, found // 256 % 256, found % 256], axis=1))[1])
    return nearest[where].reshape(pixels.shape[:2]).astype(np.uint8)


def figure_svg(figure: Figure, *, dpi: int = 200) -> bytes:
    """The figure as an SVG image, the same bytes every time; matrices inside are images of `dpi`."""
    return _written(figure, "svg", dpi=dpi, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})


def _written(figure: Figure, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    with look():
        figure.savefig(out, format=kind, **options)
    return out.getvalue()


def plain(text: str, most: int = 18) -> str:
    r"""A user's name as matplotlib should draw it: no formulas, and its end if it is long.

    >>> plain("encoder.layers.11.mlp.act"), plain("a$b$")
    ('…layers.11.mlp.act', 'a\\$b\\$')
    """
    text = "".join(c if c.isprintable() else "·" for c in text)
    text = text if len(text) <= most else "…" + text[-(most - 1) :]
    return text.replace("$", r"\$")


def folded(text: str, width: float) -> str:
    """Text in lines that fit a figure of `width` inches; `n = 5` stays together."""
    return fill(text.replace(" = ", "\xa0=\xa0"), int(12.5 * width))


def spread(centres: list[float], gap: float, low: float, high: float) -> list[float]:
    """Rising positions as near to the rising `centres` as a least distance allows, within low … high.

    >>> spread([1.0, 1.2, 8.0], 1.0, 0.0, 10.0)
    [1.0, 2.0, 8.0]
    """
    if not centres:
        return []
    gap = min(gap, (high - low) / max(1, len(centres) - 1))
    at = list(centres)
    for i in range(len(at)):
        at[i] = max(at[i], low if i == 0 else at[i - 1] + gap)
    for i in reversed(range(len(at))):
        at[i] = min(at[i], high if i == len(at) - 1 else at[i + 1] - gap)
    return at


def bare(ax: Axes) -> None:
    """No ticks, and a thin frame."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(visible=True, color=FAINT, linewidth=0.7)
