"""The numerical rank of a generator's Jacobian: singular values above the widest gap, at every point."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite
from pushforward.generator import jacobians
from pushforward.latents import Latent
from pushforward.rng import Seed, generator, integers
from pushforward.shards import each

GAP = 3.0  # neighbouring singular values this far apart are a gap; within a manifold they are closer
ENOUGH = 0.3  # share of points that must have a gap
NOTHING = 1e-4  # a singular value this small beside the largest is rounding
CLEAR = 0.15  # a rank that fewer of the clear points have is no component
RESAMPLED = 200
FIRST, BLOCK = 16, 2**26  # points whose Jacobians are computed first, and numbers in those of the next blocks


@runtime_checkable
class Generates(Protocol):
    """Anything that maps points of a latent to data: `pf.Generator`, or your own."""

    latent: Latent

    def __call__(self, z: Tensor) -> Tensor:
        """Data at the latent points z, each on its own.  (n width) -> (n, ...)"""
        ...


@dataclass(frozen=True, eq=False)
class Rank:
    """Ranks of Jacobians: `per_point` (n,), `singular` (n, k), largest first, in data units per spread of the latent.

    `floor`: what is below it counts as noise; `gap`: the ratio of the singular values on its two sides, at the typical
    point that has one. `interval` is of the pooled rank `pooled` over resampled points.
    """

    per_point: Tensor
    singular: Tensor
    floor: float
    gap: float
    pooled: int
    interval: tuple[int, int]

    @property
    def spectrum(self) -> Tensor:
        """Geometric means over points.  (k,)"""
        return pooled(self.singular)

    @property
    def shares(self) -> tuple[tuple[int, float], ...]:
        """Ranks and the shares of points that have them, lowest first, among points with a gap of their own there."""
        s = torch.cat([self.singular, torch.full_like(self.singular[:, :1], self.floor / GAP)], 1)
        rows = torch.arange(len(s))
        above = s[rows, (self.per_point - 1).clamp(min=0)]
        clear = self.per_point[(above / s[rows, self.per_point].clamp(min=self.floor / GAP)) >= GAP]
        kinds, counts = clear.unique(return_counts=True)
        portions = counts / max(1, len(clear))
        return tuple((int(d), float(share)) for d, share in zip(kinds, portions, strict=True) if share >= CLEAR)


def pooled(singular: Tensor) -> Tensor:
    """Geometric means over points, rounding errors lifted to the smallest number that counts.  (n k) -> (k)"""
    return _lifted(singular).log().mean(0).exp()


def jacobian_rank(gen: Generates, *, points: int, seed: Seed) -> Rank:
    """The ranks at random points of the latent.  Raises `BadInput` for a generator that is constant, `NotFinite`."""
    draws = generator(seed)
    singular = singular_values(gen, gen.latent.sample(points, seed=draws))
    if not (singular[:, 0] > 0).any():
        raise BadInput(
            "`pf.dimension(gen)`: the generator is constant, all its derivatives are 0. Train it, or check that its "
            "output depends on z."
        )
    floor, gap = noise_floor(singular)
    resampled = sorted(_resampled(singular, seed=draws) for _ in range(RESAMPLED))
    low, high = resampled[int(0.025 * RESAMPLED)], resampled[int(0.975 * RESAMPLED) - 1]
    whole = int((pooled(singular) > floor).sum())
    return Rank((singular > floor).sum(1), singular, floor, gap, whole, (min(low, whole), max(high, whole)))


def _resampled(singular: Tensor, *, seed: Seed) -> int:
    some = singular[integers(len(singular), (len(singular),), seed=seed)]
    return int((pooled(some) > noise_floor(some)[0]).sum())


def noise_floor(singular: Tensor) -> tuple[float, float]:
    """Where signal ends: the middle of the widest gap, at the median of the points that have one; and how wide it is.

    A gap is a ratio of at least `GAP`. If fewer than `ENOUGH` of the points have one every singular value is signal and
    the floor is the rounding error. Of two parts of different dimension one may be without.

    >>> floor, gap = noise_floor(torch.tensor([[1.0, 0.8, 0.04, 0.03]]))
    >>> round(floor, 2), round(gap)
    (0.18, 20)
    """
    s = _lifted(singular)
    bottom = float(NOTHING * singular.max())
    if s.shape[1] == 1:
        return bottom, 1.0
    widths, at = (s[:, :-1] / s[:, 1:]).max(1)
    wide, rows = widths >= GAP, torch.arange(len(s))
    if wide.double().mean() < ENOUGH:
        return bottom, float(widths.median())
    middles = (s[rows, at] * s[rows, at + 1]).sqrt()[wide]
    return float(middles.median()), float(widths[wide].median())


def _lifted(singular: Tensor) -> Tensor:
    return singular.clamp(min=float(NOTHING * singular.max()) or 1.0)


def singular_values(gen: Generates, z: Tensor) -> Tensor:
    """Singular values of the Jacobian along an orthonormal frame times the latent's spread.  (n width) -> (n k)

    k forward products a block of points, whatever the size of the data. In a survey ranks share the blocks.
    """
    first, size = _block(gen, z[:FIRST])
    rest = z[FIRST:].split(max(1, BLOCK // size)) if len(z) > FIRST else ()
    more = each("Jacobians", len(rest), lambda i: {"singular": _block(gen, rest[i])[0]}, divided=True)
    singular = torch.cat([first, *(one["singular"] for one in more)])
    return torch.nn.functional.pad(singular, (0, gen.latent.dim - singular.shape[1]))


def _block(gen: Generates, z: Tensor) -> tuple[Tensor, int]:
    """Those of some points, and how many numbers a Jacobian has."""
    J = jacobians(gen, gen.latent, z)  # (n d k)
    if not J.isfinite().all():
        raise NotFinite(
            "`pf.dimension(gen)`: the generator's derivative is NaN or infinite at a point of the latent. "
            "Look at `gen(z)` there; a square root or a norm at 0 is the usual cause."
        )
    return torch.linalg.svdvals((J * gen.latent.spread.to(J)).double()).cpu(), J[0].numel()
