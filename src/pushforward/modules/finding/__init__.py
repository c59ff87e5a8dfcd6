"""`find_modules`: sets of neurons that work with different properties."""

from pushforward.modules.finding.community import by_size, communities, modularity
from pushforward.modules.finding.curve import Curve
from pushforward.modules.finding.evidence import AGREEMENT, LEVEL, MARGIN, TESTED
from pushforward.modules.finding.method import Leiden
from pushforward.modules.finding.planning import Need, Plan, plan
from pushforward.modules.finding.power import Power
from pushforward.modules.finding.result import Modules
from pushforward.modules.finding.rows import grid, in_range, spread, squared
from pushforward.modules.finding.run import find_modules
from pushforward.modules.finding.shares import LEAST, MAJORITY, MOST
from pushforward.modules.finding.words import coverage, reach

__all__ = [
    "AGREEMENT",
    "LEAST",
    "LEVEL",
    "MAJORITY",
    "MARGIN",
    "MOST",
    "TESTED",
    "Curve",
    "Leiden",
    "Modules",
    "Need",
    "Plan",
    "Power",
    "by_size",
    "communities",
    "coverage",
    "find_modules",
    "grid",
    "in_range",
    "modularity",
    "plan",
    "reach",
    "spread",
    "squared",
]
