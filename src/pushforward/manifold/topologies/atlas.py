"""The one generator of a run: an atlas of overlapping charts, each a polynomial fitted to the points around a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import torch
from torch import Tensor, nn

from pushforward.generator import CHUNK, Generator
from pushforward.latents import Atlas
from pushforward.manifold.topologies.scales import local_scale, scaled
from pushforward.points import Cloud, farthest, nearest, neighbour_graph
from pushforward.rng import Seed, generator, integers, permutation, uniform

# Points for each chart that are tried; overlaps come on top.
POINTS = (30, 60, 120, 240)
DEGREE = 3
# A chart reaches so far into the next ones, in radii of a chart.
OVERLAP = 0.35
# How often charts are fitted and points brought to the nearest place of them.
ROUNDS = 3
# Charts in which the place of a point is looked for.
CANDIDATES = 4
# A point farther from its chart than is usual by so many deviations needs another one.
FAR = 4.0
# Nearer than this share of the scale of its place it is near enough.
HARMLESS = 0.05
MOST_MORE = 24
# Steps in which such a chart grows; each by as much as its cube is larger than its points.
GROWTH = 20
# Every so many-th point judges the number of charts.
VALIDATION = 5
# Smaller charts must lower the error of held-out points to this share: the median, or that of the worst places.
JUDGED, BETTER = (0.5, 0.95), (0.98, 0.9)
# Neighbours on the way to which points are added.
BESIDE = 8
# Where the outermost points of a chart lie in its cube.
INSIDE = 0.9
# How fast the encoder's belief in a chart falls with the squared distance from its centre.
SHARP = 20.0


def powers(dim: int) -> list[tuple[int, ...]]:
    """The monomials up to degree 3, as tuples of the coordinates multiplied.

    >>> powers(1)
    [(), (0,), (0, 0), (0, 0, 0)]
    """
    return [m for k in range(DEGREE + 1) for m in combinations_with_replacement(range(dim), k)]


def monomials(z: Tensor) -> Tensor:
    """(n dim) -> (n M)"""
    columns: dict[tuple[int, ...], Tensor] = {(): torch.ones_like(z[:, 0])}
    for m in powers(z.shape[1])[1:]:
        columns[m] = columns[m[:-1]] * z[:, m[-1]]
    return torch.stack(list(columns.values()), 1)


def slopes(z: Tensor) -> Tensor:
    """The derivatives of all monomials.  (n dim) -> (n M dim)"""
    names = powers(z.shape[1])
    values = dict(zip(names, monomials(z).unbind(1), strict=True))
    nothing = torch.zeros_like(z[:, 0])

    def one(m: tuple[int, ...], i: int) -> Tensor:
        return m.count(i) * values[m[: m.index(i)] + m[m.index(i) + 1 :]] if i in m else nothing

    return torch.stack([torch.stack([one(m, i) for i in range(z.shape[1])], 1) for m in names], 1)


class Charts(nn.Module):
    """The polynomials of all charts: features of an atlas → points.  `coefficients` (charts M p)"""

    def __init__(self, coefficients: Tensor):
        super().__init__()
        self.register_buffer("coefficients", coefficients)
        self.coefficients: Tensor

    def forward(self, features: Tensor) -> Tensor:
        """(n charts + dim) -> (n p)"""
        count = len(self.coefficients)
        chart, z = features[:, :count], features[:, count:]
        return torch.einsum("nc,nm,cmp->np", chart, monomials(z), self.coefficients)


class Affine(nn.Module):
    """x ↦ W x + b with given numbers; a layer of torch's own would draw its first ones from the global generator."""

    def __init__(self, weight: Tensor, bias: Tensor):
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.weight: Tensor
        self.bias: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """(n p) -> (n q)"""
        return x @ self.weight.T + self.bias


@dataclass(frozen=True, eq=False)
class Fitted:
    """Charts around `centres` (charts p), with linear coordinates `frames` (charts dim p) and their polynomials."""

    centres: Tensor
    frames: Tensor
    coefficients: Tensor

    def with_(self, more: "Fitted") -> "Fitted":
        """These charts and others."""
        pairs = ((self.centres, more.centres), (self.frames, more.frames), (self.coefficients, more.coefficients))
        return Fitted(*(torch.cat(pair) for pair in pairs))

    @property
    def charts(self) -> nn.Module:
        """The generator's network, on the coordinates of a cloud."""
        return Charts(self.coefficients)

    @property
    def encoder(self) -> nn.Module:
        """The left inverse up to curvature: nearness of each chart's centre, then linear coordinates in each."""
        shift = -(self.frames @ self.centres[:, :, None]).flatten()
        return Affine(
            torch.cat([2 * SHARP * self.centres, self.frames.flatten(0, 1)]),
            torch.cat([-SHARP * self.centres.square().sum(1), shift]),
        )


def atlas_of(cloud: Cloud, *, dim: int, seed: Seed, charts: int | None = None) -> Generator:
    """A generator on an `Atlas`, with its left inverse, of the data in their own units: the charts of `charted`."""
    return generator_of(cloud, charted(cloud, dim=dim, seed=seed, charts=charts))


def charted(cloud: Cloud, *, dim: int, seed: Seed, charts: int | None = None) -> "Fitted":
    r"""Charts of data, as many as are needed.

    Charts are the surroundings of landmarks that are spread by geodesic distance; they overlap. Each is the cubic
    $G_c(z)$ with the least squared distance from its points, z being where on it each point is nearest to: noise is
    averaged out, and what is left is a manifold of dimension `dim`, with tangents. The number of charts is the one that
    brings held-out points nearest.
    """
    draws = generator(seed)
    order = permutation(len(cloud.y), seed=draws)
    count = charts or _count(cloud.y[order], dim, seed=draws)
    return fit_charts(cloud.y, count, dim, seed=draws)


def generator_of(cloud: Cloud, fitted: "Fitted") -> Generator:
    """The generator of the data in their own units that charts of a cloud make."""
    latent = Atlas(len(fitted.centres), fitted.frames.shape[1])
    return in_units_of(cloud, latent, fitted.charts, fitted.encoder)


def fit_charts(y: Tensor, count: int, dim: int, *, seed: Seed) -> Fitted:
    """`count` overlapping charts of points y (n, p), each of about as many points."""
    scale = local_scale(y)
    landmarks = farthest(scaled(neighbour_graph(y), scale), count, seed=seed)
    apart = torch.as_tensor(landmarks.apart)  # (charts n)
    reach = apart.min(0).values + OVERLAP * landmarks.radius
    need = 2 * len(powers(dim))
    patches = [y[inside] for inside in apart <= reach if int(inside.sum()) >= need]
    fitted = _stacked([_patch(points, dim) for points in patches or [y]])
    return _completed(fitted, y, dim, scale=scale, most=max(map(len, patches), default=len(y)))


def _completed(fitted: Fitted, y: Tensor, dim: int, *, scale: Tensor, most: int) -> Fitted:
    """With charts for points that none comes near: where branches cross each needs one of its own."""
    need = 2 * len(powers(dim))
    apart = distances(fitted, y) / scale
    usual, large = (float(apart.quantile(q)) for q in (0.5, 0.84))
    limit = max(usual + FAR * (large - usual), HARMLESS)
    for _ in range(MOST_MORE):
        if int((apart > limit).sum()) < need:
            break
        origin = int(apart.argmax())
        points = _branch(y, origin, dim, most=most, limit=limit * scale)
        if len(points) < need:
            apart[origin] = 0
            continue
        more = _stacked([_patch(points, dim)])
        fitted, apart = fitted.with_(more), torch.minimum(apart, _distance(more, 0, y) / scale)
        apart[origin] = 0
    return fitted


def _branch(y: Tensor, origin: int, dim: int, *, most: int, limit: Tensor) -> Tensor:
    """The points around one of them that lie on one smooth chart, which grows from it as far as it fits."""
    order = (y - y[origin]).norm(dim=1).topk(min(most, len(y)), largest=False).indices
    inside, near = order[: 2 * len(powers(dim))], order
    for _ in range(GROWTH):
        chart = _stacked([_patch(y[inside], dim)])
        inside = near[_distance(chart, 0, y[near]) <= limit[near]]
        if len(inside) < 2 * len(powers(dim)):
            break
    return y[inside]


def _stacked(patches: list[tuple[Tensor, Tensor, Tensor]]) -> Fitted:
    return Fitted(*(torch.stack(column) for column in zip(*patches, strict=True)))


def _patch(y: Tensor, dim: int) -> tuple[Tensor, Tensor, Tensor]:
    """Centre (p), linear coordinates (dim p) and coefficients (M p) of one chart."""
    centre = y.mean(0)
    _, _, V = torch.linalg.svd(y - centre, full_matrices=False)
    width = ((y - centre) @ V[:dim].T).abs().amax(0).clamp_min(1e-12) / INSIDE
    frame = V[:dim] / width[:, None]
    z = (y - centre) @ frame.T
    coefficients = torch.linalg.lstsq(monomials(z), y, driver="gelsd").solution
    for _ in range(ROUNDS):
        z = nearer(coefficients, y, z)
        coefficients = torch.linalg.lstsq(monomials(z), y, driver="gelsd").solution
    return centre, frame, coefficients


def nearer(coefficients: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """One Gauss–Newton step of z towards the place on the chart nearest to y.  (M p) or (n M p), (n p), (n dim)"""
    J = slopes(z).mT @ coefficients  # (n dim p)
    short = y - made(coefficients, z)
    gram = J @ J.mT + 1e-6 * torch.eye(z.shape[1])
    step = torch.linalg.solve(gram, J @ short[:, :, None])[..., 0]
    return (z + step.clamp(-0.3, 0.3)).clamp(-1, 1)


def made(coefficients: Tensor, z: Tensor) -> Tensor:
    """The points of a chart, or of one chart for each of them.  (M p) or (n M p), (n dim) -> (n p)"""
    return (monomials(z)[:, None] @ coefficients)[:, 0]


def _count(y: Tensor, dim: int, *, seed: torch.Generator) -> int:
    """The fewest charts that bring held-out points about as near as any number does."""
    validation, rest = y[::VALIDATION], torch.cat([y[i::VALIDATION] for i in range(1, VALIDATION)])
    need = 2 * len(powers(dim))
    counts = sorted({max(1, len(y) // k) for k in POINTS if k >= need} or {1})
    fits = [fit_charts(rest, count, dim, seed=seed) for count in counts]
    scale = local_scale(y)[::VALIDATION]
    errors = [(distances(fitted, validation) / scale).quantile(torch.tensor(JUDGED)) for fitted in fits]
    least = torch.stack(errors).amin(0)
    fine = (c for c, e in zip(counts, errors, strict=True) if bool((torch.tensor(BETTER) * e <= least).all()))
    return next(fine, counts[-1])


def distances(fitted: Fitted, y: Tensor) -> Tensor:
    """How far points are from the nearest of the charts whose centres are nearest.  (n p) -> (n)"""
    return located(fitted, y)[1]


def located(fitted: Fitted, y: Tensor) -> tuple[Tensor, Tensor]:
    """The places (n 1 + dim) nearest to points, in the best of the charts whose centres are nearest, and how far."""
    places, apart = [], []
    for part in y.split(CHUNK):
        charts = torch.cdist(part, fitted.centres).topk(min(CANDIDATES, len(fitted.centres)), largest=False).indices
        each = [in_charts(fitted, charts[:, i], part) for i in range(charts.shape[1])]
        best = torch.stack([far for _, far in each]).argmin(0)
        row = torch.arange(len(part))
        z = torch.stack([place for place, _ in each])[best, row]
        places.append(torch.cat([charts[row, best][:, None].to(z), z], 1))
        apart.append(torch.stack([far for _, far in each])[best, row])
    return torch.cat(places), torch.cat(apart)


def in_charts(fitted: Fitted, charts: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The places (n dim) nearest to points in one chart for each, and how far they are from there.  (n), (n p)"""
    coefficients = fitted.coefficients[charts]
    z = (fitted.frames[charts] @ (y - fitted.centres[charts])[..., None])[..., 0].clamp(-1, 1)
    for _ in range(ROUNDS):
        z = nearer(coefficients, y, z)
    return z, (made(coefficients, z) - y).norm(dim=1)


def _distance(fitted: Fitted, c: int, y: Tensor) -> Tensor:
    return torch.cat([in_charts(fitted, torch.full((len(part),), c), part)[1] for part in y.split(CHUNK)])


@torch.no_grad()
def between(fitted: Fitted, y: Tensor, z: Tensor, *, times: int, seed: Seed) -> Tensor:
    """Places z of points y and `times` as many more, each on the way to a near point, in the chart of the first."""
    draws, charts = generator(seed), z[:, 0].long()
    beside = nearest(y, y, BESIDE + 1).indices
    parts = [z]
    for _ in range(times):
        other = beside[torch.arange(len(z)), 1 + integers(BESIDE, (len(z),), seed=draws)]
        pairs = zip(charts.split(CHUNK), y[other].split(CHUNK), strict=True)
        there = torch.cat([in_charts(fitted, chart, part)[0] for chart, part in pairs])
        share = 0.25 + 0.5 * uniform((len(z), 1), seed=draws)
        parts.append(torch.cat([z[:, :1], torch.lerp(z[:, 1:], there, share)], 1))
    return torch.cat(parts)


def in_units_of(cloud: Cloud, latent: Atlas, network: nn.Module, encoder: nn.Module) -> Generator:
    """The networks between linear maps to and from the data's own coordinates."""
    out = Affine((cloud.basis.T * cloud.scale).float(), cloud.mean.float())
    back = Affine((cloud.basis / cloud.scale).float(), (-(cloud.basis @ cloud.mean) / cloud.scale).float())
    whole: Sequence[nn.Module] = (network, out, nn.Unflatten(1, cloud.shape))
    return Generator.wrap(
        nn.Sequential(*whole),
        latent,
        shape=cloud.shape,
        encoder=nn.Sequential(nn.Flatten(), back, encoder),
        reads="features",
    )
