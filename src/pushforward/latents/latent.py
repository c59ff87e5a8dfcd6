"""What a latent space is: a manifold with a metric, a law on it, and coordinates a network can read and write."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from pushforward.latents.given import guard
from pushforward.rng import Seed

# A longer list of arguments is shown by its ends.
MANY = 6


class Decoded(NamedTuple):
    """What an encoder's numbers mean: one candidate point in each chart or component, and how likely each is.

    `points` (n, m, width), `logits` (n, m).

    >>> import torch
    >>> import pushforward as pf
    >>> codes = torch.tensor([[3.0, 0.0, 0.5, 0.1]])  # of two charts: two logits, then a coordinate of each
    >>> pf.latents.Atlas(charts=2, dim=1).decode(codes)
    Decoded(points=tensor([[[0.0000, 0.5000],
             [1.0000, 0.1000]]]), logits=tensor([[3., 0.]]))
    """

    points: Tensor
    logits: Tensor


class Latent(ABC):
    r"""A manifold $M$ of dimension `dim`, with a metric and a probability law.

    A point is `width` numbers z: angles, a unit vector, or the number of a chart or component and coordinates in it.
    Networks never see these, but `features`: smooth, injective, and equal for all z that mean the same point. A latent
    has one or several parts, `pieces` in all: charts of an atlas, components of a union.

    >>> import torch
    >>> import pushforward as pf
    >>> sphere = pf.latents.Sphere(2)
    >>> isinstance(sphere, pf.extend.Latent), sphere.dim, sphere.width, sphere.pieces
    (True, 2, 3, 1)
    """

    dim: int
    """Dimension of the manifold."""
    width: int
    """How many numbers a point z has."""
    feature_count: int
    """How many features a network reads."""
    code_count: int
    """How many numbers an encoder gives: see `decode`."""
    pieces: int
    """How many charts or components there are."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        guard(cls)

    @abstractmethod
    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """Points drawn from the law.  -> (n width)"""

    @abstractmethod
    def features(self, z: Tensor) -> Tensor:
        """What a network reads.  (n width) -> (n feature_count)"""

    @abstractmethod
    def decode(self, codes: Tensor) -> Decoded:
        """Points from what an encoder gives, differentiable wherever possible.  (n code_count) -> (n pieces width)"""

    @abstractmethod
    def miss(self, codes: Tensor, z: Tensor) -> Tensor:
        """How far an encoder's numbers are from saying z: 0 where they do, differentiable in the codes.  -> (n)"""

    @abstractmethod
    def project(self, z: Tensor) -> Tensor:
        """The nearest points of the manifold, written the canonical way.  (n width) -> (n width)"""

    def within(self, z: Tensor) -> Tensor:
        """The nearest points where the law has nearly all of its mass: `project`, where that says it.

        (n width) -> (n width)
        """
        return self.project(z)

    @abstractmethod
    def frame(self, z: Tensor) -> Tensor:
        """A basis of the tangent space, orthonormal in `metric`.  (n width) -> (n width dim)"""

    @abstractmethod
    def metric(self, z: Tensor) -> Tensor:
        """Inner products of tangent vectors written as `width` numbers.  (n width) -> (n width width)"""

    @abstractmethod
    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Where the geodesic from z with velocity `frame(z) @ v` is at time 1.  (n width), (n dim) -> (n width)

        Smooth in v, also at 0.
        Beyond a boundary it goes on straight; `project` brings it back.
        """

    @abstractmethod
    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Length of the shortest path; infinite between components that do not meet.  (n width), (n width) -> (n)"""

    @abstractmethod
    def log_density(self, z: Tensor) -> Tensor:
        """Log of the law's density with respect to the volume of `metric`.  (n width) -> (n)"""

    @abstractmethod
    def weighted(self, shares: Sequence[float]) -> "Latent":
        """The same manifold, its charts or components as likely as `shares` (pieces,) say."""

    @property
    @abstractmethod
    def spread(self) -> Tensor:
        """Standard deviation of the law along the directions of the frame: w ~ N(0, I) is `move(z, spread * w)`.

        Shape (dim,).
        On a closed manifold, that of the points as vectors (a circle of radius 1 has 1/√2).
        """

    @abstractmethod
    def spec(self) -> dict[str, object]:
        """The arguments of the constructor as JSON: `load(save(latent))` makes the same latent again."""

    def __repr__(self) -> str:
        return _call(type(self).__name__, self.spec())


def _call(name: str, arguments: dict[str, object]) -> str:
    """How the constructor is called: latents inside latents too."""
    return f"{name}({', '.join(f'{key}={_written(value)}' for key, value in arguments.items())})"


def _written(value: object) -> str:
    if isinstance(value, dict) and "latent" in value:
        return _call(value["latent"], {key: inner for key, inner in value.items() if key != "latent"})
    if not isinstance(value, list):
        return repr(value)
    parts = list(map(_written, value))
    return f"[{', '.join(parts if len(parts) <= MANY else [*parts[:2], '…', parts[-1]])}]"
