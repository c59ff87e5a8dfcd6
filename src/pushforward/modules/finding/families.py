"""Families of sets that keep apart: which part of the overlaps is block-diagonal, at every leak that is allowed."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.modules.finding.pool import ROUNDING, Pool

# How much leak between sets is allowed, along the curve: at 0 none but rounding
LEAKS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
# From how many of the most coherent sets a family is begun
BEGINNINGS = 8
# Leaks at which components are taken, if they have this share of the coherence
APART, KEPT = 0.05, 0.5
# Overlaps in a set are on average at least so many standard deviations above chance: the rest of a network, of which
# modules have been taken, is a little above it as well
EVEN = 0.25
# A set is a larger version of another that has this share of its neurons
SAME = 0.9
# … and is better if the pairs of neurons it adds overlap this share of what those of the smaller one do
GAIN = 0.25


class Family(NamedTuple):
    """Disjoint sets (k, m) that leak at most `leak` into each other, with their coherence (k,), most coherent first.

    `coverage`: the share of the neurons in all of them but the largest. `which` (k,): their numbers in the pool.
    """

    leak: float
    sets: Tensor
    coherence: Tensor
    coverage: float
    which: Tensor

    def labels(self) -> Tensor:
        """The set of each neuron (m,), −1 for none."""
        number = torch.arange(1, len(self.sets) + 1).to(self.sets)
        return (number @ self.sets).long() - 1

    def second(self) -> tuple[float, float]:
        """The second largest coherence of its sets, and the second largest sum of it over a set; 0 without two."""
        if len(self.sets) < 2:
            return 0.0, 0.0
        total = (self.coherence * self.sets.sum(1)).sort(descending=True).values
        return float(self.coherence[1]), float(total[1])


def family(pool: Pool, leak: float, usable: np.ndarray, larger: list[np.ndarray]) -> Family:
    """The family with the most coherence beyond its largest set, of the `usable` sets (p,).

    `larger`: see `larger_versions`.

    Greedy: from each of the most coherent sets on, the most coherent one that keeps apart from all so far; then every
    set gives way to the larger one in the pool that holds it, keeps apart from the others as well, and is as coherent.
    At small leaks whole components are taken instead, if two are usable and all hold more neurons: a set that overlaps
    with nothing outside is one module, however loosely it hangs together. At leak 0 only the components of the graph
    of all overlaps but rounding count, with all that is in them.
    """
    if leak == 0:
        return _exact(pool, usable)
    n, e = pool.size.numpy(), pool.coherence.numpy()
    apart = (pool.leak.numpy() <= leak) & (pool.common.numpy() < 0.5)
    scoring, usable = usable, usable & (e >= EVEN * (n - 1))
    best: list[int] = []
    most = 0.0
    for first in usable.nonzero()[0][:BEGINNINGS]:
        some = _grown(_gathered(int(first), apart, usable), apart, larger, n * e)
        total = n[some] * e[some]
        if len(some) > 1 and total.sum() - total.max() > most:
            best, most = some, float(total.sum() - total.max())
    if leak <= APART:
        parts = _components(pool, apart)
        sure = [i for i in parts if scoring[i] and e[i] > 0]
        if len(sure) > 1 and n[parts].sum() > n[best].sum() and (n * e)[sure].sum() >= KEPT * (n * e)[best].sum():
            best = parts
    return _family(pool, leak, torch.tensor(best, dtype=torch.long), pool.coherence)


def larger_versions(pool: Pool) -> list[np.ndarray]:
    """The numbers of the larger versions of each set, whatever else is in a family."""
    n, e = pool.size.numpy(), pool.coherence.numpy()
    pairs = n * (n - 1) - (n * (n - 1))[:, None]
    gain = (n * e - (n * e)[:, None]) / np.maximum(pairs, 1)
    held = pool.common.numpy() >= SAME * n[:, None]
    larger = held & (pairs > 0) & (gain >= GAIN * (e / np.maximum(n - 1, 1))[:, None])
    return [row.nonzero()[0] for row in larger]


def levels(pool: Pool, chosen: Family, usable: np.ndarray) -> Tensor:
    """The `usable` sets (q, m) that a family of other levels of the same hierarchy would have.

    Two or more that keep apart inside of one set of the family, and what holds two or more of its sets and keeps apart
    from the others. Which level is taken may hang on a hair; nested sets are there all the same.
    """
    n, common, which = pool.size.numpy(), pool.common.numpy(), chosen.which.numpy()
    if chosen.leak == 0 or not len(which):
        return pool.members[:0]
    apart = (pool.leak.numpy() <= chosen.leak) & (common < 0.5)
    some: list[int] = []
    for one in which:
        inside = usable & (common[:, one] >= SAME * n) & (n < SAME * n[one])
        within = _gathered(int(inside.argmax()), apart, inside) if inside.any() else []
        some += within if len(within) > 1 else []
    holds = common[:, which] >= SAME * n[which]
    some += np.flatnonzero(usable & (holds.sum(1) > 1) & (holds | apart[:, which]).all(1)).tolist()
    return pool.members[some]


def _exact(pool: Pool, usable: np.ndarray) -> Family:
    """All components, if two are usable: what is apart altogether is so however small it is."""
    sets = (pool.linked <= ROUNDING).nonzero()[:, 0]
    return _family(pool, 0.0, sets if usable[sets.numpy()].sum() > 1 else sets[:0], pool.total)


def _family(pool: Pool, leak: float, sets: Tensor, coherence: Tensor) -> Family:
    sets = sets[coherence[sets].argsort(descending=True, stable=True)]
    size = pool.size[sets]
    coverage = float((size.sum() - size.max()) / pool.members.shape[1]) if len(sets) else 0.0
    return Family(leak, pool.members[sets], coherence[sets], coverage, sets)


def _components(pool: Pool, apart: np.ndarray) -> list[int]:
    """Components that keep apart, most coherent first."""
    parts: list[int] = []
    for i in (pool.linked <= 1).nonzero()[:, 0].tolist():
        if apart[i][parts].all():
            parts.append(i)
    return parts


def _gathered(first: int, apart: np.ndarray, usable: np.ndarray) -> list[int]:
    some, open_ = [first], apart[first] & usable
    while open_.any():
        some.append(int(open_.argmax()))
        open_ = open_ & apart[some[-1]]
    return some


def _grown(some: list[int], apart: np.ndarray, larger: list[np.ndarray], total: np.ndarray) -> list[int]:
    some = list(some)
    for k, i in enumerate(some):
        if len(larger[i]):
            open_ = larger[i][apart[some[:k] + some[k + 1 :]][:, larger[i]].all(0)]
            some[k] = int(open_[total[open_].argmax()]) if len(open_) else i
    return some
