"""Waves of a latent's features: so that a small network can make fine detail."""

import math

import torch
from torch import Tensor, nn

from pushforward.generator.layers import initialise
from pushforward.rng import Seed, generator, normal, uniform

COUNT = 64
SCALE = 3.0
"""How many radians a wave turns per standard deviation of the features, about."""


class Waves(nn.Module):
    """Features f, and sines of them: f, sin(f B + b) with fixed random B (k, COUNT) and b.

    Images that turn have dozens of harmonics, which a perceptron learns late from the first alone. Sines of features
    are as smooth as these, and equal for all names of one point.

    Source: Tancik and others (2020).
    """

    def __init__(self, k: int, *, seed: Seed):
        super().__init__()
        draws = generator(seed)
        self.register_buffer("B", SCALE * normal((k, COUNT), seed=draws) / k**0.5)
        self.register_buffer("b", 2 * math.pi * uniform((COUNT,), seed=draws))
        self.B: Tensor
        self.b: Tensor

    def forward(self, features: Tensor) -> Tensor:
        """(n k) -> (n k + COUNT)"""
        return torch.cat([features, (features @ self.B + self.b).sin()], 1)


def with_waves(network: nn.Sequential, *, seed: Seed) -> nn.Sequential:
    """The same network, untrained, with waves before its first linear layer."""
    layers = list(network)
    at = next(i for i, layer in enumerate(layers) if isinstance(layer, nn.Linear))
    first = layers[at]
    assert isinstance(first, nn.Linear)
    draws, k = generator(seed), first.in_features
    with torch.device("meta"):  # the usual initialisation would draw from the global generator
        wider = nn.Linear(k + COUNT, first.out_features)
    wider.to_empty(device="cpu")
    initialise(wider, seed=draws)
    return nn.Sequential(*layers[:at], Waves(k, seed=draws), wider, *layers[at + 1 :])
