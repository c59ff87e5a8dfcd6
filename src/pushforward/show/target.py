"""Where a figure is drawn: on a sheet of its own, or into a figure that was given, whose size is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from pushforward.errors import BadInput
from pushforward.show.palette import INK, MUTED, PAPER

Target = Figure | SubFigure
# Inches below which nothing is laid out: narrower figures get this layout, scaled down.
LEAST = 3.4
# Points of the numbers at axes, where nothing else is said.
TICKS = 8.0


class Given:
    """An empty figure that was given, and the height that what is drawn there would have by itself."""

    def __init__(self, figure: Target):
        self.figure = figure
        self.width, self.height = inches(figure)
        self.layout_width = max(self.width, LEAST)
        self.natural = self.height

    @property
    def scale(self) -> float:
        """By how much text is smaller than on a sheet of its own: 1 where there is room."""
        return min(1.0, self.width / self.layout_width, self.height / self.natural)


_GIVEN: ContextVar[Given | None] = ContextVar("given", default=None)
"""Set while a figure that was given is drawn into, and by nothing else."""


def inches(figure: Target) -> tuple[float, float]:
    """Width and height of a figure or of a part of one."""
    return figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi


def claimed(height: float, *, constrained: bool) -> Target | None:
    """The figure to draw into, if one was given: what would by itself be `height` inches tall comes there."""
    target = _GIVEN.get()
    if target is None:
        return None
    target.natural = height
    root = target.figure.get_figure(root=True)
    if constrained and root is not None and root.get_layout_engine() is None:
        root.set_layout_engine("constrained")
    return target.figure


@contextmanager
def into(figure: Target) -> Iterator[float]:
    """Everything drawn meanwhile comes into `figure`; gives the width to lay out for. After an error it is empty."""
    target = Given(figure)
    token = _GIVEN.set(target)
    try:
        figure.set_facecolor(PAPER)
        yield target.layout_width
        _fixed(figure, target.scale)
    except BaseException:
        figure.clear()
        raise
    finally:
        _GIVEN.reset(token)


def _fixed(figure: Target, scale: float) -> None:
    """The house's colours and sizes of what matplotlib makes only when it draws; all text and all lines scaled."""
    ticks: set[Artist] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            size, far = float(axis.get_tick_params().get("labelsize", TICKS)), 3.5 * scale
            axis.set_tick_params(which="both", labelsize=scale * size, pad=far, color=MUTED, labelcolor=INK)
            axis.labelpad *= scale
            ticks |= {*axis.get_ticklabels(which="both"), *axis.get_ticklines()}
    for artist in {*figure.findobj(Text), *figure.findobj(Line2D)} - ticks:
        if isinstance(artist, Text):
            artist.set_fontsize(scale * float(artist.get_fontsize()))
        elif isinstance(artist, Line2D):
            artist.set_linewidth(scale * artist.get_linewidth())
            artist.set_markersize(scale * artist.get_markersize())


def check_target(figure: object, *, width: object = None) -> None:
    """Raises `BadInput` if nothing can be drawn into `figure`."""
    if not isinstance(figure, Target):
        kind = "an Axes" if isinstance(figure, Axes) else f"{type(figure).__name__}"
        raise BadInput(
            f"`plot(figure=...)`: a matplotlib Figure or SubFigure is needed, {kind} was given. Use "
            "`figure=plt.figure()`, or one of `plt.figure().subfigures(1, 2)`: what is drawn has axes of its own."
        )
    if figure.axes or figure.subfigs or figure.texts:
        raise BadInput(
            f"`plot(figure=...)`: an empty figure is needed, and this one has {len(figure.axes)} axes, "
            f"{len(figure.subfigs)} parts and {len(figure.texts)} texts. Give another, or call `figure.clear()` first."
        )
    if width is not None:
        raise BadInput("`plot(figure=..., width=...)`: a figure has its width. Leave `width` out.")


def check_options(options: dict[str, object], known: tuple[str, ...]) -> None:
    """Raises `BadInput` for options that a figure does not have, and for a width that is none."""
    for name in options.keys() - set(known):
        cure = (
            "A whole figure is drawn, with axes of its own: give an empty matplotlib Figure or SubFigure, "
            "`plot(figure=plt.figure().subfigures(1, 2)[0])`."
            if name in ("ax", "axes")
            else f"There are: {', '.join(known)}."
        )
        raise BadInput(f"`plot({name}=...)`: there is no such option. {cure}")
    width = options.get("width", 1.0)
    if not isinstance(width, int | float) or not isfinite(width) or width <= 0:
        raise BadInput(f"`plot(width={width!r})`: a width in inches is needed, such as 7.4.")
