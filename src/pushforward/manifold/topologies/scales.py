"""How far apart points are, place by place, and what that says: parts, places of another dimension."""

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.points import both_ways, nearest, two_nn

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# The scale of a place is the distance to this neighbour.
SCALE = 8
# Neighbours that link points to a part, and how far parts may be apart, in scales of the sparser side: random points
# on curves leave wider gaps (four scales are about 16 spacings, and one spacing in e¹⁶ is as long). A part with a
# smaller share of the points is a crumb, linked from farther.
LINKS, GAP, CRUMB, CRUMB_GAP = 6, {1: 4.0, 2: 1.0, 3: 1.0}, 0.02, 3.0
# The mean way to neighbours is this share of the mean length of these ways where curves end: 0 inside, 1 at an end.
# An end goes on to a point if the cosine of its direction with the way is at least the second.
ONE_SIDED, ONWARD = 0.6, 0.5
# A link leaves a curve across it where its cosine with the tangent is less, if it is longer than so many scales.
LENGTHWISE, ABREAST = 0.8, 1.0
# Parts of surfaces nearer than so many scales may be one.
DOUBTED = 2.0
# Neighbours that tell the dimension of a place; a variance of this share of the one before is none, and one so many
# times the usual share is one more. Neighbours with the same reading that make it no chance.
# On curves a branch is such a place for a few points only.
PLACE, NONE, MORE, AGREED, AGREED_ALONG = 20, 0.01, 8.0, 0.6, 0.35
# Points of a curve that are put in order, and how much wider than the usual widest of all gaps one is no chance.
# So many at least are on both sides, and so many at most say what is usual there.
ORDERED, CHANCE, SIDE, ASIDE = 60, 5.0, 3, 15


def local_scale(y: Tensor) -> Tensor:
    """The distance to the eighth neighbour, smoothed over these neighbours.  (n p) -> (n)"""
    k = min(SCALE, len(y) - 1)
    length, to = nearest(y, y, k + 1)
    return length[:, -1].clamp_min(1e-12).log()[to].mean(1).exp()


def scaled(graph: "csr_matrix", scale: Tensor) -> "csr_matrix":
    """The graph with its lengths divided by the scale of the places: points are then evenly dense everywhere."""
    links, at = graph.tocoo(), scale.double().numpy()
    return both_ways(2 * links.data / (at[links.row] + at[links.col]), links.row, links.col, len(at))


def labels_of(y: Tensor, scale: Tensor, dim: int) -> np.ndarray:
    """The number of the connected part that each point is in, the largest first; −1 in crumbs.  -> (n)"""
    from scipy.sparse.csgraph import connected_components

    n, k = len(y), min(LINKS, len(y) - 1)
    length, to = nearest(y, y, k + 1)
    graph = both_ways(
        length[:, 1:].flatten().double().numpy().clip(1e-12), np.arange(n).repeat(k), to[:, 1:].flatten().numpy(), n
    )
    _, labels = connected_components(graph, directed=False)
    labels = _joined(y, scale, labels, GAP[dim], outward(y, graph) if dim == 1 else None)
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[order] = np.where(sizes[order] >= CRUMB * n, np.arange(len(sizes)), -1)
    return rank[labels]


def outward(y: Tensor, graph: "csr_matrix") -> Tensor:
    """Where curves end or gaps begin, the direction away from all neighbours, and theirs; elsewhere 0.  -> (n p)"""
    reach = (graph + graph @ graph).tocoo()
    row, way = torch.as_tensor(reach.row).long(), (y[reach.row] - y[reach.col]).double()
    total = torch.zeros_like(y, dtype=torch.float64).index_add_(0, row, way)
    length = torch.zeros(len(y), dtype=torch.float64).index_add_(0, row, way.norm(dim=1)).clamp_min(1e-300)
    far = total.norm(dim=1, keepdim=True)
    return torch.where(far >= ONE_SIDED * length[:, None], total / far.clamp_min(1e-300), 0.0).to(y)


def meet(y: Tensor, out: Tensor | None, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Whether what ends at the points i or j goes on towards the other one; of surfaces (no `out`) always.  -> (n)"""
    if out is None:
        return np.ones(len(i), dtype=bool)
    way = y[j] - y[i]
    way = way / way.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return (torch.maximum((out[i] * way).sum(1), -(out[j] * way).sum(1)) >= ONWARD).numpy()


def _joined(y: Tensor, scale: Tensor, labels: np.ndarray, gap: float, out: Tensor | None) -> np.ndarray:
    """Parts, the smallest first, joined to the one they are nearest to, if one of them goes on to the other.

    Crumbs are joined wherever they are near.
    """
    labels = labels.copy()
    for one in np.argsort(np.bincount(labels), kind="stable"):
        inside, outside = np.flatnonzero(labels == one), np.flatnonzero(labels != one)
        if not len(outside) or not len(inside):
            continue
        length, to = nearest(y[inside], y[outside])
        there = outside[to[:, 0].numpy()]
        crumb = len(inside) < CRUMB * len(labels)
        apart = (length[:, 0] / torch.maximum(scale[inside], scale[there])).double().numpy()
        apart[~(meet(y, out, inside, there) | crumb)] = math.inf
        least = int(apart.argmin())
        if apart[least] <= (CRUMB_GAP if crumb else gap):
            labels[inside] = labels[there[least]]
    return np.unique(labels, return_inverse=True)[1]


def beside(y: Tensor, scale: Tensor, labels: np.ndarray) -> bool:
    """Whether two parts are so near each other somewhere that chance may have left the gap, as at the tip of a cone."""
    for one in range(int(labels.max()) + 1):
        inside, outside = np.flatnonzero(labels == one), np.flatnonzero(labels != one)
        if len(outside):
            length, to = nearest(y[inside], y[outside])
            if float((length[:, 0] / torch.maximum(scale[inside], scale[outside[to[:, 0].numpy()]])).min()) < DOUBTED:
                return True
    return False


def connected(y: Tensor, graph: "csr_matrix", scale: Tensor, dim: int) -> "csr_matrix":
    """The graph of points of one part, its pieces linked wherever they are near, of curves wherever one ends.

    A piece that is farther from all others is linked where it is nearest.
    """
    from scipy.sparse.csgraph import connected_components

    out = outward(y, graph) if dim == 1 else None
    while True:
        count, labels = connected_components(graph, directed=False)
        if count == 1:
            return graph
        inside = np.flatnonzero(labels == np.bincount(labels).argmin())
        outside = np.flatnonzero(labels != labels[inside[0]])
        length, to = nearest(y[inside], y[outside])
        there = outside[to[:, 0].numpy()]
        way = (2 * length[:, 0] / (scale[inside] + scale[there])).double().numpy().clip(1e-12)
        links, near = graph.tocoo(), (way <= GAP[dim]) & meet(y, out, inside, there) | (way <= way.min())
        ends = np.append(links.row, inside[near]), np.append(links.col, there[near])
        graph = both_ways(np.append(links.data, way[near]), *ends, len(y))


def lengthwise(y: Tensor, frames: Tensor, scale: Tensor, graph: "csr_matrix") -> "csr_matrix":
    """The graph of points of a curve without links that leave both their ends across it: to another strand.  (n d 1)

    Short links stay: overlapping charts of a noisy curve lie side by side.
    """
    links = graph.tocoo()
    way = y[links.col] - y[links.row]
    way = (way / way.norm(dim=1, keepdim=True).clamp_min(1e-12))[:, :, None]
    ends = [(way * frames[torch.as_tensor(at).long()]).sum((1, 2)).abs() for at in (links.row, links.col)]
    near = torch.minimum(scale[torch.as_tensor(links.row).long()], scale[torch.as_tensor(links.col).long()])
    along = (torch.maximum(*ends) >= LENGTHWISE).numpy() | (links.data <= ABREAST * near.double().numpy())
    return both_ways(links.data[along], links.row[along], links.col[along], len(y))


def odd_places(y: Tensor, dim: int) -> tuple[float, float]:
    """The shares of points around which fewer directions are filled than `dim`, and more, their neighbours agreeing.

    Hairs and dangling ends have fewer, crossings more. Noise and curvature add to all places, chance to single ones.
    """
    to = nearest(y, y, min(PLACE, len(y) - 1) + 1).indices
    balls = y[to]
    S = torch.linalg.svdvals((balls - balls.mean(1, keepdim=True)).double()).square()
    thin = S[:, dim - 1] / S[:, 0].clamp_min(1e-300) < NONE if dim > 1 else torch.zeros(len(y), dtype=torch.bool)
    if S.shape[1] > dim:
        thick = S[:, dim] / S[:, dim - 1].clamp_min(1e-300)
        more = thick > (MORE * thick.median()).clamp_min(0.1)
    else:
        more = torch.zeros(len(y), dtype=torch.bool)
    agreed = AGREED if dim > 1 else AGREED_ALONG
    shares = [float((one & (one[to[:, 1:]].double().mean(1) >= agreed)).double().mean()) for one in (thin, more)]
    return shares[0], shares[1]


def bridged(y: Tensor) -> int:
    """How many points of curves lie at a gap that is wider than chance leaves and not as wide as between parts.

    Among n random points one gap in n eᵏ is as wide as ln n + k of them are apart, on the sparser side of the gap: maps
    that stretch a curve leave points dense here and sparse there. Points are put in order along the tangent of their
    surroundings.
    """
    balls = y[nearest(y, y, min(ORDERED, len(y))).indices]
    balls = (balls - balls.mean(1, keepdim=True)).double()
    _, vectors = torch.linalg.eigh(balls @ balls.mT)
    along, order = vectors[..., -1].sort(1)
    gaps = along.diff(dim=1)
    widest, at = gaps.max(1)
    before = torch.arange(gaps.shape[1]) - at[:, None]  # (n gaps)
    sides = ((before < 0) & (before >= -ASIDE), (before > 0) & (before <= ASIDE))
    usual = torch.stack([(gaps * side).sum(1) / side.sum(1).clamp_min(1) for side in sides]).amax(0)
    own = (order == 0).int().argmax(1)  # the point itself is the nearest one
    beside = ((at == own) | (at + 1 == own)) & (at >= SIDE) & (at < gaps.shape[1] - SIDE)
    wide = (widest > (math.log(len(y)) + CHANCE) * usual) & (widest <= 0.75 * SCALE * GAP[1] * usual)
    return int((wide & beside).sum())


def dimension_of_neighbours(y: Tensor) -> float:
    """What the first two neighbours say of the dimension: noise makes it more, strands near each other less."""
    return two_nn(nearest(y, y, 3).distances[:, 1:].clamp_min(1e-12))
