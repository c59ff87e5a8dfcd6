"""What a notebook shows for modules."""

from html import escape

from pushforward.modules import Modules
from pushforward.page import modules as words
from pushforward.show.canvas import figure_png
from pushforward.show.markup import framed, image, paragraph, table
from pushforward.show.modules.matrix import modules_figure
from pushforward.show.palette import colours


def modules_card(modules: Modules) -> str:
    """The verdict, the matrix before and after, and the table of modules, as one piece of HTML of about 300 kB."""
    verdict = words.verdict(modules)
    png = figure_png(modules_figure(modules), dpi=130, steps=48)
    first, last = paragraph(" ".join(verdict.sentences)), paragraph(" ".join(words.left_out(modules)))
    return framed(verdict.headline, f"{first}{image(png, verdict.headline)}{_table(modules)}{last}")


def _table(modules: Modules) -> str:
    if not modules.blocks:
        return ""
    lines = []
    for b, block in enumerate(modules.blocks):
        chip = f'<span style="color:{colours(b + 1)[b]}">■</span> {b}'
        layers = escape(words.layers_of(modules, block))
        lines.append([chip, f"{len(block):,}", f"{float(modules.stability[b]):.2f}", layers])
    return table(["module", "neurons", "stability", "layers (neurons)"], lines)
