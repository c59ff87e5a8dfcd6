"""Pieces of HTML for notebooks: a headline with something under it, an image, a table. No scripts, nothing loaded."""

import base64
from collections.abc import Sequence
from html import escape

CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top"


def framed(head: str, inside: str) -> str:
    """A headline, and HTML under it. Text takes the page's own colours, so that it is readable on dark pages, too."""
    return (
        '<div style="font-family:system-ui,sans-serif;max-width:820px">'
        f'<p style="font-weight:600;margin:4px 0">{escape(head)}</p>{inside}</div>'
    )


def paragraph(text: str, style: str = "") -> str:
    """Words, escaped."""
    return f'<p style="margin:4px 0;{style}">{escape(text)}</p>'


def image(png: bytes, alt: str) -> str:
    """A picture on white paper, with what it shows in words."""
    data, style = base64.b64encode(png).decode(), "max-width:100%;background:#fff;border-radius:4px;padding:4px"
    return f'<img style="{style}" alt="{escape(alt)}" src="data:image/png;base64,{data}">'


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Rows of cells that are HTML already."""
    rows = [_row(heads, "th"), *(_row(line, "td") for line in lines)]
    return f'<div style="overflow-x:auto"><table style="border-collapse:collapse">{"".join(rows)}</table></div>'


def _row(cells: Sequence[str], kind: str) -> str:
    return "<tr>" + "".join(f'<{kind} style="{CELL}">{cell}</{kind}>' for cell in cells) + "</tr>"
