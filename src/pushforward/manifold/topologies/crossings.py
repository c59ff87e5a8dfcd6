"""Where curves come near themselves: crossings that are none, and ends that may meet others within the noise."""

import math
from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor

from pushforward.manifold.topologies.sampled import Sample
from pushforward.points import nearest

# Places that are looked at.
PLACES = 300
# Every so many-th of them says how many points are looked at around each.
FEW = 5
# Points around each: so many, and more until surroundings are this much longer than wide (in variances), up to a share.
AROUND, LONGER, SHARE = 40, 0.05, 0.1
# The disc in which points at a crossing are counted: in deviations of the noise, and how many are expected at least.
DISC, EXPECTED = 1.2, 30
# Steps from the widest place to where most points are.
STEPS = 10
# A crossing is this far from places that say how dense the curve is, in radii of surroundings.
AWAY = 1.5
# Places on the curve that come within so many noises of each other are near …
NEAR = 2.0
# … and touch if the way along the curve is so many times as long: 12 and more where an arm of a crossing was missed,
# in 20 and 50 dimensions, 5 at most on curves that were right.
ROUND = 6.0


def meeting(y: Tensor, arms: int) -> float:
    r"""How many points are where `arms` of curves of points y (n, p) meet, as a share of what they have if they do.

    The widest place of all is where they meet, or pass each other. Two arms, a line of λ points a length with noise σ,
    have $\lambda \int 2\sqrt{h^2 - v^2}\, \varphi_\sigma(v)\, dv$ within h of a point on it. 0.6 and more where curves
    cross; about 0.35 where they pass each other at three or four σ. 1 if it cannot be told.
    """
    if y.shape[1] < 2:
        return 1.0
    y = y.double()
    centres = torch.arange(0, len(y), max(1, len(y) // PLACES))
    balls, radius = _surroundings(y, centres)
    middle = balls.mean(1)
    variances, V = _axes(balls)
    width = variances[:, 1] / variances[:, 0]
    thin = width <= width.median()
    noise = float(variances[thin, 1].median().sqrt())
    at = _densest(y, middle[width.argmax()], radius)
    away = (middle - at).norm(dim=1)
    beside = (thin & (away > AWAY * radius)).nonzero()[:, 0]
    if not len(beside):
        return 1.0
    beside = beside[away[beside].argsort()[: max(PLACES // 15, len(beside) // 4)]]
    along = ((balls[beside] - middle[beside, None]) @ V[beside, :, :1])[..., 0]
    density = arms / 2 * float((balls.shape[1] / (along.amax(1) - along.amin(1)).clamp_min(1e-300)).median())
    disc = DISC * noise
    while density * _chord(disc, noise) < EXPECTED:
        disc = 1.1 * max(disc, 1 / density, 1e-300)
    ball = y[(y - at).norm(dim=1) <= max(radius, disc)] - at
    plane = torch.linalg.svd(ball, full_matrices=False).Vh[:2]
    return int(((ball @ plane.T).norm(dim=1) <= disc).sum()) / (density * _chord(disc, noise))


def touching(parts: Sequence[Sample], noise: float) -> bool:
    """Whether curves come as near to each other as their points are thick, or to themselves a long way along them.

    There ends may meet, strands touch or arms of a crossing have been missed, and all would look the same.
    `noise`: the root mean square of distances from the curves.
    """
    near = any(float(torch.cdist(a.y, b.y).min()) <= NEAR * noise for a, b in combinations(parts, 2))
    return noise > 0 and (near or any(_back(part, NEAR * noise) for part in parts))


def _back(sample: Sample, within: float) -> bool:
    """Whether places of a curve are within such a distance, and many times as far along it."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    links, y = sample.graph.tocoo(), sample.y.double()
    lengths = (y[torch.as_tensor(links.row).long()] - y[torch.as_tensor(links.col).long()]).norm(dim=1).numpy()
    which = torch.arange(0, len(y), max(1, len(y) // PLACES))
    graph = csr_matrix((lengths, (links.row, links.col)), shape=links.shape)
    along = torch.as_tensor(dijkstra(graph, indices=which.numpy()))
    return bool(((torch.cdist(y[which], y) <= within) & (along > ROUND * within)).any())


def _surroundings(y: Tensor, centres: Tensor) -> tuple[Tensor, float]:
    """As many neighbours of each centre as show a direction, (c, k, p), and how far they reach."""
    k = min(AROUND, len(y))
    while True:
        some = _axes(y[nearest(y[centres[::FEW]], y, k).indices])[0]
        if float((some[:, 1] / some[:, 0].clamp_min(1e-300)).median()) < LONGER or k > SHARE * len(y):
            to = nearest(y[centres], y, k)
            return y[to.indices], max(float(to.distances[:, -1].median()), 1e-300)
        k = int(1.5 * k)


def _axes(balls: Tensor) -> tuple[Tensor, Tensor]:
    """Variances (c, p) of balls (c, k, p) along their axes, the largest first, and the axes (c, p, p) as columns."""
    away = balls - balls.mean(1, keepdim=True)
    values, vectors = torch.linalg.eigh(away.mT @ away / balls.shape[1])
    return values.flip(1).clamp_min(0), vectors.flip(2)


def _densest(y: Tensor, at: Tensor, radius: float) -> Tensor:
    """Where the mean of the points around a place goes."""
    for _ in range(STEPS):
        near = (y - at).norm(dim=1) <= radius
        if not near.any():
            break
        at = y[near].mean(0)
    return at


def _chord(disc: float, noise: float) -> float:
    """The integral of `meeting`: the mean length of a noisy line in a disc around one of its points."""
    if noise <= 1e-9 * disc:
        return 2 * disc
    v = torch.linspace(-disc, disc, 201, dtype=torch.float64)
    law = torch.exp(-((v / noise).square()) / 2) / (noise * math.sqrt(2 * math.pi))
    return float(torch.trapezoid(2 * (disc**2 - v.square()).clamp_min(0).sqrt() * law, v))
