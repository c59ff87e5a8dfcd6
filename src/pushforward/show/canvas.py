"""Figures that look the same whatever the user's matplotlib settings are, and that no backend is needed for."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from textwrap import fill
from typing import Any, ParamSpec, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from scipy.spatial import KDTree

from pushforward.show.palette import FAINT, INK, MUTED, PAPER, flat_colours
from pushforward.show.target import TICKS, Target, check_options, check_target, claimed, into

# Widths in inches: a page, and a telephone.
WIDE, NARROW = 7.4, 3.8
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
    "xtick.labelsize": TICKS,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": TICKS,
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


def styled(draw: Callable[P, Target]) -> Callable[P, Figure]:
    """The same drawing function in the house style, with one more option, `figure=`: an empty one to draw into.

    Its size is kept, and its width is the one that is laid out for. Raises `BadInput` for options that there are not
    and for figures that cannot be drawn into.
    """
    shown = signature(draw)
    into_this = Parameter("figure", Parameter.KEYWORD_ONLY, default=None, annotation=Target | None)
    options = (*list(shown.parameters)[1:], "figure")

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        check_options(kwargs, options)
        figure = kwargs.pop("figure", None)
        with look():
            if figure is None:
                return cast(Figure, draw(*args, **kwargs))
            check_target(figure, width=kwargs.get("width"))
            with into(cast(Target, figure)) as width:
                kwargs["width"] = width
                return cast(Figure, draw(*args, **kwargs))

    setattr(drawn, "__signature__", shown.replace(parameters=[*shown.parameters.values(), into_this]))  # noqa: B010
    return drawn


def blank(width: float, height: float) -> Target:
    """An empty figure of `width` × `height` inches whose contents arrange themselves, or the one that was given."""
    return claimed(height, constrained=True) or Drawing(figsize=(width, height), layout="constrained")


def figure_png(figure: Figure, *, dpi: int = 200, steps: int | None = None) -> bytes:
    """The figure as a PNG image, the same bytes every time.

    With `steps` (at most 128) it is drawn in the colours of the palette and that many steps of the sequential map,
    and takes a third of the room: for matrices, not for photographs.

    >>> from matplotlib.figure import Figure
    >>> from pushforward.show.figures import figure_png
    >>> figure_png(Figure(figsize=(1, 1)), dpi=20)[1:4]
    b'PNG'
    """
    draft = None if steps is None else {"compress_level": 0}
    whole = _written(figure, "png", dpi=dpi, metadata={"Software": None}, pil_kwargs=draft)
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
    number = np.zeros(2**24, dtype=np.uint8)  # of every colour that there could be: millions of pixels are not sorted
    number[packed] = 1
    used = number.nonzero()[0]
    number[used] = KDTree(colours).query(np.stack([used // 65536, used // 256 % 256, used % 256], axis=1))[1]
    return number[packed]


def figure_svg(figure: Figure, *, dpi: int = 200, text: bool = False) -> bytes:
    """The figure as an SVG image, the same bytes every time; matrices inside are images of `dpi`.

    With `text` letters are letters, of whatever font the reader has, and not shapes.

    >>> from matplotlib.figure import Figure
    >>> from pushforward.show.figures import figure_svg
    >>> figure_svg(Figure(figsize=(1, 1)))[:5]
    b'<?xml'
    """
    rc = {"svg.fonttype": "none"} if text else {}
    empty = {"Date": None, "Creator": None, "Format": None, "Type": None}
    return _written(figure, "svg", rc, dpi=dpi, metadata=empty)


def _written(figure: Figure, kind: str, rc: Mapping[str, Any] | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    with look():
        matplotlib.rcParams.update(rc or {})  # pyright: ignore[reportArgumentType, reportCallIssue]
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


def begun(text: str, most: int) -> str:
    """A user's words as matplotlib should draw them: no formulas, and their beginning if they are long.

    >>> begun("Disjoint of Sphere, Torus", 12)
    'Disjoint of…'
    """
    text = text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
    return plain(text, len(text))


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


# Up to so many directions, each has its number.
EACH = 12


def count_directions(ax: Axes, count: int) -> None:
    """Whole numbers from 1 to `count` along the axis, with half a step on either side."""
    ax.set_xlim(0.5, count + 0.5)
    if count <= EACH:
        ax.set_xticks(range(1, count + 1))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(EACH, integer=True))


def log_ticks(ax: Axes, low: float, high: float, *, axis: str = "y") -> None:
    """A logarithmic scale with plain numbers: as many between powers of ten as low … high has room for."""
    which = ax.yaxis if axis == "y" else ax.xaxis
    (ax.set_yscale if axis == "y" else ax.set_xscale)("log")
    subs = (1, 1.5, 2, 3, 5, 7) if high < 4 * low else (1, 2, 5) if high < 100 * low else (1,)
    which.set_major_locator(LogLocator(subs=subs, numticks=9 if axis == "y" else 5))
    which.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if 1e3 <= value < 1e6 else f"{value:.3g}"))
    which.set_minor_formatter(NullFormatter())


def named_rows(ax: Axes, names: list[str], pitch: float) -> str:
    """Names beside the rows 0 … of a chart, the first on top; where rows are too narrow for all, what is left out."""
    step = max(1, round(0.15 / pitch))
    ax.set_yticks(range(0, len(names), step), names[::step])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", left=False)
    return f" (1 in {step} named)" if step > 1 else ""
