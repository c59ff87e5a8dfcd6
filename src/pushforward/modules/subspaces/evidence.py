"""Whether subspaces are there: at inputs left out, from either half of the inputs, and against rotated metrics."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.subspaces.fit import Fit, fit, nonnegative
from pushforward.modules.subspaces.result import AGAIN, TOGETHER, Verdict, effect
from pushforward.modules.subspaces.search import EXPLAINED, search, several, testable
from pushforward.modules.subspaces.spectra import Spectra, distinct
from pushforward.progress import track
from pushforward.rng import Seed, generator, normal, permutation

# The share beyond chance that has to be explained.
NEEDED = 0.5
# The share of the inputs that has to be able to contradict.
ENOUGH = 0.05
# So many metrics at which several subspaces act are compared, and so many of them fitted to each null.
MOST, FEW = 1500, 150
# The share beyond chance of metrics at which several act that has to be explained, and of those that full rank keeps
# from contradicting the share that has to be explained up to a loss of `EXACT`.
ADDED, ADDED_EXACTLY, EXACT = 0.7, 0.3, 1e-3
# Fewer different metrics at which several act say nothing.
SEVERAL = 5
# p-values up to this count.
RARE = 0.05


class Sums(NamedTuple):
    """How much of so many different `metrics` at which several subspaces act their sums explain, and of mixed ones.

    `strict`: all could be explained by chance, so the share of those is counted that are explained without loss.
    """

    metrics: int
    strict: bool
    share: float
    null: tuple[float, ...]

    @property
    def good(self) -> bool:
        """Whether that is more than chance, by far."""
        rare = _p(self.share, self.null) <= RARE
        return rare and effect(self.share, self.null) >= (ADDED_EXACTLY if self.strict else ADDED)


class Evidence(NamedTuple):
    """See `Subspaces`."""

    share: float
    null: tuple[float, ...]
    total: float
    testable: float
    again: Tensor
    together: Tensor
    sums: Sums


def evidence(points: Spectra, blocks: list[Tensor], one: Fit, *, nulls: int, seed: Seed, progress: bool) -> Evidence:
    """What speaks for subspaces and their fit to all points: found again, acting together, and against `nulls`."""
    draws = generator(seed)
    order = permutation(len(points.rank), seed=draws)
    first, second = points.at(order[::2]), points.at(order[1::2])
    halves = search(first, seed=draws), search(second, seed=draws)
    sides = _explained(second, halves[0]), _explained(first, halves[1])
    return Evidence(
        again=torch.stack([_again(blocks, half) for half in halves]).amin(0),
        together=_together(points, one),
        share=(sides[0][0] + sides[1][0]) / 2,
        total=(sides[0][1] + sides[1][1]) / 2,
        testable=float(testable(points, blocks).double().mean()) if len(points.rank) else 0.0,
        null=tuple(_null(first, second, seed=draws) for _ in track(range(nulls), "nulls", show=progress, total=nulls)),
        sums=_sums(second, halves[0], nulls=nulls, seed=draws),
    )


def _together(points: Spectra, one: Fit) -> Tensor:
    """At how many different metrics each subspace acts with others and all is explained (m,)."""
    rows = ((one.loss <= EXPLAINED) & (one.active.sum(1) > 1)).nonzero()[:MOST, 0]
    rows = rows[distinct(points.at(rows).H)] if len(rows) else rows
    return one.active[rows].sum(0)


def _sums(points: Spectra, blocks: list[Tensor], *, nulls: int, seed: Seed) -> Sums:
    """How much is explained of the different metrics at which several act, and of the same, mixed at random.

    In the null, a metric keeps its range and its eigenvalues, and what it has of each subspace is mixed.
    """
    points = _different(points, several(points, fit(points, blocks)))
    which = testable(points, blocks)
    strict = int(which.sum()) < SEVERAL
    points = points if strict else points.at(which)
    points = points.at(torch.arange(min(FEW, len(points.rank))))
    if not blocks or len(points.rank) < SEVERAL:
        return Sums(len(points.rank), strict, 0.0, ())

    def score(points: Spectra) -> float:
        loss = fit(points, blocks).loss
        return float((loss <= EXACT).double().mean() if strict else (1 - loss).mean())

    rotations = (_rotations(*points.S.shape, seed=seed) for _ in range(nulls))
    return Sums(len(points.rank), strict, score(points), tuple(score(points.mixed(R)) for R in rotations))


def _different(points: Spectra, which: Tensor) -> Spectra:
    """The different ones among some of the metrics."""
    some = points.at(which.nonzero()[:MOST, 0])
    return some.at(distinct(some.H)) if len(some.rank) else some


def verdict(e: Evidence, points: Spectra) -> tuple[Verdict, str]:
    """What is said of them, and why."""
    returning = int((e.again >= AGAIN).sum())
    sound = int(((e.again >= AGAIN) & (e.together >= TOGETHER)).sum())
    full = float((points.rank == points.S.shape[1]).double().mean()) if len(points.rank) else 0.0
    beyond = _p(e.share, e.null) <= RARE and effect(e.share, e.null) >= NEEDED
    if sound >= 2 and beyond and e.sums.good and e.testable >= ENOUGH:
        return "subspaces", "their sums explain the metrics of inputs that were left out"
    if len(points.rank) == 0:
        return "cannot tell", "nothing after the layer depends on it at these inputs"
    if len(e.null) < 19:
        return "cannot tell", f"{len(e.null)} nulls are too few for p ≤ {RARE:g}; at least 19 are needed"
    if returning >= 2 and (e.sums.metrics < SEVERAL or e.sums.strict):
        return "cannot tell", (
            "subspaces return, but hardly act together where that could be checked; in a network that is linear in "
            "pieces each piece looks like that. More inputs, or a wider layer, may tell"
        )
    if full > 1 - ENOUGH:
        return "cannot tell", (
            "at nearly every input as much acts as the layer has dimensions, and all of it is coupled; sparser inputs, "
            "or fewer outputs, may tell"
        )
    return "none", "no subspaces return whose sums explain the metrics of inputs that were left out"


def _p(share: float, null: tuple[float, ...]) -> float:
    return (1 + sum(one >= share for one in null)) / (1 + len(null))


def _again(blocks: list[Tensor], others: list[Tensor]) -> Tensor:
    """The root mean squared cosine of each subspace with the nearest of as many dimensions (m,)."""
    best = torch.zeros(len(blocks), dtype=torch.float64)
    for d in {V.shape[1] for V in blocks}:
        mine = [b for b, V in enumerate(blocks) if V.shape[1] == d]
        theirs = [V for V in others if V.shape[1] == d]
        if theirs:
            across = torch.stack([blocks[b] for b in mine]).mT[:, None] @ torch.stack(theirs)  # (m m' d d)
            best[mine] = (across.square().sum((2, 3)) / d).sqrt().amax(1)
    return best


def _null(first: Spectra, second: Spectra, *, seed: Seed) -> float:
    """The share explained in one half by the subspaces of the other, where every metric is rotated at random."""
    first, second = (half.rotated(_rotations(*half.S.shape, seed=seed)) for half in (first, second))
    return _explained(second, search(first, seed=seed))[0]


def _rotations(n: int, k: int, *, seed: Seed) -> Tensor:
    """Haar-random orthogonal matrices (n, k, k), by QR of Gaussian ones (Mezzadri 2007)."""
    Q, R = torch.linalg.qr(normal((n, k, k), seed=seed, dtype=torch.float64))
    return Q * R.diagonal(dim1=1, dim2=2).sign()[:, None]


def _explained(points: Spectra, blocks: list[Tensor]) -> tuple[float, float]:
    """The share that subspaces explain of metrics that can contradict, and of all.

    In the latter those of full rank are explained by any nonnegative sum of directions.
    """
    if not blocks or len(points.rank) == 0:
        return 0.0, 0.0
    loss, which = fit(points, blocks).loss, testable(points, blocks)
    share = float((1 - loss[which]).mean()) if bool(which.any()) else 0.0
    if not bool(which.all()) and all(V.shape[1] == 1 for V in blocks):
        loss[~which] = torch.minimum(loss[~which], nonnegative(points.at(~which).H, torch.cat(blocks, 1)))
    return share, float((1 - loss).mean())
