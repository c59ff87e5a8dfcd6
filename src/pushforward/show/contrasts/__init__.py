"""What is shown of a contrast: strips, tables of many, moving pictures, and the part of a report about one."""

from pushforward.show.contrasts.figure import contrast_figure, traversal_figure
from pushforward.show.contrasts.moving import contrast_gif
from pushforward.show.contrasts.part import contrast_part
from pushforward.show.contrasts.table import contrasts_figure

__all__ = [
    "contrast_figure",
    "contrast_gif",
    "contrast_part",
    "contrasts_figure",
    "traversal_figure",
]
