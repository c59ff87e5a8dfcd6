"""Evidence for any dimension up to a thousand, and under noise: what the second judge reads."""

import math
from functools import cache

import torch
from torch import Tensor

from pushforward.manifold.dimensions.features import (
    FLOOR,
    SIZES,
    Clues,
    Region,
    angle_estimates,
    curved,
    distance_estimates,
    scene,
)
from pushforward.manifold.dimensions.noise import upper_edge
from pushforward.rng import normal

DENSE, STEP, LAST = 99, 1.03, 1250  # every dimension up to the first, then in steps, up to the last
WINDOW = 0.1  # eigenvalues around the j-th that are averaged, as a share of j
TAILS = (48, 96, 192)  # sizes of balls from which noise is read
HELD = tuple(SIZES).index
LOWEST = -12.0
EVEN = 0.1  # share of balls that may leave less than half of what is usual


def grid() -> Tensor:
    """The candidates: 1, 2, … 99, then 3 % apart."""
    more = [DENSE * STEP**k for k in range(1, 1 + int(math.log(LAST / DENSE) / math.log(STEP)))]
    return torch.tensor([*range(1, DENSE + 1), *(round(m) for m in more)])


def room(clues: Clues) -> int:
    """The largest dimension there can be: the rank, or all coordinates where the points are too few to say."""
    n, d = clues.X.shape
    return d if clues.rank >= min(n, 2048) - 1 else clues.rank


def wide_evidence(clues: Clues, region: Region) -> Tensor:
    """One row of numbers for every candidate of the grid that has room.  -> (J, features)"""
    j = grid()
    j = j[j <= max(1, room(clues))]
    rough = distance_estimates(clues, region) + angle_estimates(clues, region, most=2 * LAST) + _spread_out(clues)
    noise = noise_variance(clues, region)
    columns = [*_local(clues, region, j, noise), *_whole(clues, j, noise), *curved(clues, region, j)]
    columns += [math.log(min(max(value, 0.2), 4 * LAST)) - j.log() for value in rough]
    columns += [value * j for value in (clues.moments.skewness**2 / 8, clues.moments.kurtosis / 12)]
    constant = [*scene(clues, region), *_noises(clues, region, noise)]
    columns += [torch.full((len(j),), value) for value in constant]
    columns += [j.log(), math.log(room(clues)) - j.log(), math.log(len(clues.X)) - j.log()]
    return torch.stack([column.float().clamp(LOWEST, 12) for column in columns], 1)


def _spread_out(clues: Clues) -> list[float]:
    """Dimensions as all points have them: of the spectrum, of the distances, and of how balls grow at large."""
    n, values = len(clues.X), clues.values
    squares = float(values.square().sum() - values.sum() ** 2 / n)
    m = clues.moments
    return [float(values.sum() ** 2) / max(squares, 1e-12), 2 / m.variance, 1 / m.far, 1 / m.middle]


def _windows(logs: Tensor, j: Tensor) -> tuple[Tensor, Tensor]:
    """Means of the logarithms up to the j-th and after it, over a tenth of j.  (m) -> (J) twice"""
    width = (WINDOW * j).long().clamp(min=1)
    sums = torch.cat([logs.new_zeros(1), logs.cumsum(0)])
    last = len(logs)
    after = (j + width).clamp(max=last)
    before = torch.where(j > last, LOWEST, (sums[j.clamp(max=last)] - sums[(j - width).clamp(max=last)]) / width)
    beyond = (sums[after] - sums[j.clamp(max=last)]) / (after - j).clamp(min=1)
    return before, torch.where(after > j, beyond, LOWEST)


def _logs(values: Tensor) -> Tensor:
    return values.clamp(min=math.exp(LOWEST)).log()


def _left(shares: Tensor, j: Tensor) -> Tensor:
    left = (1 - shares.cumsum(0)).clamp(min=0)
    return _logs(left[(j - 1).clamp(max=len(left) - 1)])


def _local(clues: Clues, region: Region, j: Tensor, noise: float) -> list[Tensor]:
    columns, d = [], clues.X.shape[1]
    for size, balls, rows in zip(SIZES, clues.balls, region.balls, strict=True):
        k = min(size, len(clues.X) // 2)
        shares = balls.shares[rows]
        pooled = shares.mean(0)[: min(k - 1, d)]
        typical = shares.clamp(min=FLOOR).log().mean(0)[: min(k - 1, d)]
        before, after = _windows(_logs(pooled), j)
        columns += [before, after, _left(pooled, j), *_windows(typical.clamp(min=LOWEST), j)]
        if size in (48, 96, 384):
            edge = upper_edge(noise, d, k) / float(balls.variance[rows].mean())
            columns += [before - math.log(max(edge, 1e-9))]
    return columns


def _whole(clues: Clues, j: Tensor, noise: float) -> list[Tensor]:
    total = float(clues.values.sum())
    shares = clues.values[: min(len(clues.values), len(clues.X) - 1)] / total
    before, after = _windows(_logs(shares), j)
    edge = math.log(max(upper_edge(noise, len(clues.values), len(clues.X)) / total, 1e-9))
    return [before, after, _left(shares, j), before - edge, after - edge]


def noise_everywhere(clues: Clues, region: Region) -> bool:
    """Whether nearly all balls leave as much in their last directions: parts of fewer dimensions leave nothing."""
    left = [_tails(clues, region, size) for size in TAILS if size <= len(clues.X) // 2]
    return bool(left) and all(float(some.quantile(EVEN)) >= 0.5 * float(some.mean()) for some in left)


def noise_variance(clues: Clues, region: Region) -> float:
    """Variance per coordinate that noise has at most: the least that any size of ball leaves in its last directions."""
    bounds = [_tail(clues, region, size) for size in TAILS if size <= len(clues.X) // 2]
    whole = clues.values[len(clues.values) // 2 :]
    bounds.append(float(whole.mean()) if len(clues.values) < len(clues.X) else math.inf)
    if clues.white is not None:
        bounds.append(clues.white.sigma**2)
    return max(min(bounds), 1e-12)


def _tail(clues: Clues, region: Region, size: int) -> float:
    return float(_tails(clues, region, size).mean())


def _tails(clues: Clues, region: Region, size: int) -> Tensor:
    """Variance per coordinate that white noise would have in each ball, going by its last directions alone.  (m)"""
    balls, rows = clues.balls[HELD(size)], region.balls[HELD(size)]
    d = clues.X.shape[1]
    first = max(1, min(size, d) // 4)
    left = (1 - balls.shares[rows, :first].sum(1)).clamp(min=0) * balls.variance[rows]
    return left / d / _left_of_noise(size, d, first)


@cache
def _left_of_noise(size: int, d: int, first: int) -> float:
    """The share of the variance of white noise that its first directions leave, in a ball of so many points."""
    if first >= min(size - 1, d):
        return 1.0
    X = normal((size, d), seed=0, dtype=torch.float64)
    values = torch.linalg.svdvals(X - X.mean(0)).square()
    return float(values[first:].sum() / values.sum())


def _noises(clues: Clues, region: Region, noise: float) -> list[float]:
    """Which share of a ball's variance noise would be, at every size, and whether it had directions of its own."""
    d = clues.X.shape[1]
    shares = [
        math.log(max(noise * d / float(balls.variance[rows].mean()), 1e-5))
        for balls, rows in zip(clues.balls, region.balls, strict=True)
    ]
    tails = [math.log(max(_tail(clues, region, size), 1e-9) / noise) for size in TAILS if size <= len(clues.X) // 2]
    tails += [0.0] * (len(TAILS) - len(tails))
    return [*shares, *tails, float(clues.white is not None)]
