"""Points of manifolds whose dimension is known, up to a thousand: five published ones, and laws under noise."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.rng import generator, integers, normal, uniform

DOUBLE = torch.float64
FIVE_POINTS = 2000
MOST = 1000  # dimensions
NOISES = (0.0, 0.01, 0.05)


class Known(NamedTuple):
    """Points X (n, D), their dimension, the law they follow, and the noise per coordinate.

    Noise is in shares of the data's scale: the root mean square of its coordinates less their means.
    """

    X: Tensor
    dim: int
    law: str
    noise: float


def _scaled(X: np.ndarray, size: int) -> Tensor:
    """With zeros for more coordinates, centred, over the largest standard deviation, as the authors have it."""
    rows = torch.nn.functional.pad(torch.as_tensor(X), (0, size - X.shape[1]))
    rows = rows - rows.mean(0)
    return (rows / (rows.std(0).max() + 1e-5)).float()


def clifford_torus(n: int, d: int, *, seed: int) -> np.ndarray:
    """D circles of radius 1, at random angles.  -> (n 2d)"""
    angle = 2 * math.pi * uniform((n, d), seed=seed, dtype=DOUBLE)
    return torch.stack([angle.cos(), angle.sin()], 2).flatten(1).numpy()


def five(state: int) -> dict[str, Known]:
    """The five manifolds of Yeats and others (2025), 2,000 points each, by scikit-dimension's generators."""
    from skdim import datasets

    n = FIVE_POINTS
    bent = datasets.BenchmarkManifolds(random_state=state)._gen_campadelli_n_data(n, dim=128, d=32)
    made = {
        "hypersphere": (16, 64, datasets.hyperSphere(n, 16, random_state=state)),
        "hyperball": (16, 64, datasets.hyperBall(n, 16, random_state=state)),
        "twin peaks": (128, 256, datasets.hyperTwinPeaks(n, 128, random_state=state)),
        "Clifford torus": (32, 128, clifford_torus(n, 32, seed=state)),
        "nonlinear": (32, 128, bent),
    }
    return {name: Known(_scaled(X, size), d, name, 0.0) for name, (d, size, X) in made.items()}


def frame(k: int, D: int, *, seed: torch.Generator) -> Tensor:
    """K orthonormal rows in D dimensions, in a random position.  -> (k D)"""
    return torch.linalg.qr(normal((D, k), seed=seed, dtype=DOUBLE)).Q.T


def linear(n: int, d: int, *, seed: torch.Generator) -> Tensor:
    """A Gaussian on a random subspace, stretched along random directions.  -> (n D)"""
    D = d + max(5, d // 2)
    W = normal((d, D), seed=seed, dtype=DOUBLE)
    return normal((n, d), seed=seed, dtype=DOUBLE) @ W / math.sqrt(d)


def sphere(n: int, d: int, *, seed: torch.Generator) -> Tensor:
    """A round sphere on a random subspace.  -> (n D)"""
    z = normal((n, d + 1), seed=seed, dtype=DOUBLE)
    return z / z.norm(dim=1, keepdim=True) @ frame(d + 1, d + 1 + max(5, d // 2), seed=seed)


def cube(n: int, d: int, *, seed: torch.Generator) -> Tensor:
    """A uniform cube on a random subspace.  -> (n D)"""
    return (2 * uniform((n, d), seed=seed, dtype=DOUBLE) - 1) @ frame(d, d + max(5, d // 2), seed=seed)


def bend(x: Tensor, turns: tuple[Tensor, ...]) -> Tensor:
    """Twice x + sin x along all axes and turned: its derivative is 1 + cos, so that no dimension is lost."""
    for Q in turns:
        x = (x + x.sin()) @ Q
    return x


def sines(n: int, d: int, *, seed: torch.Generator) -> Tensor:
    """A Gaussian or a cube on a random subspace, bent twice: the mixtures of Kamkari and others (2024).  -> (n D)"""
    D = d + max(5, d // 2)
    gaussian = bool(integers(2, (), seed=seed))
    z = normal((n, d), seed=seed, dtype=DOUBLE) if gaussian else 2 * uniform((n, d), seed=seed, dtype=DOUBLE) - 1
    x = z @ normal((d, D), seed=seed, dtype=DOUBLE) / math.sqrt(d)
    return bend(x, tuple(frame(D, D, seed=seed) for _ in range(2)))


LAWS: dict[str, Callable[..., Tensor]] = {"linear": linear, "sphere": sphere, "cube": cube, "nonlinear": sines}


def wide(seed: int) -> Known:
    """One set of a law and a noise in turn: dimension 1 to 1,000, 500 to 10,000 points, both even in the logarithm."""
    draws = generator(seed)
    law = list(LAWS)[seed % len(LAWS)]
    noise = NOISES[seed // len(LAWS) % len(NOISES)]
    log_d, log_n = uniform((2,), seed=draws, dtype=DOUBLE).tolist()
    d, n = round(MOST**log_d), round(500 * 20**log_n)
    X = LAWS[law](n, d, seed=draws)
    scale = float((X - X.mean(0)).square().mean().sqrt())
    return Known((X + noise * scale * normal(tuple(X.shape), seed=draws, dtype=DOUBLE)).float(), d, law, noise)
