"""Formulas as MathML, which browsers show by themselves: no script and no font is fetched."""

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

NAMES = {r"\dots": r"\ldots"}
"""Commands that docutils does not know, and what is meant."""


def mathml(tex: str, *, block: bool) -> str:
    """A formula."""
    for name, known in NAMES.items():
        tex = tex.replace(name, known)
    return tex2mathml(tex, as_block=block)


def show_inline(self: HTML5Translator, node: nodes.math) -> None:
    """A formula within a line."""
    self.body.append(mathml(node.astext(), block=False))
    raise nodes.SkipNode


def show_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    self.body.append(mathml(node.astext(), block=True))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (show_inline, None), (show_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
