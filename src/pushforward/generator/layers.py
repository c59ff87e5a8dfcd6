"""The layers that torch does not have, and first weights from random numbers of our own."""

import torch
from torch import Tensor, nn

from pushforward.latents import Latent
from pushforward.rng import Seed, generator, uniform

# Latent points from which the scale of their features is taken.
FEATURE_SAMPLE = 4096


def initialise(net: nn.Module, *, seed: Seed) -> None:
    """Weights and biases uniform within ±1/√fan-in, as torch does, but from a generator of our own."""
    draws = generator(seed)
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                bound = layer.weight[0].numel() ** -0.5
                for p in layer.parameters(recurse=False):
                    p.copy_(bound * (2 * uniform(p.shape, seed=draws) - 1))


class Standardise(nn.Module):
    """Features with mean 0 and deviation 1, by fixed numbers."""

    def __init__(self, count: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(count, dtype=torch.float32))
        self.register_buffer("deviation", torch.ones(count, dtype=torch.float32))
        self.mean: Tensor
        self.deviation: Tensor

    def forward(self, features: Tensor) -> Tensor:
        """(n f) -> (n f)"""
        return (features - self.mean) / self.deviation

    def measure(self, latent: Latent, *, seed: Seed) -> None:
        """Mean and deviation of the features of random latent points."""
        features = latent.features(latent.sample(FEATURE_SAMPLE, seed=seed))
        self.mean.copy_(features.mean(0))
        self.deviation.copy_(features.std(0).clamp_min(1e-3))

    @staticmethod
    def of(net: nn.Module) -> "Standardise":
        """The one inside a network."""
        return next(layer for layer in net.modules() if isinstance(layer, Standardise))


class Flat(nn.Module):
    """The scores of a network with one output.  (n 1) -> (n)"""

    def forward(self, x: Tensor) -> Tensor:
        """Without the last axis."""
        return x.squeeze(1)


class Crop(nn.Module):
    """Images cut to their size, with or without a channel axis."""

    def __init__(self, shape: tuple[int, ...]):
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """(n c H W) -> (n, *shape)"""
        h, w = self.shape[-2:]
        return x[..., :h, :w].reshape(-1, *self.shape)


def channels_last(net: nn.Module) -> nn.Module:
    """The network with the weights of its convolutions laid out so that they run faster."""
    return net.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def follow(mean: nn.Module, net: nn.Module, keep: float) -> None:
    """Move the weights of `mean` towards those of `net`, of which it is the running average; buffers are copied."""
    with torch.no_grad():
        for ours, theirs in zip(mean.parameters(), net.parameters(), strict=True):
            ours.lerp_(theirs, 1 - keep)
        for ours, theirs in zip(mean.buffers(), net.buffers(), strict=True):
            ours.copy_(theirs)


def squared(a: Tensor, b: Tensor, lead: int = 1) -> Tensor:
    """Mean squared difference over all axes but the first `lead`."""
    return (a - b).square().flatten(lead).mean(-1)
