"""Modularity as a number, and networks trained to have more of it.

>>> from torch import nn
>>> from pushforward import Gaussian, Neurons
>>> from pushforward.rng import normal
>>> net = Neurons(nn.Sequential(nn.Linear(4, 8), nn.Tanh()))
>>> result = measure_modularity(net, Gaussian.isotropic((4,)), normal((4, 4), seed=0), seed=0)
>>> result.neurons
8
"""

from pushforward.modules import (
    ModularityPenalty,
    assess,
    compare,
    frontier,
    measure_modularity,
    modularity,
    train_modular,
)

__all__ = [
    "ModularityPenalty",
    "assess",
    "compare",
    "frontier",
    "measure_modularity",
    "modularity",
    "train_modular",
]
