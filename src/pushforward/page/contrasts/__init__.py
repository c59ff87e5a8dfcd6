"""What a page says and shows of contrasts."""

from pushforward.page.contrasts.pane import contrast_pane, sets_of, traversal_facts
from pushforward.page.contrasts.words import (
    heading,
    numbers,
    percent,
    ratio,
    span,
    tiles,
    told_apart,
    verdict,
)

__all__ = [
    "contrast_pane",
    "heading",
    "numbers",
    "percent",
    "ratio",
    "sets_of",
    "span",
    "tiles",
    "told_apart",
    "traversal_facts",
    "verdict",
]
