"""What a page says and shows of generators."""

from pushforward.page.generators.pane import generator_pane
from pushforward.page.generators.strips import DIRECTIONS, STEPS, Strip, strip
from pushforward.page.generators.words import (
    COPIED,
    FARTHEST,
    KEPT,
    ROUGH,
    WORST,
    agreement,
    faults,
    headline,
    rows,
    tiles,
    verdict,
)

__all__ = [
    "COPIED",
    "DIRECTIONS",
    "FARTHEST",
    "KEPT",
    "ROUGH",
    "STEPS",
    "WORST",
    "Strip",
    "agreement",
    "faults",
    "generator_pane",
    "headline",
    "rows",
    "strip",
    "tiles",
    "verdict",
]
