"""Random smooth manifolds of known dimension: a random law on a latent, sent through a random smooth map.

None of them is a manifold of a published benchmark: flat ones are stretched along their axes, spheres are ellipsoids,
and every map has random weights.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.rng import generator, integers, normal, uniform

DOUBLE = torch.float64
TURN = 2 * math.pi


class Simulated(NamedTuple):
    """Points X (n, D) and their dimension."""

    X: Tensor
    dim: int
    law: str
    map: str


class Draws:
    """Numbers from one generator, in double precision."""

    def __init__(self, seed: int):
        self.generator = generator(seed)

    def normal(self, *shape: int) -> Tensor:
        return normal(shape, seed=self.generator, dtype=DOUBLE)

    def uniform(self, *shape: int) -> Tensor:
        return uniform(shape, seed=self.generator, dtype=DOUBLE)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * float(self.uniform(1))

    def log_between(self, low: float, high: float) -> float:
        return math.exp(self.between(math.log(low), math.log(high)))

    def below(self, n: int) -> int:
        return int(integers(n, (), seed=self.generator))

    def one_in(self, n: int) -> bool:
        return self.below(n) == 0


def cube(n: int, d: int, draws: Draws) -> Tensor:
    return 2 * draws.uniform(n, d) - 1


def ball(n: int, d: int, draws: Draws) -> Tensor:
    z = draws.normal(n, d)
    return z / z.norm(dim=1, keepdim=True) * draws.uniform(n, 1) ** (1 / d)


def gauss(n: int, d: int, draws: Draws) -> Tensor:
    return draws.normal(n, d) / 1.5


def power(n: int, d: int, draws: Draws) -> Tensor:
    """Densities $a u^{a-1}$ along the axes, of one exponent or of many."""
    same = torch.full((d,), draws.log_between(0.4, 8), dtype=DOUBLE)
    a = same if draws.one_in(2) else (0.7 * draws.normal(d)).exp()
    return 2 * draws.uniform(n, d) ** (1 / a) - 1


def shared(n: int, d: int, draws: Draws) -> Tensor:
    """Gaussian with a random scale common to all axes."""
    z = draws.normal(n, d) * (draws.between(0.2, 1.0) * draws.normal(n, 1)).exp()
    return z / z.square().mean().sqrt() / 1.5


def squashed(n: int, d: int, draws: Draws) -> Tensor:
    """Dependent axes with mass near two corners."""
    lean = draws.between(0.5, 3) * (2 * draws.uniform(n, 1) - 1)
    return (draws.log_between(0.3, 1.5) * draws.normal(n, d) + lean).tanh()


def clusters(n: int, d: int, draws: Draws) -> Tensor:
    count = 2 + draws.below(8)
    centres = 0.7 * draws.normal(count, d)
    return centres[integers(count, (n,), seed=draws.generator)] + draws.log_between(0.2, 0.7) * draws.normal(n, d)


def ellipsoid(n: int, d: int, draws: Draws) -> Tensor:
    z = draws.normal(n, d + 1)
    return z / z.norm(dim=1, keepdim=True) * (0.4 * draws.normal(d + 1)).exp()


def spheroid(n: int, d: int, draws: Draws) -> Tensor:
    """An ellipsoid that may be nearly round."""
    z = draws.normal(n, d + 1)
    return z / z.norm(dim=1, keepdim=True) * (draws.log_between(0.02, 0.5) * draws.normal(d + 1)).exp()


def rings(n: int, d: int, draws: Draws) -> Tensor:
    """Circles that may be nearly of one size, of uneven density or not."""
    angle = math.pi * cube(n, d, draws)
    if draws.one_in(2):
        angle = angle + draws.between(0, 0.9) * (angle + TURN * draws.uniform(d)).sin()
    size = (draws.log_between(0.02, 0.5) * draws.normal(d)).exp()
    return torch.cat([size * angle.cos(), size * angle.sin()], 1)


def torus(n: int, d: int, draws: Draws) -> Tensor:
    """Circles of random sizes, perhaps with an overtone."""
    angle = math.pi * cube(n, d, draws)
    around = (0.4 * draws.normal(d)).exp() * torch.stack([angle.cos(), angle.sin()])
    overtone = 0.5 * torch.stack([(2 * angle).cos(), (2 * angle).sin()])
    parts = [*around, *overtone] if draws.one_in(2) else [*around]
    return torch.cat(parts, 1)


def linear(z: Tensor, _: float, draws: Draws) -> Tensor:
    return z * (draws.between(0.1, 0.8) * draws.normal(z.shape[1])).exp()


def stretch(z: Tensor, _: float, draws: Draws) -> Tensor:
    """Axes that may be nearly of one size."""
    return z * (draws.log_between(0.02, 0.8) * draws.normal(z.shape[1])).exp()


def graph(z: Tensor, w: float, draws: Draws) -> Tensor:
    """The latent and a few waves over it."""
    c = 1 + draws.below(4)
    waves = (w * z @ _plain(z.shape[1], c, draws) * math.sqrt(3) + TURN * draws.uniform(c)).sin()
    return torch.cat([z, draws.log_between(0.05, 1.5) * waves], 1)


def waves(z: Tensor, w: float, draws: Draws) -> Tensor:
    """Random features: as many waves as one likes over a linear map."""
    m = z.shape[1] + 1 + _more(z, draws)
    bent = (w * z @ _plain(z.shape[1], m, draws) * math.sqrt(3) + TURN * draws.uniform(m)).sin()
    return draws.between(0.3, 1) * z @ _plain(z.shape[1], m, draws) + draws.log_between(0.1, 1.5) * bent


def sparse(z: Tensor, w: float, draws: Draws) -> Tensor:
    """Waves that each read one latent, or a second one a little."""
    m = 2 * z.shape[1] + 1 + draws.below(2 * z.shape[1] + 10)
    X = (w * z @ _picked(z.shape[1], m, draws) + TURN * draws.uniform(m)).sin()
    return torch.cat([X, z], 1) if draws.one_in(2) else X


def product(z: Tensor, w: float, draws: Draws) -> Tensor:
    """Waves of one latent, made larger and smaller by another."""
    m = 2 * z.shape[1] + 1 + draws.below(2 * z.shape[1] + 10)
    wave = (w * z @ _picked(z.shape[1], m, draws) + TURN * draws.uniform(m)).sin()
    other = _picked(z.shape[1], m, draws).roll(1 + draws.below(z.shape[1]), 0)
    size = (draws.between(0.1, 1) * w * z @ other + TURN * draws.uniform(m)).sin()
    return wave * (1 + draws.between(0, 1) * size)


def network(z: Tensor, _: float, draws: Draws) -> Tensor:
    m = z.shape[1] + 2 + _more(z, draws)
    for _layer in range(1 + draws.below(3)):
        z = (draws.log_between(0.5, 2.5) * z @ _plain(z.shape[1], m, draws) + 0.3 * draws.normal(m)).tanh()
    return z


def residual(z: Tensor, _: float, draws: Draws) -> Tensor:
    """A few layers that add waves to what they are given."""
    m = z.shape[1] + 2 + _more(z, draws)
    X = z @ _plain(z.shape[1], m, draws) * math.sqrt(3)
    for _layer in range(1 + draws.below(3)):
        bent = (draws.log_between(0.3, 1.5) * X @ _plain(m, m, draws) + TURN * draws.uniform(m)).sin()
        X = X + draws.log_between(0.2, 1.2) * bent
    return X


def quadratic(z: Tensor, _: float, draws: Draws) -> Tensor:
    m = 1 + draws.below(z.shape[1] + 6)
    bent = (z @ _plain(z.shape[1], m, draws)) * (z @ _plain(z.shape[1], m, draws))
    return torch.cat([z, draws.log_between(0.1, 2) * bent], 1)


def _more(z: Tensor, draws: Draws) -> int:
    """Up to twice as many coordinates more, within what a minute of simulation allows."""
    return draws.below(min(2 * z.shape[1] + 20, 400))


def _plain(rows: int, columns: int, draws: Draws) -> Tensor:
    return draws.normal(rows, columns) / math.sqrt(rows)


def _picked(rows: int, columns: int, draws: Draws) -> Tensor:
    """Weights of about 1 on one row each, and on a second one sometimes."""
    W = torch.zeros(rows, columns, dtype=DOUBLE)
    column = torch.arange(columns)
    W[column % rows, column] = 1 + 0.3 * draws.normal(columns)
    second = integers(rows, (columns,), seed=draws.generator)
    W[second, column] += 0.5 * draws.normal(columns) * (draws.uniform(columns) < 1 / 3)
    return W


LAWS: tuple[Callable[[int, int, Draws], Tensor], ...] = (
    cube, cube, ball, gauss, power, power, shared, squashed, clusters, torus, ellipsoid,
)  # fmt: skip
MAPS: tuple[Callable[[Tensor, float, Draws], Tensor], ...] = (
    linear, graph, waves, sparse, product, network, quadratic,
)  # fmt: skip


CLOSED = (ellipsoid, torus)


def simulate(seed: int, *, high: bool = False) -> Simulated:
    """One manifold: 60 to 6,000 points, dimension 1 to 90; with `high` 8 to 60, half of them closed."""
    draws = Draws(seed)
    n = round(draws.log_between(60, 6000) if draws.one_in(5) else draws.log_between(400, 6000))
    d = max(1, round(draws.log_between(8, 90) if draws.one_in(4) else draws.log_between(0.7, 18)))
    law, map_ = LAWS[draws.below(len(LAWS))], MAPS[draws.below(len(MAPS))]
    if high:
        n, d = round(draws.log_between(600, 5000)), round(draws.log_between(8, 60))
        law = CLOSED[draws.below(2)] if draws.one_in(2) else law
    z = law(n, d, draws)
    if draws.one_in(3):
        z = z * (draws.between(0.1, 0.8) * draws.normal(z.shape[1])).exp()
    X = map_(z, draws.log_between(0.5, _sharpest(n, d)) / 2, draws)
    if draws.one_in(3):
        X = X @ _plain(X.shape[1], X.shape[1], draws)
    elif draws.one_in(2):
        X = X * (0.5 * draws.normal(X.shape[1])).exp()
    return Simulated(_noisy(X, draws) if draws.one_in(6) else X, d, law.__name__, map_.__name__)


WIDE_LAWS = (cube, cube, ball, gauss, power, shared, squashed, clusters, rings, rings, spheroid, spheroid)
WIDE_MAPS = (stretch, stretch, graph, waves, waves, sparse, product, network, quadratic)
DEEP_LAWS = (cube, gauss, ball, power, rings, spheroid)
DEEP_MAPS = (stretch, residual, residual)
SMALL_LAWS = (cube, gauss, power, squashed, rings, rings, spheroid, spheroid, spheroid)
SMALL_MAPS = (stretch, stretch, graph, waves, sparse, product, quadratic, network)
DOUBLED = (sparse, product, quadratic)  # maps that make twice as many coordinates


def simulate_wide(seed: int, *, deep: bool = False) -> Simulated:
    """One manifold of dimension 1 to 1,000, 100 to 5,000 points, half of them under noise; `deep`: flat or residual."""
    draws = Draws(seed)
    n = round(draws.log_between(400 if deep else 100, 5000))
    d = max(1, min(round(draws.log_between(5 if deep else 0.7, 1000)), n + n // 4))
    laws, maps = (DEEP_LAWS, DEEP_MAPS) if deep else (WIDE_LAWS, WIDE_MAPS)
    law, map_ = laws[draws.below(len(laws))], maps[draws.below(len(maps))]
    z = law(n, d, draws)
    if d > 300 and (map_ in DOUBLED or z.shape[1] > d + 1):
        map_ = stretch
    if draws.one_in(4):
        z = z * (draws.log_between(0.05, 0.8) * draws.normal(z.shape[1])).exp()
    X = map_(z, draws.log_between(0.3, max(3.0, _sharpest(n, d))) / 2, draws)
    if draws.one_in(3):
        X = X @ _plain(X.shape[1], X.shape[1], draws)
    elif draws.one_in(2):
        X = X * (0.5 * draws.normal(X.shape[1])).exp()
    return Simulated(_white(X, draws) if draws.one_in(2) else X, d, law.__name__, map_.__name__)


def simulate_small(seed: int) -> Simulated:
    """One manifold of dimension 1 to 5 in few coordinates, under noise of 1 to 25 % of each: what factors look like."""
    draws = Draws(seed)
    n, d = round(draws.log_between(300, 4000)), 1 + draws.below(5)
    law, map_ = SMALL_LAWS[draws.below(len(SMALL_LAWS))], SMALL_MAPS[draws.below(len(SMALL_MAPS))]
    X = map_(law(n, d, draws), draws.log_between(0.3, 3.0) / 2, draws)
    X = X - X.mean(0)
    if X.shape[1] > 10:
        X = X @ _plain(X.shape[1], 2 * d + 1 + draws.below(4), draws)
    if draws.one_in(2):
        values, V = torch.linalg.eigh(X.T @ X / n)
        kept = values > 1e-3 * values[-1]
        X = X @ V[:, kept] / values[kept].sqrt()
    size = float(X.square().mean().sqrt())
    return Simulated(X + draws.log_between(0.01, 0.25) * size * draws.normal(*X.shape), d, law.__name__, map_.__name__)


def _white(X: Tensor, draws: Draws) -> Tensor:
    """With noise in all coordinates, more of them perhaps, whose norm is 0.5 to 40 % of that of the data."""
    X = X - X.mean(0)
    X = torch.nn.functional.pad(X, (0, draws.below(60) if draws.one_in(2) else 0))
    norm = float(X.square().sum(1).mean().sqrt())
    return X + draws.log_between(0.005, 0.4) * norm * draws.normal(*X.shape) / math.sqrt(X.shape[1])


def _sharpest(n: int, d: int) -> float:
    """A wave has at least three points to its length along each axis, and at most a few turns."""
    return 60.0 if d == 1 else min(40.0, max(2.0, TURN * n ** (1 / d) / 3))


def _noisy(X: Tensor, draws: Draws) -> Tensor:
    """In a larger space, off by up to a quarter of the distance to the nearest point."""
    X = torch.nn.functional.pad(X, (0, draws.below(20)))
    spacing = torch.cdist(X[:200], X).topk(2, 1, largest=False).values[:, 1].median()
    return X + draws.between(0, 0.25) * spacing * draws.normal(*X.shape) / math.sqrt(X.shape[1])
