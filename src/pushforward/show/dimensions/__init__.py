"""What is shown and said of a dimension: what it was read from, and whether the readings agree."""

from pushforward.show.dimensions.figure import dimension_figure
from pushforward.show.dimensions.words import agreement

__all__ = [
    "agreement",
    "dimension_figure",
]
