"""A network trained plainly and trained to be modular, side by side."""

from pushforward.show.modular.figure import frontier_figure, modular_figure
from pushforward.show.modular.part import modularity_part
from pushforward.show.modular.study import ModularityStudy

__all__ = [
    "ModularityStudy",
    "frontier_figure",
    "modular_figure",
    "modularity_part",
]
