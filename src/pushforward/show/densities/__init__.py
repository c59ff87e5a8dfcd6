"""What is shown of a density: its factor along each singular direction, and what the direction does."""

from pushforward.show.densities.figure import density_figure

__all__ = [
    "density_figure",
]
