"""Lesions: what a network loses when a module is ablated."""

from pushforward.modules.lesions.result import Lesions
from pushforward.modules.lesions.run import Metric, Network, lesion

__all__ = [
    "Lesions",
    "Metric",
    "Network",
    "lesion",
]
