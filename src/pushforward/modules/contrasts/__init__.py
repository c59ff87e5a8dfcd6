"""Contrast: one module moved, the other kept fixed."""

from pushforward.modules.contrasts.blocks import members
from pushforward.modules.contrasts.pair import traversals
from pushforward.modules.contrasts.result import Candidate, Contrast, Contrasts
from pushforward.modules.contrasts.run import contrast
from pushforward.modules.contrasts.traversal import Leak, Traversal
from pushforward.modules.contrasts.verdict import FIXED, FULL, LEAKS, Verdict

__all__ = [
    "FIXED",
    "FULL",
    "LEAKS",
    "Candidate",
    "Contrast",
    "Contrasts",
    "Leak",
    "Traversal",
    "Verdict",
    "contrast",
    "members",
    "traversals",
]
