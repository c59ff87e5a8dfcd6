"""Surfaces as triangles: stars put together where they agree, and what is read off a surface that closes."""

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from torch import Tensor

from pushforward.manifold.topologies.orientation import signed
from pushforward.manifold.topologies.sampled import Sample
from pushforward.manifold.topologies.stars import Triangle, stars
from pushforward.points import nearest

Edge = tuple[int, int]
Links = dict[int, dict[int, list[int]]]
"""By vertex: its neighbours, and which of them each one is joined to by an edge across from the vertex."""
# Loops of so many edges are what stars that disagree leave open.
SEAM = 5
# No empty disc among n random points has ln n times the area of one of them, or that and 6 more, but in one of 1 or
# of e⁶ sets; of a loop of so many spacings the area is that share of their square.
USUAL, CHANCE, AREA = 0.0, 6.0, 0.0915
# Points so near each other, in spacings, and so many edges apart are of sheets that touch.
TOUCH, FAR, NEAR = 1.2, 3, 12
# What is left of a surface between so many and so many edges from a vertex hangs together, but at a neck. If that is so
# of a larger share of the vertices the surface is a strip.
RING, STRIP = (5, 7), 0.15
# One in so many vertices is asked.
EVERY = 4


@dataclass(frozen=True, eq=False)
class Mesh:
    """What triangles say: vertices around which they make no disc or half disc, pieces, the loops of the boundary.

    `loops`: the numbers of edges of each; `touching`: pairs of points near each other and far along the mesh;
    `necks`: vertices round which the surface is only a few edges wide, though it is wider elsewhere;
    `doubtful`: holes that are chance or small.
    """

    vertices: int
    flaws: int
    pieces: int
    loops: tuple[int, ...]
    euler: int
    orientable: bool
    touching: int
    necks: int = 0
    doubtful: int = 0

    @property
    def clean(self) -> bool:
        """Whether it is one surface, seen as fine as need be."""
        return not self.flaws and self.pieces == 1 and not self.touching


def meshed(sample: Sample, *, points: int) -> Mesh:
    """The mesh of a net that was spread among so many random points."""
    growing = Growing(sample.y, sample.frames)
    votes = stars(sample.y, sample.frames)
    for t in sorted(votes, key=lambda t: (-votes[t], t)):
        growing.take(t, sure=votes[t] == 3)
    usual, chance = (_longest(points, len(sample.y), more) for more in (USUAL, CHANCE))
    return growing.judged(usual=usual, chance=chance)


def _longest(points: int, vertices: int, more: float) -> float:
    """The longest loop round an empty disc that random points leave, in edges of a net of so many vertices."""
    return max(SEAM, math.sqrt((math.log(max(points, 2)) + more) * min(1.0, vertices / points) / AREA))


class Growing:
    """A surface to which triangles are added as long as it stays one."""

    def __init__(self, y: Tensor, frames: Tensor):
        self.y, self.frames = y, frames
        self.triangles: list[Triangle] = []
        self.edges: dict[Edge, list[int]] = defaultdict(list)
        self.links: Links = defaultdict(lambda: defaultdict(list))

    def take(self, t: Triangle, *, sure: bool) -> bool:
        """Add a triangle, if no edge gets a third one and no vertex more than a disc; those not `sure` must be flat."""
        sides = list(combinations(t, 2))
        a, b, c = t
        corners = ((a, b, c), (b, a, c), (c, a, b))
        fits = all(len(self.edges.get(side, ())) < 2 for side in sides)
        fits = fits and all(grows(self.links.get(v, {}), p, q) for v, p, q in corners)
        if not fits or not (sure or all(self._free(v, p, q) for v, p, q in corners)):
            return False
        for v, p, q in corners:
            self.links[v][p].append(q)
            self.links[v][q].append(p)
        for side in sides:
            self.edges[side].append(len(self.triangles))
        self.triangles.append(t)
        return True

    def _free(self, v: int, p: int, q: int) -> bool:
        """Whether the sector from p to q at v overlaps none of the triangles there, in the tangent plane of v."""
        link = self.links.get(v)
        if not link:
            return True
        names = [p, q, *link]
        flat = ((self.y[names] - self.y[v]) @ self.frames[v]).double().numpy()
        at = dict(zip(names, flat / np.linalg.norm(flat, axis=1, keepdims=True).clip(1e-12), strict=True))
        sectors = [(at[r], at[t]) for r in link for t in link[r] if r < t]
        return not any(overlap((at[p], at[q]), sector) for sector in sectors)

    def judged(self, *, usual: float, chance: float) -> Mesh:
        """What is read off. Loops of up to `chance` edges are closed; those of more than `usual` are doubtful."""
        loops = _loops(self.edges)
        open_ = [loop for loop in loops if len(loop) > chance]
        doubtful = sum(usual < len(loop) <= chance for loop in loops)
        pieces, orientable = oriented(self.triangles, self.edges)
        euler = len(self.links) - len(self.edges) + len(self.triangles) + len(loops) - len(open_)
        flaws = sum(v not in self.links or _parts(self.links[v]) != 1 for v in range(len(self.y)))
        sizes = tuple(sorted(map(len, open_)))
        some = list(self.links)[::EVERY]
        narrow = sum(_neck(self.links, v) for v in some)
        necks = EVERY * narrow if narrow <= STRIP * len(some) else 0
        return Mesh(
            len(self.y), flaws, pieces, sizes, euler, orientable, _touching(self.y, self.edges), necks, doubtful
        )


def grows(link: dict[int, list[int]], p: int, q: int) -> bool:
    """Whether an edge from p to q leaves a link paths, or makes one circle of all of it.

    >>> path = {1: [2], 2: [1, 3], 3: [2]}
    >>> grows(path, 1, 3), grows(path | {7: [8], 8: [7]}, 1, 3)
    (True, False)
    """
    if p not in link or q not in link:
        return True
    before, v, size = -1, p, 1
    while v != q:
        on = [w for w in link[v] if w != before]
        if not on:
            return True
        before, v, size = v, on[0], size + 1
    return size == len(link)


Sector = tuple[np.ndarray, np.ndarray]


def overlap(one: Sector, other: Sector) -> bool:
    """Whether two sectors of the plane, each between two unit vectors, have more than an edge in common."""
    return any(_inside(w, other) for w in (*one, one[0] + one[1])) or any(
        _inside(w, one) for w in (*other, other[0] + other[1])
    )


def _inside(w: np.ndarray, sector: Sector) -> bool:
    a, b = sector
    turn = 1.0 if _cross(a, b) > 0 else -1.0
    return turn * _cross(a, w) > 1e-9 and turn * _cross(w, b) > 1e-9


def _cross(a: np.ndarray, b: np.ndarray) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _neck(links: Links, v: int) -> bool:
    """Whether several parts of the ring round a vertex lead on."""
    level, now = {v: 0}, [v]
    for step in range(1, RING[1] + 1):
        now = list({w for u in now for w in links[u] if w not in level})
        level.update(dict.fromkeys(now, step))
    ring = {u: [w for w in links[u] if level.get(w, 0) >= RING[0]] for u, far in level.items() if far >= RING[0]}
    return sum(any(level[u] == RING[1] for u in part) for part in components(ring)) > 1


def _loops(edges: dict[Edge, list[int]]) -> list[set[int]]:
    """The vertices of each connected part of the boundary."""
    rim: dict[int, list[int]] = defaultdict(list)
    for (a, b), owners in edges.items():
        if len(owners) == 1:
            rim[a].append(b)
            rim[b].append(a)
    return components(rim)


def components(beside: dict[int, list[int]]) -> list[set[int]]:
    """The connected parts of a graph."""
    rest, parts = set(beside), []
    while rest:
        waiting, part = [rest.pop()], set[int]()
        while waiting:
            v = waiting.pop()
            part.add(v)
            more = [w for w in beside[v] if w in rest]
            rest.difference_update(more)
            waiting += more
        parts.append(part)
    return parts


def _parts(link: dict[int, list[int]]) -> int:
    return len(components(link))


def oriented(triangles: list[Triangle], edges: dict[Edge, list[int]]) -> tuple[int, bool]:
    """How many pieces there are, and whether all triangles can be turned so that neighbours agree."""
    beside: dict[int, list[tuple[int, int]]] = {number: [] for number in range(len(triangles))}
    for edge, owners in edges.items():
        if len(owners) == 2:
            s, t = owners
            same = -_sense(triangles[s], edge) * _sense(triangles[t], edge)
            beside[s].append((t, same))
            beside[t].append((s, same))
    return signed(beside)


def _sense(t: Triangle, edge: Edge) -> int:
    """The sense in which the rim of a triangle with rising corners runs along an edge."""
    return -1 if edge == (t[0], t[2]) else 1


def _touching(y: Tensor, edges: dict[Edge, list[int]]) -> int:
    """How many pairs of points are nearer than the net is wide, and far along it."""
    from scipy.sparse import csr_matrix, eye

    n, ends = len(y), np.array(list(edges)).reshape(-1, 2)
    one = csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    step = (one + one.T + eye(n)).tocsr()
    along = step
    for _ in range(FAR - 1):
        along = along @ step
    length, to = nearest(y, y, min(NEAR + 1, n))
    i, j = (length[:, 1:] < TOUCH * length[:, 1:5].mean(1, keepdim=True)).nonzero(as_tuple=True)
    ways = np.asarray(along[i.tolist(), to[i, 1 + j].tolist()])
    return int((ways == 0).sum())
