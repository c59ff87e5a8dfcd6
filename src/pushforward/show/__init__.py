"""Figures and the report."""

from pushforward.show.contrasts import ContrastStudy
from pushforward.show.figures import contrast_gif, figure_png, figure_svg, modular_figure
from pushforward.show.generator import GeneratorStudy
from pushforward.show.html_page import page
from pushforward.show.modular import ModularityStudy
from pushforward.show.modules import ModulesStudy
from pushforward.show.report_file import report, write, write_bytes

__all__ = [
    "ContrastStudy",
    "GeneratorStudy",
    "ModularityStudy",
    "ModulesStudy",
    "contrast_gif",
    "figure_png",
    "figure_svg",
    "modular_figure",
    "page",
    "report",
    "write",
    "write_bytes",
]
