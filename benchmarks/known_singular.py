"""Points of spaces that are no manifolds: they cross, touch, branch, or are no space of one dimension."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from known_manifolds import angles, circle, disc, sphere, two_discs
from pushforward.rng import normal, uniform

TURN = 2 * math.pi
Draw = Callable[[int, torch.Generator], Tensor]


def crossing_discs(n: int, draws: torch.Generator) -> Tensor:
    """Two discs in four dimensions with one point in common."""
    x, zero = disc(n, draws), torch.zeros(n, 2)
    x = torch.cat([x, zero], 1)
    x[n // 2 :] = x[n // 2 :, [2, 3, 0, 1]]
    return x


def double_cone(n: int, draws: torch.Generator) -> Tensor:
    h = uniform((n, 1), seed=draws).sqrt() * (1 - 2 * (uniform((n, 1), seed=draws) < 0.5).float())
    return torch.cat([h * circle(n, draws), h], 1)


def hairy_disc(n: int, draws: torch.Generator) -> Tensor:
    x = torch.cat([disc(n, draws), torch.zeros(n, 1)], 1)
    k = n // 20
    x[:k] = torch.tensor([0.0, 0.0, 1.0]) * uniform((k, 1), seed=draws)
    return x


def touching_discs(n: int, draws: torch.Generator) -> Tensor:
    return two_discs(0.0)(n, draws)


def wedge_of_spheres(n: int, draws: torch.Generator) -> Tensor:
    x = sphere(n, draws)
    x[n // 2 :, 0] += 2
    return x


def pinched_torus(n: int, draws: torch.Generator) -> Tensor:
    a, b = angles(n, draws), angles(n, draws)
    tube = 0.8 * (a / 2).sin()
    out = 2 + tube * b.cos()
    return torch.stack([out * a.cos(), out * a.sin(), tube * b.sin()], 1)


def crossing_planes(n: int, draws: torch.Generator) -> Tensor:
    x = torch.cat([2 * uniform((n, 2), seed=draws) - 1, torch.zeros(n, 1)], 1)
    x[n // 2 :] = x[n // 2 :, [0, 2, 1]]
    return x


def book(pages: int) -> Draw:
    def draw(n: int, draws: torch.Generator) -> Tensor:
        x, page = uniform((n, 2), seed=draws), (uniform((n,), seed=draws) * pages).floor()
        return torch.stack([x[:, 0], x[:, 1] * (TURN * page / pages).cos(), x[:, 1] * (TURN * page / pages).sin()], 1)

    return draw


def immersed_klein(n: int, draws: torch.Generator) -> Tensor:
    """The figure-eight immersion in space, which crosses itself along a circle."""
    a, b = angles(n, draws), angles(n, draws)
    out = 2 + (a / 2).cos() * b.sin() - (a / 2).sin() * (2 * b).sin()
    return torch.stack([out * a.cos(), out * a.sin(), (a / 2).sin() * b.sin() + (a / 2).cos() * (2 * b).sin()], 1)


def sphere_with_a_disc(n: int, draws: torch.Generator) -> Tensor:
    """A sphere and the disc in its equator."""
    x = sphere(n, draws)
    k = n // 4
    x[:k] = torch.cat([disc(k, draws), torch.zeros(k, 1)], 1)
    return x


def lollipop(n: int, draws: torch.Generator) -> Tensor:
    x = circle(n, draws)
    k = n // 4
    x[:k] = torch.cat([1 + uniform((k, 1), seed=draws), torch.zeros(k, 1)], 1)
    return x


def cantor_dust(n: int, draws: torch.Generator) -> Tensor:
    digits = 2 * (uniform((n, 2, 12), seed=draws) < 0.5).float()
    return (digits * 3.0 ** -torch.arange(1.0, 13)).sum(2)


def clusters_and_curves(n: int, draws: torch.Generator) -> Tensor:
    x = torch.cat([circle(n, draws), torch.zeros(n, 1)], 1)
    k = n // 2
    x[:k] = 0.3 * normal((k, 3), seed=draws) + 4
    return x
