"""Data that falls into independent groups of coordinates: its dimension is the sum of theirs.

A product of many small manifolds (circles, sheets) spans many directions, and its neighbours are never near enough to
show fewer. Independent components find the factors, which are small enough to be read.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.manifold.dimensions.features import DOUBLINGS, Clues
from pushforward.points import nearest_others
from pushforward.rng import Seed, generator, normal, permutation

LEAST, MOST = 8, 128  # directions between which products are looked for
EACH = 8  # points a direction at least
TRIES, STEPS, SETTLED = 30, 60, 1e-4
LINK = 5.0  # correlations of functions of two components, in standard deviations, that link them
LARGEST = 12  # components in a group at most
# How far distances may be from those of independent groups, relatively, beside three standard errors: so large is the
# error of the dimension at most that a dependence which was overlooked can make.
SAME, ERRORS = 0.04, 3.0


class Factors(NamedTuple):
    """Components (n, r) and the group of each; the points are components @ mixing (r, r), up to a rotation."""

    components: Tensor
    groups: tuple[Tensor, ...]
    mixing: Tensor


def factors(clues: Clues, *, seed: Seed) -> Factors | None:
    """The independent groups of the points, if there are several, one of more than one component, and they hold."""
    n, r = len(clues.X), clues.rank
    if not LEAST <= r <= MOST or n < EACH * r:
        return None
    draws = generator(seed)
    values, V = torch.linalg.eigh(clues.X.T @ clues.X / (n - 1))
    values, V = values[-r:], V[:, -r:]
    W = _turn(clues.X @ V / values.sqrt(), seed=draws)
    S = clues.X @ V / values.sqrt() @ W.T
    groups = _groups(S)
    found = Factors(S, groups, W * values.sqrt())
    if len(groups) < 2 or not 1 < max(map(len, groups)) <= LARGEST:
        return None
    return found if _independent(clues, found, seed=draws) else None


def _turn(Z: Tensor, *, seed: torch.Generator) -> Tensor:
    """The rotation to independent components of white points (n, r): FastICA with tanh.  -> (r r)

    One component after the other, since all at once hardly move at first where r is large; then all at once, so that no
    component carries the errors of those before.

    Source: Hyvärinen (1999).
    """
    W = _one_by_one(Z, seed=seed)
    for _ in range(STEPS):
        U, _, Vh = torch.linalg.svd(_fixed_point(Z, W))
        new = U @ Vh
        still = float((new * W).sum(1).abs().min())
        W = new
        if 1 - still < SETTLED:
            break
    return W


def _one_by_one(Z: Tensor, *, seed: torch.Generator) -> Tensor:
    r = Z.shape[1]
    W = Z.new_zeros(r, r)
    for i in range(r):
        before = W[:i]
        w = _unit(normal((1, r), seed=seed, dtype=Z.dtype), before)
        for _ in range(TRIES):
            new = _unit(_fixed_point(Z, w), before)
            still = float((new * w).sum().abs())
            w = new
            if 1 - still < SETTLED:
                break
        W[i] = w
    return W


def _unit(w: Tensor, before: Tensor) -> Tensor:
    w = w - w @ before.T @ before
    return w / w.norm()


def _fixed_point(Z: Tensor, W: Tensor) -> Tensor:
    """Where the independence of projections on the rows of W pulls them."""
    G = (Z @ W.T).tanh()
    return G.T @ Z / len(Z) - (1 - G.square()).mean(0)[:, None] * W


def _groups(S: Tensor) -> tuple[Tensor, ...]:
    """Components of which some functions are correlated belong together."""
    from scipy.sparse.csgraph import connected_components

    n = len(S)
    functions = [(f - f.mean(0)) / f.std(0) for f in (S, S.square(), S.abs() * S, S.abs())]
    strongest = torch.stack([(f.T @ g / n).abs() for f in functions for g in functions]).amax(0)
    count, labels = connected_components((strongest > LINK / math.sqrt(n)).numpy(), directed=False)
    return tuple(torch.from_numpy(np.flatnonzero(labels == i)) for i in range(count))


def _independent(clues: Clues, found: Factors, *, seed: torch.Generator) -> bool:
    """Whether distances are those of the same points with every group in an order of its own."""
    n = len(clues.X)
    S = torch.empty_like(found.components)
    for group in found.groups:
        S[:, group] = found.components[permutation(n, seed=seed)][:, group]
    k = clues.near.distances.shape[1]
    apart = nearest_others(S @ found.mixing, clues.queries, k).distances
    for i in DOUBLINGS:
        if 2 * i > k:
            break
        ours, theirs = ((r[:, 2 * i - 1] / r[:, i - 1]).log() for r in (clues.near.distances, apart))
        error = math.sqrt(float(ours.var() + theirs.var()) / len(ours)) / float(theirs.mean())
        if abs(float(ours.mean() / theirs.mean()) - 1) > SAME + ERRORS * error:
            return False
    return True


def posterior_of_sum(posteriors: list[Tensor]) -> Tensor:
    """How likely each sum of dimensions is if all are read too high or too low together.  -> (J)

    What misleads a judge about one factor misleads it about the others, so errors are not taken for independent.
    """
    below = [posterior.cumsum(0) for posterior in posteriors]
    levels = torch.cat(below).clamp(max=1).unique()
    levels = torch.cat([levels.new_zeros(1), levels[levels > 0]])
    middles = (levels[1:] + levels[:-1]) / 2
    sums = torch.stack([torch.searchsorted(b, middles).clamp(max=len(b) - 1) + 1 for b in below]).sum(0)
    return torch.zeros(int(sums.max()), dtype=torch.float64).index_add(0, sums - 1, levels.diff())


def read_factors(found: Factors, read: Callable[[Tensor], Tensor]) -> Tensor:
    """The posterior of all from those that `read` finds for points of each group; single components are one each."""
    groups = [group for group in found.groups if len(group) > 1]
    single = len(found.groups) - len(groups)
    total = posterior_of_sum([read(found.components[:, group]) for group in groups])
    return torch.nn.functional.pad(total, (single, 0))
