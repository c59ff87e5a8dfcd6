"""Surfaces whose geodesics and holonomy are known."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

import pushforward as pf
from pushforward.rng import rotation

D = torch.float64
ISOMETRY = rotation(50, seed=0, dtype=D)
TURN = rotation(3, seed=3, dtype=D)  # keeps the corners of an octant away from the poles of the coordinates
SLOPE = math.pi / 6


def sphere(z: Tensor) -> Tensor:
    a, b = z.unbind(1)
    return torch.stack([a.sin() * b.cos(), a.sin() * b.sin(), a.cos()], 1)


def cone(z: Tensor) -> Tensor:
    r, b = z.unbind(1)
    return torch.stack([r * math.sin(SLOPE) * b.cos(), r * math.sin(SLOPE) * b.sin(), r * math.cos(SLOPE)], 1)


def torus(z: Tensor) -> Tensor:
    return torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1].cos(), z[:, 1].sin()], 1)


def many(f: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The same surface in R⁵⁰, isometrically."""
    return lambda z: (y := f(z)) @ ISOMETRY[: y.shape[1]].to(y)


def off(angle: float, truth: float) -> float:
    """The error of a rotation, whatever its sense."""
    return min(abs(math.remainder(angle - truth, 2 * math.pi)), abs(math.remainder(angle + truth, 2 * math.pi)))


def turns(steps: int) -> Tensor:
    return torch.linspace(0, 2 * math.pi, steps + 1, dtype=D)


def latitude(theta: float, steps: int) -> Tensor:
    t = turns(steps)
    return torch.stack([torch.full_like(t, theta), t], 1)


def developed(z: Tensor, y: Tensor) -> Tensor:
    turn = (z[:, 1] - y[:, 1]) * math.sin(SLOPE)
    return (z[:, 0] ** 2 + y[:, 0] ** 2 - 2 * z[:, 0] * y[:, 0] * turn.cos()).sqrt()


def octant(f: Any, steps: int) -> tuple[pf.results.Path, ...]:
    """The sides of an octant of the turned sphere, between corners whose longitudes differ by less than half a turn."""
    start = torch.stack([TURN[2].arccos(), torch.atan2(TURN[1], TURN[0])], 1)
    end = start.roll(-1, 0)
    turn = torch.remainder(end[:, 1] - start[:, 1] + math.pi, 2 * math.pi) - math.pi
    return pf.geodesic(f, start, torch.stack([end[:, 0], start[:, 1] + turn], 1), steps=steps)


def projected(f: Any, z: Tensor, *, renormalised: bool) -> float:
    """The rotation of a frame around a loop by projection alone, the way of Shao, Kumar, Fletcher (2018)."""
    J = torch.func.vmap(torch.func.jacfwd(lambda w: f(w[None])[0]))(z)
    Q = torch.linalg.qr(J).Q
    v = Q[0, :, 0]
    for one in torch.cat([Q, Q[:1]]):
        w = one @ (one.T @ v)
        v = w / w.norm() if renormalised else w
    back = Q[0].T @ v
    return float(torch.atan2(back[1], back[0]))
