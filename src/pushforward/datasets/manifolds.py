"""Data on known manifolds: a latent space, a known law on it, and a fixed smooth map into many dimensions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import vmap

from pushforward import latents
from pushforward.arguments import checked
from pushforward.datasets.surfaces import RoundDisc, RoundTorus
from pushforward.errors import BadInput, UnknownDataset
from pushforward.latents import Latent
from pushforward.process import jvp
from pushforward.rng import Seed, generator, normal, uniform

LATENTS: dict[str, Callable[[], Latent]] = {
    "interval": latents.Interval,
    "circle": latents.Circle,
    "figure eight": latents.FigureEight,
    "two circles": lambda: latents.Disjoint([latents.Circle(), latents.Circle()]),
    "disc": RoundDisc,
    "annulus": latents.Annulus,
    "moebius": latents.Moebius,
    "sphere": lambda: latents.Sphere(2),
    "sphere 4": lambda: latents.Sphere(4),
    "torus": lambda: latents.Torus(2),
    "torus in space": lambda: RoundTorus(4 / 3, 8 / 15),
    "klein": latents.Klein,
    "projective plane": latents.ProjectivePlane,
    "square": lambda: latents.Cube(2),
    "cube 3": lambda: latents.Cube(3),
}
# Seed of the map into the ambient space: the same for all data.
MAP = 1
# How strong the bent part of the map is against its linear part.
BEND = 0.5
Tilt = Callable[[Tensor], Tensor]
"""The logarithm of what a latent's own density is multiplied with, up to a constant.  (n width) -> (n)"""
# So many draws for one point are too many; that is judged after at least so many in all.
RARE, SOME = 40_000, 2**18
# By how much a tilt may be above 0: a narrow law's bound is taken over samples.
TOLERATED = 1e-3
# Latent points with which a tilted law is normalised: an error of about 0.002 nats.
NORMALISING = 2**18


class Embedding(NamedTuple):
    """x = A f + BEND · sin(2 B f + b).  A, B (f, d), b (d,)"""

    A: Tensor
    B: Tensor
    b: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """(n f) -> (n d)"""
        return features @ self.A + BEND * (2 * features @ self.B + self.b).sin()


@dataclass(frozen=True, eq=False, repr=False)
class Manifold:
    """Points (n, d) of a known manifold, the latent points z (n, width) they come from, and the truth about both.

    `log_density` (n,) is exact where there is no noise: of the law pushed forward by `map`, per volume of the manifold.

    >>> import pushforward as pf
    >>> torus = pf.datasets.manifold("torus", 100, seed=0)
    >>> torus.points.shape, torus.z.shape, torus.latent
    (torch.Size([100, 50]), torch.Size([100, 2]), Torus(dim=2, radii=[1.0, 1.0]))
    """

    name: str
    points: Tensor
    z: Tensor
    latent: Latent
    log_density: Tensor
    noise: float

    embedding: "Embedding"

    @checked
    def map(self, z: Tensor) -> Tensor:
        """The map into the ambient space, in float64.  (n width) -> (n d)"""
        return self.embedding(self.latent.features(z.double()))

    def __repr__(self) -> str:
        n, d = self.points.shape
        return f"Manifold({self.name}: {n} points of dimension {self.latent.dim} in {d}, noise {self.noise:g})"


@checked
def manifold(
    name: str | Latent,
    n: int,
    *,
    seed: Seed,
    noise: float = 0.0,
    ambient: int = 50,
    concentration: float = 0.0,
    centres: Sequence[Sequence[float]] | Tensor | None = None,
    tilt: Tilt | None = None,
) -> Manifold:
    r"""Points of a known manifold in R^ambient, and their density.

    `name` is one of `LATENTS`, or any latent of your own. Points are latent points' features f under the fixed map
    $x = A f + \tfrac12 \sin(2 B f + b)$ with random A, B, b, an embedding if there are many more coordinates than
    features; then isotropic noise of standard deviation `noise` per coordinate is added. The law on the latent is its
    own, tilted to $p(z) \propto \sum_j e^{\kappa \langle f(z), f(c_j) \rangle}$ with κ = `concentration` and
    latent points c_j = `centres` (by default one random one): von Mises laws on a circle, their products on a torus,
    von Mises–Fisher on a sphere, and mixtures of them. Any other law: `tilt(z)` (n,) is the logarithm of what the
    latent's own density is multiplied with, up to a constant, and nowhere above 0.

    Raises `UnknownDataset` for an unknown name, `BadInput` for impossible numbers.

    >>> data = manifold("circle", 5, seed=0)
    >>> data.points.shape, data.latent.dim
    (torch.Size([5, 50]), 1)
    """
    latent = _latent(name)
    if n < 1 or ambient < latent.feature_count:
        raise BadInput(
            f"`manifold({name!r}, {n}, ambient={ambient})`: at least one point and {latent.feature_count} coordinates "
            "are needed."
        )
    if not (0 <= noise < math.inf and 0 <= concentration < math.inf):
        raise BadInput(
            f"`manifold(noise={noise}, concentration={concentration})`: numbers of 0 or more are needed; 0 is none."
        )
    if tilt is not None and (concentration or centres is not None):
        raise BadInput("`manifold(tilt=...)` is a whole law: leave `concentration` and `centres` out.")
    draws = generator(seed)
    tilt = tilt or _tilt(latent, concentration, _centres(latent, centres, draws), draws)
    z = _tilted(latent, n, tilt, draws)
    lift = embedding(latent.feature_count, ambient)
    exact = lift(latent.features(z.double()))
    points = exact + noise * normal(exact.shape, seed=draws, dtype=torch.float64)
    truth = latent.log_density(z.double()) + tilt(z) - _normaliser(latent, tilt) - _log_volume(latent, z, lift)
    title = name if isinstance(name, str) else type(name).__name__
    return Manifold(title, points.float(), z, latent, truth, noise, lift)


def _latent(name: str | Latent) -> Latent:
    if isinstance(name, Latent):
        return name
    if name not in LATENTS:
        raise UnknownDataset(f"there is no manifold {name!r}. There are: {', '.join(LATENTS)}; or give a latent.")
    return LATENTS[name]()


def _centres(latent: Latent, centres: Sequence[Sequence[float]] | Tensor | None, draws: torch.Generator) -> Tensor:
    if centres is None:
        return latent.sample(1, seed=draws)
    try:
        rows = torch.as_tensor(centres)
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(f"`manifold(centres=...)`: rows of {latent.width} numbers are needed ({reason}).") from reason
    if rows.ndim != 2 or rows.shape[1] != latent.width or not len(rows):
        raise BadInput(f"`manifold(centres=...)`: rows (m, {latent.width}) are needed, not {tuple(rows.shape)}.")
    return rows


def _tilt(latent: Latent, concentration: float, centres: Tensor, draws: torch.Generator) -> Tilt:
    """Towards the centres; nowhere above 0."""
    to = latent.features(centres.double())
    features = latent.features(latent.sample(4096, seed=draws).double()).norm(dim=1).max()
    bound = float(concentration * features * to.norm(dim=1).max()) + math.log(len(centres))
    return lambda z: (concentration * latent.features(z.double()) @ to.T).logsumexp(1) - bound


def _tilted(latent: Latent, n: int, tilt: Tilt, draws: torch.Generator) -> Tensor:
    """Rejection sampling: exact, and slow only where the law is very narrow."""
    points: list[Tensor] = []
    drawn = kept = 0
    while kept < n:
        if drawn > max(SOME, RARE * (kept + 1)):
            raise BadInput(
                f"`manifold`: the law is too narrow to draw from, {kept} of {drawn} draws were kept. Choose a smaller "
                "`concentration`, or a `tilt` that is 0 at its highest."
            )
        z = latent.sample(4 * n, seed=draws)
        height = tilt(z)
        if (height > TOLERATED).any():
            raise BadInput(
                f"`manifold(tilt=...)`: {float(height.max()):.3g} at some points; logarithms of at most 0 are needed. "
                "Subtract the largest."
            )
        points.append(z[uniform((len(z),), seed=draws).double().log() < height])
        drawn, kept = drawn + len(z), kept + len(points[-1])
    return torch.cat(points)[:n]


def _normaliser(latent: Latent, tilt: Tilt) -> float:
    """Of a tilted law, by averaging over the latent's own."""
    z = latent.sample(NORMALISING, seed=0)
    return float(tilt(z).logsumexp(0)) - math.log(len(z))


def embedding(f: int, ambient: int) -> Embedding:
    """The fixed map of f features into `ambient` dimensions: the same for every latent with as many."""
    draws = generator(MAP)
    A, B = (normal((f, ambient), seed=draws, dtype=torch.float64) / f**0.5 for _ in range(2))
    return Embedding(A, B, 2 * math.pi * uniform((ambient,), seed=draws, dtype=torch.float64))


def _log_volume(latent: Latent, z: Tensor, embedding: Embedding) -> Tensor:
    """½ log det JᵀJ of the map in the latent's frame, in float64.  (n width) -> (n)"""
    z = z.double()
    still = z.new_zeros(len(z), latent.dim)
    along = lambda v: jvp(  # noqa: E731
        lambda w: embedding(latent.features(latent.move(z, w))), (still,), (v.expand_as(still),)
    )[1]
    J = vmap(along)(torch.eye(latent.dim, dtype=torch.float64)).permute(1, 2, 0)  # (k n d) -> (n d k)
    return torch.linalg.svdvals(J).log().sum(1)
