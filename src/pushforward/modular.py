"""Modularity as a number, and networks trained to have more of it.

>>> from torch import nn
>>> from pushforward import Gaussian, Neurons
>>> from pushforward.rng import normal
>>> net = Neurons(nn.Sequential(nn.Linear(4, 8), nn.Tanh()))
>>> result = measure_modularity(net, Gaussian.isotropic((4,)), normal((4, 4), seed=0), seed=0)
>>> result.neurons
8
"""

from pushforward.modules import ModularityPenalty as ModularityPenalty
from pushforward.modules import assess as assess
from pushforward.modules import compare as compare
from pushforward.modules import find_subspaces as find_subspaces
from pushforward.modules import frontier as frontier
from pushforward.modules import measure_modularity as measure_modularity
from pushforward.modules import modularity as modularity
from pushforward.modules import train_modular as train_modular

__all__ = [
    "ModularityPenalty",
    "assess",
    "compare",
    "find_subspaces",
    "frontier",
    "measure_modularity",
    "modularity",
    "train_modular",
]
