"""Other ways to move A and not B, written from what was published: each gives a path w(t) in the chart at one input."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pushforward.modules.contrasts.directions import best_direction
from pushforward.modules.contrasts.factors import Pair, Probe
from pushforward.rng import normal

FARTHEST, POINTS = 12.0, 121
"""How far straight lines are followed, in standard deviations of the inputs, and at how many points they are looked at."""
PENALTY, ASCENT = 30.0, 600
"""Weight of B's movement, and steps, of gradient ascent; of 1, 10, 30 and 100 the best on another seed."""


def random_direction(_: Probe, chart: Any, seed: int) -> list[Tensor]:
    w = normal((chart.rank,), seed=seed, dtype=torch.float64)
    return both_ways(w)


def fixed_direction(probe: Probe, chart: Any, _: int) -> list[Tensor]:
    """One direction that maximises the generalised Rayleigh quotient (He et al. 2022, ReSeFa)."""
    return both_ways(best_direction(probe.factors(chart), 1e-2))


def null_space(probe: Probe, chart: Any, _: int) -> list[Tensor]:
    """The principal direction of A's low-rank part, projected on the null space of B's (Zhu et al. 2021, LowRankGAN)."""
    A, B = (low_rank(f.M) for f in probe.factors(chart))
    principal = torch.linalg.eigh(A).eigenvectors[:, -1]
    values, vectors = torch.linalg.eigh(B)
    null = vectors[:, values <= 1e-6 * values[-1]]
    w = null @ (null.T @ principal)
    return both_ways(w) if float(w.norm()) > 1e-9 else []


def low_rank(M: Tensor, steps: int = 1000) -> Tensor:
    """The low-rank part of M = L + S, S sparse: principal component pursuit by alternating directions (Candès et al. 2011)."""
    strength, mu = len(M) ** -0.5, M.numel() / (4 * float(M.abs().sum()) + 1e-300)
    S, Y = torch.zeros_like(M), torch.zeros_like(M)
    for _ in range(steps):
        U, s, Vh = torch.linalg.svd(M - S + Y / mu)
        L = (U * (s - 1 / mu).clamp_min(0)) @ Vh
        R = M - L + Y / mu
        S = R.sign() * (R.abs() - strength / mu).clamp_min(0)
        Y = Y + mu * (M - L - S)
        if float((M - L - S).norm()) <= 1e-7 * float(M.norm()):
            break
    return (L + L.T) / 2


def ascent(probe: Probe, chart: Any, seed: int) -> list[Tensor]:
    """Gradient ascent on A's movement with a penalty on B's, from a small random start."""
    L = chart.tangents(0, chart.rank)
    w = (0.1 * normal((chart.rank,), seed=seed)).requires_grad_()
    optimiser, path = torch.optim.Adam([w], 0.02), []
    first = values(probe, chart.point[None])
    for _ in range(ASCENT):
        here = values(probe, (chart.point.flatten() + w @ L).reshape(1, *chart.point.shape))
        moved, held = ((a - b).norm() for a, b in zip(here, first, strict=True))
        loss = -moved + PENALTY * held.square()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        path.append(w.detach().double().clone())
    return [torch.stack(path)]


RIVALS: dict[str, Callable[..., list[Tensor]]] = {
    "random direction": random_direction,
    "one fixed direction (ReSeFa)": fixed_direction,
    "low rank and null space (LowRankGAN)": null_space,
    "gradient ascent with a penalty": ascent,
}


def both_ways(w: Tensor) -> list[Tensor]:
    """Straight lines along ±w.  (r) -> (points r), twice"""
    along = torch.linspace(0, FARTHEST, POINTS, dtype=torch.float64)[1:, None] * (w / w.norm())
    return [along, -along]


def values(probe: Probe, X: Tensor) -> Pair:
    """Activations of both blocks in their units, differentiable."""
    a = probe.net(X)
    return Pair(*(a[:, b.neurons] / b.unit.to(a) for b in probe.blocks))


def crossing(
    rival: Callable[..., list[Tensor]], probe: Probe, chart: Any, distance: float, seed: int
) -> tuple[float, bool]:
    """The leak where a path first moves A by the distance, on the better of its ways, and whether it does."""
    found = []
    with torch.no_grad():
        first = values(probe, chart.point[None])
    for path in rival(probe, chart, seed):
        with torch.no_grad():
            here = values(probe, chart(path))
        moved, held = ((a - b).norm(dim=1) for a, b in zip(here, first, strict=True))
        past = (moved >= distance).nonzero()[:, 0]
        if len(past):
            found.append(float(held[past[0]] / moved[past[0]]))
    return (min(found), True) if found else (float("inf"), False)
