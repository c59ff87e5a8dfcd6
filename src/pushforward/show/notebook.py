"""What a notebook shows for a result: static HTML with one image inside, no scripts, safe anywhere."""

import base64
from html import escape

from pushforward.modules import Modules
from pushforward.show import words
from pushforward.show.canvas import figure_png
from pushforward.show.modules import modules_figure
from pushforward.show.palette import colours

CELL = "padding:2px 10px 2px 0;text-align:left"


def html(modules: Modules) -> str:
    """The verdict, the matrix before and after, and the table of modules, as one piece of HTML of about 300 kB."""
    verdict = words.verdict(modules)
    png = base64.b64encode(figure_png(modules_figure(modules), dpi=130, steps=48)).decode()
    head = escape(verdict.headline)
    img = f'<img style="max-width:100%;background:#fff" alt="{head}" src="data:image/png;base64,{png}">'
    return (
        '<div style="font-family:system-ui,sans-serif;max-width:820px">'
        f'<p style="font-weight:600;margin:4px 0">{head}</p>'
        f'<p style="margin:4px 0">{escape(" ".join(verdict.sentences))}</p>{img}{_table(modules)}'
        f'<p style="margin:4px 0">{escape(" ".join(words.left_out(modules)))}</p></div>'
    )


def _table(modules: Modules) -> str:
    if not modules.blocks:
        return ""
    rows = [_row(["module", "neurons", "stability", "layers (neurons)"], "th")]
    for b, block in enumerate(modules.blocks):
        chip = f'<span style="color:{colours(b + 1)[b]}">■</span> {b}'
        layers = escape(words.layers_of(modules, block))
        rows.append(_row([chip, f"{len(block):,}", f"{float(modules.stability[b]):.2f}", layers], "td"))
    return f'<table style="border-collapse:collapse">{"".join(rows)}</table>'


def _row(cells: list[str], kind: str) -> str:
    return "<tr>" + "".join(f'<{kind} style="{CELL}">{cell}</{kind}>' for cell in cells) + "</tr>"
