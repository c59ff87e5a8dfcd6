"""What a notebook shows for a result: static HTML with one image inside, no scripts, safe anywhere.

Text takes the notebook's own colours, so that it is readable on dark pages too; the image brings its white paper.
"""

import io
from collections.abc import Mapping
from html import escape
from typing import Protocol

from matplotlib.figure import Figure

from pushforward.errors import PushforwardError
from pushforward.modules import Modules
from pushforward.show.canvas import figure_png
from pushforward.show.markup import framed, image, paragraph, table
from pushforward.show.modules import modules_card

# Rows of a table that are shown, at most.
ROWS = 20
# Dots per inch, the first whose image is small enough.
RESOLUTIONS = (110, 80, 60, 40)
# Bytes of an image, at most, if a resolution allows it.
HEAVY = 200_000
# How a summary of several lines is set: what stands in columns stays there.
LINES = "font-family:ui-monospace,monospace;font-size:12px;white-space:pre;overflow-x:auto"
# Characters of a summary that are shown, at most.
WORDS = 4000


class Shown(Protocol):
    """Any result: it draws itself, and its `repr` is one line."""

    def plot(self) -> Figure:
        """The picture."""
        ...


def card(result: Shown) -> str:
    """One piece of HTML below 400 kB: a headline, the picture, the summary, and the first rows of the table.

    What has no picture is shown without one, and the reason stands there. `Modules` have a card of their own.
    """
    if isinstance(result, Modules):
        return modules_card(result)
    head, *_ = repr(result).split("\n")
    said = str(result)[:WORDS]
    summary = "" if said == head else paragraph(said, LINES if "\n" in said else "")
    return framed(head, f"{_picture(result, head)}{summary}{_columns(result)}")


def _picture(result: Shown, alt: str) -> str:
    """The figure as an image, as sharp as its weight allows."""
    try:
        figure = result.plot()
    except PushforwardError as reason:
        return paragraph(f"No picture: {reason}")
    png = figure_png(figure, dpi=RESOLUTIONS[0])
    for dpi in RESOLUTIONS[1:]:
        if len(png) <= HEAVY:
            break
        png = figure_png(figure, dpi=dpi)
    return image(png if len(png) <= HEAVY else _coarse(png), alt)


def _coarse(png: bytes) -> bytes:
    """The image in 64 colours."""
    from PIL import Image  # matplotlib cannot do without it either

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as whole:
        whole.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()


def _columns(result: object) -> str:
    """The first rows of what `columns` gives, and how many more there are."""
    rows = getattr(result, "columns", None)
    columns = rows() if callable(rows) else None
    if not isinstance(columns, Mapping) or not columns:
        return ""
    count = min(len(column) for column in columns.values())
    if count == 0:
        return ""
    lines = [[column[i] for column in columns.values()] for i in range(min(count, ROWS))]
    more = paragraph(f"… and {count - ROWS:,} more: `to_frame()` has all.") if count > ROWS else ""
    cells = [[escape(_said(cell)) for cell in line] for line in lines]
    return table([escape(str(name)) for name in columns], cells) + more


def _said(cell: object) -> str:
    """A cell in a few characters."""
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    text = f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
    return text if len(text) <= 60 else f"{text[:59]}…"
