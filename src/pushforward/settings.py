"""Algorithms with knobs of their own, as frozen values that are handed to a verb.

>>> Leiden(resolutions=(0.5, 1.0)).resamples
6
"""

from pushforward.generator import NonSaturating, Relativistic, Training
from pushforward.manifold import Relaxation
from pushforward.modules import Leiden, ModularTraining
from pushforward.shards import Shards

__all__ = [
    "Leiden",
    "ModularTraining",
    "NonSaturating",
    "Relativistic",
    "Relaxation",
    "Shards",
    "Training",
]
