"""Figures as SVG inside a page: their text is text, and their neutral colours are the page's own, light or dark."""

import base64
import io
import re

from markupsafe import Markup, escape

from pushforward.show.palette import FAINT, INK, MARK, MUTED, PAPER, SERIES

# Which of the page's colours stand for those of the figures.
OWN = {INK: "--ink", MUTED: "--muted", FAINT: "--faint", PAPER: "--paper", SERIES: "--series", MARK: "--mark"}
# Colours of an image that is no photograph.
FEW = 96


def inline(svg: str, name: str, alt: str, *, few: bool = False) -> Markup:
    """An SVG file as an element of a page: its ids begin with `name`, and `alt` is its title. `few`: colours do.

    >>> str(inline('<svg width="9pt" viewBox="0 0 9 4"><g id="a"/></svg>', "fig", "A < B"))[-48:]
    '<title id="fig-title">A &lt; B</title><g/></svg>'
    """
    text = svg[max(svg.find("<svg"), 0) :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.DOTALL)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', text))  # other ids are for scripts, and may be there twice
    text = re.sub(r'\s\bid="([^"]*)"', lambda m: f' id="{name}-{m.group(1)}"' if m.group(1) in used else "", text)
    text = re.sub(r'(href="|url\()#', rf"\1#{name}-", text)
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", text)
    for colour, own in OWN.items():
        text = re.sub(rf"(fill|stroke): {colour}\b", rf"\1: var({own})", text)
    if few:
        text = re.sub(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)", lambda m: _coarse(m.group(1)), text)
    head = f'role="img" aria-labelledby="{name}-title" style="stroke-linejoin: round; stroke-linecap: butt"'
    title = f'<title id="{name}-title">{escape(alt)}</title>'
    text = re.sub(r"<svg\b[^>]*?(viewBox=\"[^\"]*\")[^>]*>", rf"<svg \1 {head}>\n", text, count=1)
    return Markup(text.replace(">\n", f">{title}", 1).strip())  # noqa: S704 (our own figure; names in it are escaped)


def _coarse(data: str) -> str:
    """An image in few colours, as a data URI."""
    from PIL import Image  # matplotlib cannot do without it either

    out = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(data))) as whole:
        whole.convert("RGB").quantize(FEW, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
