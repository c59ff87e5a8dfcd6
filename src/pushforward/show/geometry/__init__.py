"""What is shown of paths, of properties carried along them, and of loops."""

from pushforward.show.geometry.holonomy import holonomy_figure
from pushforward.show.geometry.path import path_figure
from pushforward.show.geometry.property_transfer import property_transfer_figure

__all__ = [
    "holonomy_figure",
    "path_figure",
    "property_transfer_figure",
]
