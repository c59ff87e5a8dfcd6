"""Contrast: one module moved, the other kept fixed."""

from pushforward.modules.contrasts.blocks import BlockLike, block, disjoint, members
from pushforward.modules.contrasts.factors import Pair, Probe, deviations
from pushforward.modules.contrasts.near_copies import Copy
from pushforward.modules.contrasts.pair import traversals
from pushforward.modules.contrasts.result import Candidate, Contrast, Contrasts
from pushforward.modules.contrasts.run import contrast
from pushforward.modules.contrasts.traversal import Leak, Traversal
from pushforward.modules.contrasts.verdict import FIXED, FULL, LEAKS, WORST_FIXED, WORST_LEAKS, Verdict

__all__ = [
    "FIXED",
    "FULL",
    "LEAKS",
    "WORST_FIXED",
    "WORST_LEAKS",
    "BlockLike",
    "Candidate",
    "Contrast",
    "Contrasts",
    "Copy",
    "Leak",
    "Pair",
    "Probe",
    "Traversal",
    "Verdict",
    "block",
    "contrast",
    "deviations",
    "disjoint",
    "members",
    "traversals",
]
