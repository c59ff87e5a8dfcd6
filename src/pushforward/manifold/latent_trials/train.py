"""One start: generator and left inverse, first fitted to matched landmarks, then trained to make what the data are."""

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pushforward.generator import Architecture, initialise
from pushforward.generator.adversarial import choose, energy
from pushforward.latents import Latent
from pushforward.manifold.latent_trials.match import Match
from pushforward.manifold.latent_trials.trial_data import TrialData
from pushforward.rng import Seed, generator, normal, uniform

COUNT = 64
# How many radians a wave turns per standard deviation of the features, about.
SCALE = 3.0


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


WIDTH = 128
BATCH = 128
RATE = 2e-3
# Steps on matched landmarks alone.
FIRST = 400
# Weight of the choice of a piece against the other losses, which all have weight 1.
CHOICE = 0.1


@dataclass(frozen=True, eq=False)
class Nets:
    """Features → y and y → codes, for the points of a cloud."""

    latent: Latent
    generator: nn.Module
    encoder: nn.Module

    def adam(self) -> torch.optim.Optimizer:
        """An optimiser of both."""
        return torch.optim.Adam([*self.generator.parameters(), *self.encoder.parameters()], RATE, fused=True)

    def paint(self, z: Tensor) -> Tensor:
        """Points y at latent points.  (n width) -> (n p)"""
        return self.generator(self.latent.features(z))

    def inside(self, z: Tensor) -> Tensor:
        """Points y at the nearest points of the latent."""
        return self.paint(self.latent.project(z))

    def read(self, y: Tensor) -> Tensor:
        """The latent points that the encoder finds.  (n p) -> (n width)"""
        return choose(self.latent.decode(self.encoder(y)), y, self.inside, try_all=True, seed=0).z


def begun(data: TrialData, start: Match, *, seed: int) -> Nets:
    """Networks that map matched landmarks to each other. Nothing is drawn but from `seed`."""
    draws = generator(seed)
    built = Architecture((data.y.shape[1],), WIDTH).build(start.latent, seed=draws)
    assert isinstance(built.generator, nn.Sequential)
    nets = Nets(start.latent, with_waves(built.generator, seed=draws), built.encoder)
    adam, y, z = nets.adam(), data.y[start.which], start.z
    for _ in range(FIRST):
        _descend(adam, _apart(nets.paint(z), y) + start.latent.miss(nets.encoder(y), z).mean())
    return nets


def trained(data: TrialData, nets: Nets, *, steps: int, seed: int) -> Nets:
    """A copy trained on, at a rate that falls to 0."""
    draws, nets = generator(seed), copy.deepcopy(nets)
    adam = nets.adam()
    for step in range(steps):
        adam.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        x = data.y[data.batch(BATCH, seed=draws)]
        _descend(adam, loss(nets, x, seed=draws))
    return nets


def loss(nets: Nets, x: Tensor, *, seed: torch.Generator) -> Tensor:
    r"""Energy distances of G(z) and x and of z and E(x), $\text{miss}(E(G(z)), z)$, and $|G(E(x)) - x|^2$."""
    latent, n = nets.latent, len(x)
    z = latent.sample(n, seed=seed)
    f = latent.features(z)
    y = nets.generator(f)
    codes = nets.encoder(torch.cat([y, x]))
    choice = choose(latent.decode(codes[n:]), x, nets.inside, try_all=False, seed=seed)
    features = latent.features(choice.z)
    outside = (features - latent.features(latent.project(choice.z)).detach()).square().sum(1).mean()
    there = choice.error.mean() * x.shape[1]
    back = latent.miss(codes[:n], z).mean()
    return energy(y, x) + energy(features, f) + back + there + outside + CHOICE * choice.entropy.mean()


def _apart(x: Tensor, y: Tensor) -> Tensor:
    return (x - y).square().sum(1).mean()


def _descend(adam: torch.optim.Optimizer, value: Tensor) -> None:
    adam.zero_grad()
    value.backward()
    adam.step()
