"""Embedded data, images drawn from formulas, and networks whose modules are known; all offline."""

from .classifiers import digit_classifier as digit_classifier
from .classifiers import pair_classifier as pair_classifier
from .digits import Digits as Digits
from .digits import digits as digits
from .generators import digit_generator as digit_generator
from .manifolds import Manifold as Manifold
from .manifolds import manifold as manifold
from .networks import DigitCNN as DigitCNN
from .networks import PairMLP as PairMLP
from .pairs import Pairs as Pairs
from .pairs import pairs as pairs
from .planted import Planted as Planted
from .planted import planted as planted
from .sprites import Sprites as Sprites
from .sprites import sprites as sprites

__all__ = [
    "DigitCNN",
    "Digits",
    "Manifold",
    "PairMLP",
    "Pairs",
    "Planted",
    "Sprites",
    "digit_classifier",
    "digit_generator",
    "digits",
    "manifold",
    "pair_classifier",
    "pairs",
    "planted",
    "sprites",
]
