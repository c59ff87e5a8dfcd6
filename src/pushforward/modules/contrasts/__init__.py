"""Contrast: one module moved, the other kept fixed."""

from pushforward.modules.contrasts.blocks import BlockLike, Scene, Setting, block, disjoint, members, scene, setting
from pushforward.modules.contrasts.factors import Pair, Probe, deviations
from pushforward.modules.contrasts.near_copies import Copy
from pushforward.modules.contrasts.pair import traversals
from pushforward.modules.contrasts.result import Candidate, Contrast, Contrasts
from pushforward.modules.contrasts.run import contrast
from pushforward.modules.contrasts.traversal import Leak, Traversal
from pushforward.modules.contrasts.traverse import Course
from pushforward.modules.contrasts.verdict import FIXED, FULL, LEAKS, WORST_FIXED, WORST_LEAKS, Verdict
from pushforward.modules.contrasts.way import Shot, Tell, Way, walk_both_ways

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
    "Course",
    "Leak",
    "Pair",
    "Probe",
    "Scene",
    "Setting",
    "Shot",
    "Tell",
    "Traversal",
    "Verdict",
    "Way",
    "block",
    "contrast",
    "deviations",
    "disjoint",
    "members",
    "scene",
    "setting",
    "traversals",
    "walk_both_ways",
]
