"""Lesions: what a network loses when a module is ablated."""

from pushforward.modules.lesions.run import Lesions, Metric, lesion

__all__ = [
    "Lesions",
    "Metric",
    "lesion",
]
