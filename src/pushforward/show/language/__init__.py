"""What is shown of models of language: token swaps."""

from pushforward.show.language.swaps import swaps_figure

__all__ = ["swaps_figure"]
