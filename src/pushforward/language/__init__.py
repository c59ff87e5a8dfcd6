"""Models of language: prompts as what every verb takes, and the real token swaps that move some neurons alone."""

from pushforward.language.result import Swap, Swaps
from pushforward.language.run import Text, text

__all__ = [
    "Swap",
    "Swaps",
    "Text",
    "text",
]
