"""Small data, quick trainings and closed-form generators that the tests of generators share."""

import math

import torch
from torch import nn

from pushforward.generator import Generator, Training
from pushforward.latents import Atlas, Circle
from pushforward.rng import generator, integers, normal

QUICK = Training(steps=12, batch=16)


def ring(n=400, seed=0):
    """Eight Gaussians on a circle around (5, 5)."""
    draws = generator(seed)
    angle = integers(8, (n,), seed=draws) * (math.pi / 4)
    return 5 + 3 * torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * normal((n, 2), seed=draws)


def quick(X=None, latent=None, **options):
    return Generator.fit(ring() if X is None else X, latent or Atlas(2, 2), **{"seed": 0, "training": QUICK} | options)


def same(a, b):
    """Whether two generators have equal weights, bit for bit."""
    return all(
        torch.equal(s, t)
        for f, g in ((a.network, b.network), (a.encoder, b.encoder))
        for s, t in zip(f.state_dict().values(), g.state_dict().values(), strict=True)
    )


class Lifted(nn.Module):
    """Features (n, f) -> (n, d), smooth and injective: a linear part and a bent one."""

    def __init__(self, f, d, seed=0):
        super().__init__()
        draws = generator(seed)
        self.W = nn.Parameter(normal((f, d), seed=draws))
        self.V = nn.Parameter(0.3 * normal((f, d), seed=draws))

    def forward(self, u):
        return u @ self.W + torch.sin(u @ self.V)


class TwiceRound(nn.Module):
    """The angle u -> the point of the circle at 2u: two-to-one."""

    def forward(self, z):
        return torch.cat([torch.cos(2 * z), torch.sin(2 * z)], 1)


def twice_round():
    return Generator.wrap(TwiceRound(), Circle())
