"""Embedded data, images drawn from formulas, and networks whose modules are known; all offline.

>>> planted(60, modules=2, seed=0).inputs.shape[1]
64
"""

from pushforward.datasets.classifiers import digit_classifier, pair_classifier
from pushforward.datasets.digit_images import Digits, digits
from pushforward.datasets.generators import digit_generator
from pushforward.datasets.manifolds import Manifold, manifold
from pushforward.datasets.networks import DigitCNN, PairMLP
from pushforward.datasets.pair_images import Pairs, pairs
from pushforward.datasets.planted_networks import Planted, planted
from pushforward.datasets.sprite_images import Sprites, sprites
from pushforward.datasets.tasks import Task, digit_pairs, formulas, modular_addition, shared_vectors, stacked_digits

__all__ = [
    "DigitCNN",
    "Digits",
    "Manifold",
    "PairMLP",
    "Pairs",
    "Planted",
    "Sprites",
    "Task",
    "digit_classifier",
    "digit_generator",
    "digit_pairs",
    "digits",
    "formulas",
    "manifold",
    "modular_addition",
    "pair_classifier",
    "pairs",
    "planted",
    "shared_vectors",
    "sprites",
    "stacked_digits",
]
