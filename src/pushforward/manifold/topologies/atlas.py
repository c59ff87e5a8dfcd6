"""The one generator of a run: an atlas of overlapping charts, each a polynomial fitted to the points around a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import torch
from torch import Tensor, nn

from pushforward.generator import CHUNK, Generator
from pushforward.latents import Atlas
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
MOST_MORE = 8
# Steps in which such a chart grows; each by as much as its cube is larger than its points.
GROWTH = 20
# Every so many-th point judges the number of charts.
VALIDATION = 5
# Smaller charts must lower the error of held-out points to this share.
BETTER = 0.98
# Neighbours on the way to which points are added.
BESIDE = 16
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
    one = torch.ones_like(z[:, 0])
    return torch.stack([torch.stack([one, *(z[:, i] for i in m)]).prod(0) for m in powers(z.shape[1])], 1)


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
    r"""A generator on an `Atlas`, with its left inverse, of the data in their own units.

    Charts are the surroundings of landmarks that are spread by geodesic distance; they overlap. Each is the cubic
    $G_c(z)$ with the least squared distance from its points, z being where on it each point is nearest to: noise is
    averaged out, and what is left is a manifold of dimension `dim`, with tangents. The number of charts is the one that
    brings held-out points nearest.
    """
    draws = generator(seed)
    order = permutation(len(cloud.y), seed=draws)
    count = charts or _count(cloud.y[order], dim, seed=draws)
    fitted = fit_charts(cloud.y, count, dim, seed=draws)
    return in_units_of(cloud, Atlas(len(fitted.centres), dim), fitted.charts, fitted.encoder)


def fit_charts(y: Tensor, count: int, dim: int, *, seed: Seed) -> Fitted:
    """`count` overlapping charts of points y (n, p)."""
    landmarks = farthest(neighbour_graph(y), count, seed=seed)
    apart = torch.as_tensor(landmarks.apart)  # (charts n)
    reach = apart.min(0).values + OVERLAP * landmarks.radius
    need = 2 * len(powers(dim))
    patches = [y[inside] for inside in apart <= reach if int(inside.sum()) >= need]
    fitted = _stacked([_patch(points, dim) for points in patches or [y]])
    return _completed(fitted, y, dim, radius=float((reach + landmarks.radius).median()))


def _completed(fitted: Fitted, y: Tensor, dim: int, *, radius: float) -> Fitted:
    """With charts for points that none comes near: where branches cross each needs one of its own."""
    need = 2 * len(powers(dim))
    apart = distances(fitted, y)
    usual, large = (float(apart.quantile(q)) for q in (0.5, 0.84))
    limit = usual + FAR * (large - usual)
    for _ in range(MOST_MORE):
        if int((apart > limit).sum()) < need:
            break
        origin = int(apart.argmax())
        points = _branch(y, origin, dim, radius=radius, limit=limit)
        if len(points) < need:
            apart[origin] = 0
            continue
        more = _stacked([_patch(points, dim)])
        fitted, apart = fitted.with_(more), torch.minimum(apart, _distance(more, 0, y))
        apart[origin] = 0
    return fitted


def _branch(y: Tensor, origin: int, dim: int, *, radius: float, limit: float) -> Tensor:
    """The points around one of them that lie on one smooth chart, which grows from it as far as it fits."""
    apart = (y - y[origin]).norm(dim=1)
    inside = apart.topk(2 * len(powers(dim)), largest=False).indices
    near_ = apart <= radius
    for _ in range(GROWTH):
        chart = _stacked([_patch(y[inside], dim)])
        inside = torch.nonzero(near_ & (_distance(chart, 0, y) <= limit))[:, 0]
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
    """One Gauss–Newton step of z towards the place on the chart nearest to y.  (M p), (n p), (n dim)"""
    slopes = torch.func.vmap(torch.func.jacfwd(lambda w: monomials(w[None])[0]))(z)  # (n M dim)
    J = torch.einsum("nmk,mp->npk", slopes, coefficients)
    short = y - monomials(z) @ coefficients
    gram = J.mT @ J + 1e-6 * torch.eye(z.shape[1])
    step = torch.linalg.solve(gram, (J.mT @ short[:, :, None]))[..., 0]
    return (z + step.clamp(-0.3, 0.3)).clamp(-1, 1)


def _count(y: Tensor, dim: int, *, seed: torch.Generator) -> int:
    """The fewest charts that bring held-out points about as near as any number does."""
    validation, rest = y[::VALIDATION], torch.cat([y[i::VALIDATION] for i in range(1, VALIDATION)])
    need = 2 * len(powers(dim))
    counts = sorted({max(1, len(y) // k) for k in POINTS if k >= need} or {1})
    fits = [fit_charts(rest, count, dim, seed=seed) for count in counts]
    errors = [float(distances(fitted, validation).median()) for fitted in fits]
    return next(c for c, e in zip(counts, errors, strict=True) if BETTER * e <= min(errors))


def distances(fitted: Fitted, y: Tensor) -> Tensor:
    """How far points are from the nearest of the charts whose centres are nearest.  (n p) -> (n)"""
    nearest = torch.cdist(y, fitted.centres).topk(min(CANDIDATES, len(fitted.centres)), largest=False).indices
    least = torch.full((len(y),), torch.inf)
    for c in range(len(fitted.centres)):
        inside = (nearest == c).any(1)
        if inside.any():
            least[inside] = torch.minimum(least[inside], _distance(fitted, c, y[inside]))
    return least


def _distance(fitted: Fitted, c: int, y: Tensor) -> Tensor:
    z = ((y - fitted.centres[c]) @ fitted.frames[c].T).clamp(-1, 1)
    for _ in range(ROUNDS):
        z = nearer(fitted.coefficients[c], y, z)
    return (monomials(z) @ fitted.coefficients[c] - y).norm(dim=1)


@torch.no_grad()
def between(gen: Generator, z: Tensor, *, times: int, seed: Seed) -> Tensor:
    """Latent points and `times` as many more, each on the way from a point to a near one, in the chart of the first."""
    assert isinstance(gen.latent, Atlas)
    assert gen.encoder is not None
    draws = generator(seed)
    y = torch.cat([gen(part) for part in z.split(CHUNK)])
    _, beside = nearest(y.flatten(1), y.flatten(1), BESIDE + 1)
    points = torch.cat([gen.latent.decode(gen.encoder(part)).points for part in y.split(CHUNK)])  # (n charts width)
    parts = [z]
    for _ in range(times):
        other = beside[torch.arange(len(z)), 1 + integers(BESIDE, (len(z),), seed=draws)]
        there = points[other, z[:, 0].long()]
        share = 0.25 + 0.5 * uniform((len(z), 1), seed=draws)
        parts.append(gen.latent.project(torch.cat([z[:, :1], torch.lerp(z[:, 1:], there[:, 1:], share)], 1)))
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
