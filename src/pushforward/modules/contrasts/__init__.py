"""Contrast: one module moved, the other held still."""

from pushforward.modules.contrasts.blocks import members
from pushforward.modules.contrasts.pair import traversals
from pushforward.modules.contrasts.result import Candidate, Contrast, Contrasts
from pushforward.modules.contrasts.run import contrast
from pushforward.modules.contrasts.traversal import Leak, Traversal
from pushforward.modules.contrasts.verdict import FULL, HELD, LEAKS, Verdict

__all__ = [
    "FULL",
    "HELD",
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
