"""`find_modules`: sets of neurons that work with different properties."""

from pushforward.modules.finding.cluster import Leiden, by_size, communities, modularity
from pushforward.modules.finding.evidence import LEVEL, TESTED
from pushforward.modules.finding.result import Modules
from pushforward.modules.finding.rows import grid, spread
from pushforward.modules.finding.run import find_modules
from pushforward.modules.finding.shares import EXPLAINED, LEAST, MAJORITY, MOST

__all__ = [
    "EXPLAINED",
    "LEAST",
    "LEVEL",
    "MAJORITY",
    "MOST",
    "TESTED",
    "Leiden",
    "Modules",
    "by_size",
    "communities",
    "find_modules",
    "grid",
    "modularity",
    "spread",
]
