"""Figures and the report. Plotting libraries load when something is drawn, and not before."""

from importlib import import_module
from typing import TYPE_CHECKING

from pushforward.page.studies import ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy
from pushforward.show.report_file import report, write, write_bytes

if TYPE_CHECKING:
    from pushforward.show.figures import contrast_gif, figure_png, figure_svg, modular_figure
    from pushforward.show.html_page import as_html

__all__ = [
    "ContrastStudy",
    "GeneratorStudy",
    "ModularityStudy",
    "ModulesStudy",
    "as_html",
    "contrast_gif",
    "figure_png",
    "figure_svg",
    "modular_figure",
    "report",
    "write",
    "write_bytes",
]
# The names that load a plotting library, and where they are.
DRAWN = {"contrast_gif": "figures", "figure_png": "figures", "figure_svg": "figures", "modular_figure": "figures"} | {
    "as_html": "html_page"
}


def __getattr__(name: str) -> object:
    if name in DRAWN:
        return getattr(import_module(f"pushforward.show.{DRAWN[name]}"), name)
    raise AttributeError(f"module 'pushforward.show' has no attribute {name!r}")
