"""What you subclass or implement, each with the check of its laws.

An `Inputs` hands out a `Chart` around an input; a `LinearMap` is known by its products; a `Latent` is a manifold that
generators start from; an `AdversarialLoss` trains them. `Graphs` makes a network of graphs one of batches of them.

>>> from torch import eye
>>> from pushforward.linear import Dense
>>> check_linear_map(Dense(eye(3)), eye(3), seed=0)
"""

from pushforward.generator import AdversarialLoss
from pushforward.latents import Latent, check_latent
from pushforward.linear import Chart, Inputs, LinearMap, check_inputs, check_linear_map
from pushforward.net import Graphs

__all__ = [
    "AdversarialLoss",
    "Chart",
    "Graphs",
    "Inputs",
    "Latent",
    "LinearMap",
    "check_inputs",
    "check_latent",
    "check_linear_map",
]
