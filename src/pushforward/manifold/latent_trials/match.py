"""Which latent points belong to which data points, from distances alone: a Gromov–Wasserstein match of landmarks."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.latents import Disjoint, Latent
from pushforward.manifold.latent_trials.trial_data import TrialData
from pushforward.points import farthest_first
from pushforward.rng import integers

LANDMARKS = 150
# Latent points from which landmarks are taken.
POOL = 3000
# How many times the largest distance points in different parts are apart.
APART = 2.0
# Landmarks whose partners are guessed; all others follow from their distances to these.
ANCHORS = 3
GUESSES = 40
# Guesses that are improved, the best ones.
CLIMBS = 4


class MetricSpace(NamedTuple):
    """Some points, as far from each other as can be, and their distances (m, m) divided by the mean."""

    which: Tensor
    distances: Tensor


class Match(NamedTuple):
    """Data point `which[i]` goes with latent point `z[i]`. `cost`: mean squared difference of their distances."""

    latent: Latent
    cost: float
    which: Tensor
    z: Tensor


def of_data(data: TrialData, *, seed: torch.Generator) -> MetricSpace:
    """Farthest points first, by geodesic distance."""
    inside = data.part >= 0
    which = inside.nonzero()[:, 0]
    first, rows = int(which[integers(len(which), (), seed=seed)]), []

    def row(i: int) -> Tensor:
        rows.append(data.geodesics([i])[0])
        return torch.where(inside, rows[-1], -1.0)

    index = farthest_first(row, first, min(LANDMARKS, len(which)))
    return MetricSpace(torch.tensor(index), _scaled(torch.stack(rows)[:, index]))


def of_latent(latent: Latent, count: int, *, seed: torch.Generator) -> tuple[Tensor, Tensor]:
    """Latent points, farthest first, and their distances divided by the mean.  -> (m width), (m m)"""
    pool, rows = latent.sample(POOL, seed=seed), []

    def row(i: int) -> Tensor:
        rows.append(_from(latent, pool, i))
        return rows[-1]

    index = farthest_first(row, 0, count)
    return pool[index], _scaled(torch.stack(rows)[:, index].double())


def _from(latent: Latent, pool: Tensor, i: int) -> Tensor:
    return latent.distance(pool[i].expand_as(pool), pool)


def _scaled(distances: Tensor) -> Tensor:
    """Symmetric, finite, of mean 1 where points are joined by a path."""
    joined = distances.isfinite()
    mean, largest = distances[joined].mean(), distances[joined].max()
    distances = torch.where(joined, distances, APART * largest)
    return (distances + distances.T) / (2 * mean)


def match(latent: Latent, data: MetricSpace, *, climbs: int = CLIMBS, seed: torch.Generator) -> Match:
    r"""The best assignment $\pi$ found: least mean of $(A_{ij} - B_{\pi(i)\pi(j)})^2$ over pairs of landmarks.

    Guess partners of a few landmarks, let the others follow, and improve the best guesses by Frank–Wolfe steps. Parts
    of the data are matched one by one with those of a union: they may have other sizes and numbers of landmarks.

    Sources: Mémoli (2011) for the distance; Vogelstein and others (2015) for the descent.
    """
    labels = _parts(data.distances)
    if isinstance(latent, Disjoint) and latent.pieces == int(labels.max()) + 1 > 1:
        return _by_parts(latent, data, labels, climbs=climbs, seed=seed)
    z, distances = of_latent(latent, len(data.which), seed=seed)
    A, B = data.distances.numpy(), distances.numpy()
    guesses = sorted((_guess(A, B, seed=seed) for _ in range(GUESSES)), key=lambda guess: guess[0])
    best: tuple[float, np.ndarray] | None = None
    for _, order in guesses[:climbs]:
        end = _climb(A, B, order)
        best = end if best is None or end[0] < best[0] else best
    assert best is not None
    return Match(latent, best[0], data.which, z[best[1]])


def _parts(distances: Tensor) -> Tensor:
    """The part that each landmark is in (m,): others are `APART` times as far as the farthest in one's own."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    near = (distances < 0.5 * (1 + APART) / APART * distances.max()).numpy()
    return torch.as_tensor(connected_components(csr_matrix(near), directed=False)[1])


def _by_parts(latent: Disjoint, data: MetricSpace, labels: Tensor, *, climbs: int, seed: torch.Generator) -> Match:
    """Each part with the component that suits it best, all different."""
    from scipy.optimize import linear_sum_assignment

    inside = [(labels == part).nonzero()[:, 0] for part in range(latent.pieces)]
    own = [MetricSpace(data.which[i], _scaled(data.distances[i][:, i])) for i in inside]
    matches = [[match(one, marks, climbs=climbs, seed=seed) for one in latent.parts] for marks in own]
    costs = np.array([[one.cost * len(i) / len(labels) for one in row] for row, i in zip(matches, inside, strict=True)])
    parts, components = linear_sum_assignment(costs)
    z = torch.zeros(len(labels), latent.width, dtype=torch.float32)
    for part, component in zip(parts.tolist(), components.tolist(), strict=True):
        inner = matches[part][component].z
        z[inside[part], 0] = float(component)
        z[inside[part], 1 : 1 + inner.shape[1]] = inner.float()
    return Match(latent, float(costs[parts, components].sum()), data.which, latent.project(z))


def _cost(A: np.ndarray, B: np.ndarray, order: np.ndarray) -> float:
    return float(np.square(A - B[np.ix_(order, order)]).mean())


def _guess(A: np.ndarray, B: np.ndarray, *, seed: torch.Generator) -> tuple[float, np.ndarray]:
    """Partners of a few landmarks at random but at fitting distances; then every other by its distances to these."""
    from scipy.optimize import linear_sum_assignment

    m = len(A)
    anchors = integers(m, (ANCHORS,), seed=seed).numpy()
    partners = [int(integers(m, (), seed=seed))]
    for i in range(1, ANCHORS):
        off = np.square(A[anchors[i], anchors[:i]] - B[:, partners]).sum(1)
        several = np.argsort(off)[:3]
        partners.append(int(several[integers(3, (), seed=seed)]))
    price = np.square(A[:, anchors][:, None] - B[:, partners][None]).sum(2)
    order = linear_sum_assignment(price)[1]
    return _cost(A, B, order), order


def _climb(A: np.ndarray, B: np.ndarray, order: np.ndarray) -> tuple[float, np.ndarray]:
    from scipy.optimize import quadratic_assignment

    start = np.eye(len(A))[order] * 0.9 + 0.1 / len(A)
    options = {"maximize": True, "P0": start, "maxiter": 60, "tol": 1e-3}
    order = quadratic_assignment(A, B, method="faq", options=options).col_ind
    return _cost(A, B, order), order
