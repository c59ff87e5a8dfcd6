"""What is shown of a dimension: what it was read from."""

from pushforward.show.dimensions.figure import dimension_figure

__all__ = ["dimension_figure"]
