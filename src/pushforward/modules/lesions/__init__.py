"""Lesions: what a network loses when a module is ablated."""

from pushforward.modules.lesions.result import Lesions
from pushforward.modules.lesions.run import Metric, lesion

__all__ = [
    "Lesions",
    "Metric",
    "lesion",
]
