"""Drafts for paths of a plain function: the shortest way through a graph of latent points around the two ends."""

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pushforward.manifold.geometry.immersion import Immersion
from pushforward.rng import generator, normal, uniform

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# In the plane: cells between the two ends, and beyond them. Hills of a sixth of the way are seen by four nodes across.
# Where the way to the rim from both ends is shorter than the path, the grid is made wider by these factors in turn.
CELLS, MARGIN, SCALES = 24, 16, (1, 2, 4)
# Links go to all nodes so many rows and columns away: in an even metric the way along them is 1.3 % too long at most.
STENCIL = 3
# In more dimensions: random nodes, each with so many neighbours.
NODES, NEIGHBOURS = 2000, 16


def graph_drafts(im: Immersion, z: Tensor, y: Tensor, steps: int) -> Tensor:
    """The shortest ways from z to y (n, k) through graphs of their own, at equal distances.  -> (n steps + 1 k)"""
    way = _plane if im.latent.dim == 2 else _cloud
    return torch.stack([_spaced(*way(im, a, b), steps) for a, b in zip(z, y, strict=True)])


def bent_drafts(z: Tensor, y: Tensor, steps: int) -> Tensor:
    """Half sines to both sides of the straight line, in one direction across or in two.  (n k) -> (n c steps + 1 k)"""
    share = torch.linspace(0, 1, steps + 1, dtype=z.dtype, device=z.device)
    line = z[:, None] + share[:, None] * (y - z)[:, None]
    across = _frame(y - z)[:, 1:3] * (y - z).norm(dim=1)[:, None, None] / 2
    bends = torch.cat([across, -across], 1)[:, :, None] * (math.pi * share).sin()[:, None]  # (n c t k)
    return line[:, None] + bends


def _frame(v: Tensor) -> Tensor:
    """Orthonormal rows, the first along v, or any where that is 0.  (n k) -> (n k k)"""
    k = v.shape[1]
    unit = v / v.norm(dim=1, keepdim=True).clamp_min(torch.finfo(v.dtype).tiny)
    first = torch.where((unit.norm(dim=1) > 0.5)[:, None], unit, torch.eye(k, dtype=v.dtype, device=v.device)[0])
    Q = torch.linalg.qr(torch.cat([first[:, :, None], torch.eye(k).to(v).expand(len(v), k, k)], 2)).Q
    return (Q * (Q[:, :, :1] * first[:, :, None]).sum(1, keepdim=True).sign()).mT


def _values(im: Immersion, z: Tensor) -> Tensor:
    """Images, with NaN where the function is not defined: no way leads through there."""
    X = im.images(z)
    return X.where(torch.isfinite(X).all(1, keepdim=True), torch.nan).double()


def _plane(im: Immersion, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Latent points of the way through a grid along a − b, and their images.  -> (m 2), (m d)"""
    for scale in SCALES:
        z, shape, ends = _places(a, b, scale)
        X = _values(im, z)
        nodes, wider = _through(X.reshape(*shape, -1), ends)
        if not wider or scale == SCALES[-1]:
            line = z[nodes]
            line[0], line[-1] = a, b
            return line, X[nodes]
    raise AssertionError


def _places(a: Tensor, b: Tensor, scale: int) -> tuple[Tensor, tuple[int, int], tuple[int, int]]:
    """Nodes of a grid (m, 2) in which a and b are two, its rows and columns, and which nodes these two are."""
    cell, turn = (b - a).norm() / CELLS, _frame((b - a)[None])[0]
    beyond, aside = MARGIN * scale, CELLS * scale
    rows, columns = torch.arange(-beyond, CELLS + beyond + 1), torch.arange(-aside, aside + 1)
    z = a + cell * torch.cartesian_prod(rows, columns).to(a) @ turn
    wide = len(columns)
    return z, (len(rows), wide), (beyond * wide + aside, (beyond + CELLS) * wide + aside)


def _through(X: Tensor, ends: tuple[int, int]) -> tuple[list[int], bool]:
    """The shortest way through a grid with images (r, c, d), and whether one beyond its rim may be shorter."""
    from scipy.sparse.csgraph import dijkstra

    far, previous = dijkstra(_grid(X), directed=False, indices=list(ends), return_predecessors=True)
    way = _back(previous[0], *ends)
    out = np.ones(X.shape[:2], dtype=bool)
    out[1:-1, 1:-1] = False
    return way, bool(far[:, out.flatten()].min(1).sum() < far[0, ends[1]])


@cache
def _moves() -> tuple[tuple[int, int], ...]:
    """Steps to nodes near by, one of every direction and its opposite."""
    reach = range(-STENCIL, STENCIL + 1)
    return tuple((p, q) for p in reach for q in reach if math.gcd(p, q) == 1 and (p, q) > (0, 0))


def _grid(X: Tensor) -> "csr_matrix":
    """Links between nodes with images (r, c, d), as long as what is between them, interpolated."""
    from scipy.sparse import csr_matrix

    r, c, _ = X.shape
    number = torch.arange(r * c).reshape(r, c)
    starts, stops, lengths = [], [], []
    for p, q in _moves():
        top, left = slice(0, r - p), slice(max(0, -q), c - max(0, q))
        before, length = X[top, left], 0.0
        for s in range(1, max(p, abs(q)) + 1):
            here = _between(X, p, q, s)
            length, before = length + (here - before).norm(dim=2), here
        starts.append(number[top, left].flatten())
        stops.append(starts[-1] + p * c + q)
        lengths.append(torch.as_tensor(length).flatten().cpu())
    start, stop, length = torch.cat(starts), torch.cat(stops), torch.cat(lengths)
    open_ = torch.isfinite(length)
    weight = length[open_].clamp_min(1e-300).numpy()
    return csr_matrix((weight, (start[open_].numpy(), stop[open_].numpy())), shape=(r * c, r * c))


def _between(X: Tensor, p: int, q: int, s: int) -> Tensor:
    """Images `s` steps along a move from every node that can make it: of the two nodes beside it, by their shares."""
    r, c, _ = X.shape
    m = max(p, abs(q))
    low, high, share = [], [], 0.0
    for step, size in ((p, r), (q, c)):
        at, part = divmod(s * step, m)
        first, last = max(0, -step), size - max(0, step)
        low.append(slice(first + at, last + at))
        high.append(slice(first + at + (part > 0), last + at + (part > 0)))
        share = max(share, part / m)
    return X[low[0], low[1]] if not share else (1 - share) * X[low[0], low[1]] + share * X[high[0], high[1]]


def _cloud(im: Immersion, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The same through random nodes, in a ball around the middle that is as wide again as a and b are apart."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    k, reach, draws = len(a), float((b - a).norm()), generator(0)
    if k == 1:
        way = torch.stack([a, b])
        return way, im.points(way).double()
    ways = normal((NODES, k), seed=draws)
    radius = uniform((NODES, 1), seed=draws) ** (1 / k)
    inner = (a + b) / 2 + reach * (radius * ways / ways.norm(dim=1, keepdim=True)).to(a)
    z = torch.cat([a[None], b[None], inner])
    near = torch.cdist(z, z).topk(NEIGHBOURS + 1, largest=False).indices[:, 1:]
    start, stop = torch.arange(len(z), device=z.device).repeat_interleave(NEIGHBOURS), near.flatten()
    X, M = _values(im, z), _values(im, (z[start] + z[stop]) / 2)
    length = (M - X[start]).norm(dim=1) + (X[stop] - M).norm(dim=1)
    open_ = torch.isfinite(length)
    links = start[open_].cpu().numpy(), stop[open_].cpu().numpy()
    graph = csr_matrix((length[open_].clamp_min(1e-300).cpu().numpy(), links), shape=(len(z), len(z)))
    previous = dijkstra(graph, directed=False, indices=0, return_predecessors=True)[1]
    at = torch.tensor(_back(previous, 0, 1), device=z.device)
    return z[at], X[at]


def _back(previous: np.ndarray, start: int, end: int) -> list[int]:
    """The nodes from start to end; these two alone where no way leads there."""
    way = [end]
    while previous[way[-1]] >= 0:
        way.append(int(previous[way[-1]]))
    return way[::-1] if way[-1] == start else [start, end]


def _spaced(way: Tensor, X: Tensor, steps: int) -> Tensor:
    """Points at equal distances, as images have them, along a polygon.  (m k), (m d) -> (steps + 1 k)"""
    along = np.concatenate([[0.0], X.diff(dim=0).norm(dim=1).cumsum(0).cpu().numpy()])
    aims = np.linspace(0, along[-1], steps + 1)
    columns = [np.interp(aims, along, column.cpu().numpy()) for column in way.double().T]
    spaced = torch.tensor(np.stack(columns, 1)).to(way)
    spaced[0], spaced[-1] = way[0], way[-1]
    return spaced
