"""What a cloud of points shows about its dimension at many scales: distances, angles, spectra, curvature."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.manifold.dimensions.moments import Moments, moments
from pushforward.manifold.dimensions.noise import White, in_every_point, spectrum, towards, white_tail
from pushforward.points import TINY, Near, dimension_of_skewness, levina_bickel, nearest_others
from pushforward.rng import Seed, generator, permutation

DISTANCES = 2048  # points whose neighbours' distances are read
DOUBLINGS = (1, 2, 4, 8, 16, 32, 64, 128)  # r(2k)/r(k)
SIZES = {12: 128, 24: 128, 48: 128, 96: 128, 192: 64, 384: 24}  # neighbours in a ball: number of balls
CURVED = (48, 96, 192)  # sizes of balls in which quadratics are fitted
FITS, FITTED = 48, 10  # balls and dimensions for which they are
MOST, KEPT = 100, 1024  # eigenvalues read where dimensions are few, and kept
FLOOR = 1e-9
WIDE, ROWS = 1200, 2048  # coordinates up to which all points are read for the spectrum, and points that are beyond
PAIRED = 512  # points whose distances to all others are read
BLOCK = 2**25  # numbers in a batch of balls


@dataclass(frozen=True)
class Balls:
    """Statistics of balls of k neighbours, one row a ball.

    `shares` (m, KEPT): eigenvalues over their sum; `cosines` (m,): mean squared cosine between neighbours as seen from
    the ball's centre; `sines` (m,): weighted mean sine as seen from their mean; `variance` (m,) per neighbour.
    `unexplained` (m', FITTED): share of variance that the first j principal coordinates and their quadratics leave; NaN
    where there are too few points to say.
    """

    shares: Tensor
    cosines: Tensor
    sines: Tensor
    variance: Tensor
    unexplained: Tensor | None


@dataclass(frozen=True)
class Clues:
    """All that is read from X before anything is concluded; `at(region)` averages it over a part of X.

    `near` of `queries` (indices into X); the centres of balls are the first of these. `white`: noise that had
    directions of its own, which X is without. `values`: eigenvalues of all that is left; `moments` of its distances. X
    is what was given less `mean`, over `scale`, in the directions `basis` if it is not all of them.
    """

    X: Tensor
    near: Near
    queries: Tensor
    balls: tuple[Balls, ...]
    spectrum: Tensor
    rank: int
    white: White | None
    values: Tensor
    moments: Moments
    mean: Tensor
    scale: float
    basis: Tensor | None

    def placed(self, rows: Tensor) -> Tensor:
        """Points that were given, in the coordinates of X.  (m d) -> (m d')"""
        rows = (rows - self.mean) / self.scale
        return rows if self.basis is None else rows @ self.basis.T

    @property
    def centres(self) -> Tensor:
        """Indices of the balls' centres: every set of balls begins with the first of these."""
        return self.queries[: max(SIZES.values())]


def gather(X: Tensor, *, seed: Seed) -> Clues:
    """The clues of points X (n, d), in double precision, without repetitions; n ≥ 20."""
    mean = X.mean(0)
    X = X - mean
    scale, basis = float(X.square().sum(1).mean().sqrt()), None
    X = X / scale
    n = len(X)
    draws = generator(seed)
    some = X if X.shape[1] <= WIDE else X[permutation(n, seed=draws)[:ROWS]]
    values = spectrum(some)
    white = white_tail(values, len(some))
    if white is not None:
        basis = towards(some, white.signal)
        if in_every_point(X, basis):
            X, values = X @ basis.T, values[: white.signal]
        else:
            white = basis = None
    queries = permutation(n, seed=draws)[:DISTANCES]
    near = nearest_others(X, queries, min(2 * DOUBLINGS[-1], n - 2))
    balls = tuple(_balls(X, near, queries, size) for size in SIZES)
    shares, rank = _whole(X, seed=draws)
    paired = moments(X, queries[:PAIRED])
    return Clues(X, near, queries, balls, shares, rank, white, values, paired, mean, scale, basis)


def _whole(X: Tensor, *, seed: Seed) -> tuple[Tensor, int]:
    """Shares of variance of the principal directions of all points, and how many there are."""
    rows = X[permutation(len(X), seed=seed)[:ROWS]]
    rows = rows - rows.mean(0)
    values = _spectra(rows[None])[0]
    return _padded((values / values.sum())[None])[0], int((values > 1e-12 * values[0]).sum())


def _balls(X: Tensor, near: Near, queries: Tensor, size: int) -> Balls:
    k, centres = min(size, len(X) // 2), queries[: SIZES[size]]
    indices = near.indices if k <= near.indices.shape[1] else nearest_others(X, centres, k).indices
    indices = indices[: len(centres), :k]
    step = max(1, BLOCK // (k * X.shape[1]))
    parts = [_read(X[c], X[i]) for c, i in zip(centres.split(step), indices.split(step), strict=True)]
    unexplained = None
    if size in CURVED:
        unexplained = torch.cat([_curvature(X[i]) for i in indices[:FITS].split(step)])
    shares, cosines, sines, variance = (torch.cat(column) for column in zip(*parts, strict=True))
    return Balls(shares, cosines, sines, variance, unexplained)


def _read(centre: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Shares, cosines, sines and variance of balls.  (m d), (m k d) -> (m KEPT), (m), (m), (m)"""
    k = points.shape[1]
    G, squares = _gram(points - centre[:, None])
    cosines = ((G**2 / squares).sum((1, 2)) - k) / (k * (k - 1))
    centred = points - points.mean(1, keepdim=True)
    G, squares = _gram(centred)
    off = 1 - torch.eye(k, dtype=G.dtype)
    sines = ((squares - G**2).clamp(min=0).sqrt() * off).sum((1, 2)) / (squares.sqrt() * off).sum((1, 2))
    values = _spectra(centred)
    total = values.sum(1).clamp(min=TINY**2)
    return _padded(values / total[:, None]), cosines, sines, total / k


def _gram(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Inner products, and the products of the squared lengths.  (m k d) -> (m k k), (m k k)"""
    G = rows @ rows.mT
    lengths = G.diagonal(dim1=1, dim2=2).clamp(min=TINY**2)
    return G, lengths[:, :, None] * lengths[:, None, :]


def _spectra(rows: Tensor) -> Tensor:
    """Squared singular values, largest first, by the smaller of the two products.  (m k d) -> (m min(k, d))"""
    small = rows @ rows.mT if rows.shape[1] <= rows.shape[2] else rows.mT @ rows
    return torch.linalg.eigvalsh(small).flip(1).clamp(min=0)


def _padded(shares: Tensor) -> Tensor:
    """The first KEPT columns, zeros where there are fewer."""
    shares = shares[:, :KEPT]
    return torch.nn.functional.pad(shares, (0, KEPT - shares.shape[1]))


def _curvature(points: Tensor) -> Tensor:
    """Share of variance that j principal coordinates and their products of two leave.  (m k d) -> (m FITTED)

    j is 1 … FITTED. Corrected for the number of coefficients, so that noise is left as it is. A curved manifold leaves
    little at j = d, whatever directions it bends into; a flat one of more dimensions leaves them.
    """
    m, k, _ = points.shape
    U, S = _principal(points - points.mean(1, keepdim=True))
    total = S.square().sum(1)
    left = torch.full((m, FITTED), math.nan, dtype=points.dtype)
    for j in range(1, FITTED + 1):
        q = 1 + j + j * (j + 1) // 2
        if q >= 0.75 * k or j >= S.shape[1]:
            break
        t = U[:, :, :j] * math.sqrt(k)
        a, b = torch.triu_indices(j, j)
        Q, _ = torch.linalg.qr(torch.cat([torch.ones_like(t[:, :, :1]), t, t[:, :, a] * t[:, :, b]], 2))
        normal = U[:, :, j:] * S[:, None, j:]
        residual = normal - Q @ (Q.mT @ normal)
        left[:, j - 1] = residual.square().sum((1, 2)) / total * (k - 1 - j) / (k - q)
    return left


def _principal(centred: Tensor) -> tuple[Tensor, Tensor]:
    """Left singular vectors and singular values, from the smaller product.  (m k d) -> (m k r), (m r)"""
    if centred.shape[1] <= centred.shape[2]:
        values, U = torch.linalg.eigh(centred @ centred.mT)
        return U.flip(2), values.flip(1).clamp(min=TINY**2).sqrt()
    values, V = torch.linalg.eigh(centred.mT @ centred)
    S = values.flip(1).clamp(min=TINY**2).sqrt()
    return centred @ V.flip(2) / S[:, None], S


@dataclass(frozen=True)
class Region:
    """Which queries, and which balls of each size, are averaged; `None` stands for all."""

    queries: Tensor
    balls: tuple[Tensor, ...]


def everywhere(clues: Clues) -> Region:
    """The region that is all of X."""
    return Region(torch.arange(len(clues.queries)), tuple(torch.arange(len(balls.sines)) for balls in clues.balls))


def around(clues: Clues, centre: int, share: float = 0.25) -> Region:
    """The nearest `share` of queries and of balls around ball number `centre`."""
    away = (clues.X[clues.queries] - clues.X[clues.queries[centre]]).norm(dim=1)

    def closest(count: int) -> Tensor:
        return away[:count].topk(math.ceil(share * count), largest=False).indices

    return Region(closest(len(clues.queries)), tuple(closest(len(balls.sines)) for balls in clues.balls))


def evidence(clues: Clues, region: Region) -> Tensor:
    """One row of numbers for every candidate dimension j = 1, 2, …: what a judge reads.  -> (J, features)

    Each number compares what was seen with j: logarithms of the j-th and the next eigenvalue and of all that is
    left after it, at every size of ball; what quadratics leave; every estimate divided by j; and how X is as a whole.
    """
    rough = distance_estimates(clues, region) + angle_estimates(clues, region)
    most = max(1, min(clues.rank, MOST - 1, int(5 * max(rough) + 8)))
    j = torch.arange(1, most + 1)
    columns = [*_spectral(clues, region, j), *curved(clues, region, j)]
    columns += [math.log(max(value, 0.2)) - j.log() for value in rough]
    columns += [torch.full((most,), value) for value in scene(clues, region)]
    columns += [j.log(), math.log(clues.rank) - j.log()]
    return torch.stack([column.float() for column in columns], 1)


def distance_estimates(clues: Clues, region: Region) -> list[float]:
    r"""$(ψ(2k) − ψ(k)) / \overline{\log r_{2k}/r_k}$ at every doubling: what a flat uniform ball would be."""
    r = clues.near.distances[region.queries]
    estimates: list[float] = []
    for k in DOUBLINGS:
        if 2 * k > r.shape[1]:
            estimates.append(estimates[-1])
            continue
        digamma = torch.tensor([2.0 * k, k], dtype=r.dtype).digamma()
        ratio = (r[:, 2 * k - 1] / r[:, k - 1]).log().mean().clamp(min=1e-3)
        estimates.append(float((digamma[0] - digamma[1]) / ratio))
    return estimates


def angle_estimates(clues: Clues, region: Region, most: int = 400) -> list[float]:
    """One over the mean squared cosine, and the dimension of the mean sine, at every size of ball."""
    pairs = list(zip(clues.balls, region.balls, strict=True))
    cosines = [float(1 / balls.cosines[rows].mean().clamp(min=1e-3)) for balls, rows in pairs]
    return cosines + [dimension_of_skewness(float(balls.sines[rows].mean()), most) for balls, rows in pairs]


def _log(shares: Tensor) -> Tensor:
    return shares.clamp(min=6e-6).log()


def _spectral(clues: Clues, region: Region, j: Tensor) -> list[Tensor]:
    columns = []
    for balls, rows in zip(clues.balls, region.balls, strict=True):
        shares = balls.shares[rows]
        logs = shares.clamp(min=FLOOR).log().mean(0).clamp(min=-12)
        columns += [*_profile(shares.mean(0), j), logs[j - 1], logs[j]]
    return [*columns, *_profile(clues.spectrum, j)]


def _profile(shares: Tensor, j: Tensor) -> list[Tensor]:
    """Logarithms of the j-th eigenvalue, of the next one, and of the sum of all after the j-th."""
    return [_log(shares[j - 1]), _log(shares[j]), _log(_left(shares)[j - 1])]


def _left(shares: Tensor) -> Tensor:
    return (1 - shares.cumsum(0)).clamp(min=0)


def curved(clues: Clues, region: Region, j: Tensor) -> list[Tensor]:
    """What quadratics leave at j, and how much the j-th coordinate took; without them where points are few."""
    columns = []
    for balls, rows in zip(clues.balls, region.balls, strict=True):
        if balls.unexplained is None:
            continue
        left = _log(_left(balls.shares[rows].mean(0)))
        fitted = rows[rows < len(balls.unexplained)]
        quadratic = balls.unexplained[fitted].mean(0) if len(fitted) else torch.full((FITTED,), math.nan)
        left[:FITTED] = torch.where(quadratic.isnan(), left[:FITTED], _log(quadratic))
        before = torch.cat([left.new_zeros(1), left[:-1]])
        at = (j - 1).clamp(max=len(left) - 1)
        columns += [left[at], (before - left)[at]]
    return columns


def scene(clues: Clues, region: Region) -> list[float]:
    """How the size of balls grows with k, how uneven the density is, how many points there are and how close."""
    sizes = [float(balls.variance[rows].mean().log()) for balls, rows in zip(clues.balls, region.balls, strict=True)]
    r = clues.near.distances[region.queries]
    local = levina_bickel(r[:, :20]).log()
    eighth = r[:, min(7, r.shape[1] - 1)].log()
    growth = [size - sizes[0] for size in sizes[1:]]
    uneven = [float(local.std()), float(eighth.std())]
    return [*growth, sizes[0], *uneven, math.log(len(clues.X)), float(r[:, 0].mean().log())]
