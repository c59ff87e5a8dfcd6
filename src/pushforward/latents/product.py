"""Products: a point of each factor."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.connected import Connected
from pushforward.latents.latent import Latent
from pushforward.latents.registry import save
from pushforward.rng import Seed, generator


class Product(Connected):
    """A point of each of the `latents`, independent, one after another; metric, features and law are theirs.

    Raises `BadInput` unless all are connected.

    >>> from pushforward.latents import Circle, Interval
    >>> Product([Circle(), Interval()])  # a cylinder
    Product(latents=[Circle(), Interval()])
    """

    def __init__(self, latents: Sequence[Latent]):
        factors = [latent for latent in latents if isinstance(latent, Connected)]
        if not latents or len(factors) != len(latents):
            raise BadInput(
                f"`Product({list(latents)!r})`: at least one latent, and only connected ones, are needed. "
                "Instead of a product of unions make a union of products: `Disjoint([Product(...), Product(...)])`."
            )
        self.factors = factors
        self.dims, self.widths = [f.dim for f in factors], [f.width for f in factors]
        self.counts = [f.feature_count for f in factors]
        self.dim, self.width, self.feature_count = sum(self.dims), sum(self.widths), sum(self.counts)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """One factor after another."""
        draws = generator(seed)
        return torch.cat([f.sample(n, seed=draws) for f in self.factors], 1)

    def features(self, z: Tensor) -> Tensor:
        """Those of the factors, one after another."""
        return torch.cat(self._each(lambda f, y: f.features(y), z), 1)

    def from_features(self, features: Tensor) -> Tensor:
        """Each factor from its own."""
        parts = zip(self.factors, features.split(self.counts, 1), strict=True)
        return torch.cat([f.from_features(part) for f, part in parts], 1)

    def project(self, z: Tensor) -> Tensor:
        """Each factor for itself."""
        return torch.cat(self._each(lambda f, y: f.project(y), z), 1)

    def within(self, z: Tensor) -> Tensor:
        """Each factor for itself."""
        return torch.cat(self._each(lambda f, y: f.within(y), z), 1)

    def frame(self, z: Tensor) -> Tensor:
        """Those of the factors, in blocks."""
        return _blocks(self._each(lambda f, y: f.frame(y), z))

    def metric(self, z: Tensor) -> Tensor:
        """Those of the factors, in blocks."""
        return _blocks(self._each(lambda f, y: f.metric(y), z))

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Each factor for itself."""
        parts = zip(self.factors, z.split(self.widths, 1), v.split(self.dims, 1), strict=True)
        return torch.cat([f.move(y, part) for f, y, part in parts], 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """The root of the sum of squares (Pythagoras)."""
        parts = zip(self.factors, z.split(self.widths, 1), y.split(self.widths, 1), strict=True)
        return torch.stack([f.distance(a, b) for f, a, b in parts], 1).norm(dim=1)

    def log_density(self, z: Tensor) -> Tensor:
        """The sum."""
        return torch.stack(self._each(lambda f, y: f.log_density(y), z)).sum(0)

    @property
    def spread(self) -> Tensor:
        """Those of the factors, one after another."""
        return torch.cat([f.spread for f in self.factors])

    def spec(self) -> dict[str, object]:
        """The factors, saved."""
        return {"latents": [save(f) for f in self.factors]}

    def _each(self, compute: Callable[[Connected, Tensor], Tensor], z: Tensor) -> list[Tensor]:
        return [compute(f, y) for f, y in zip(self.factors, z.split(self.widths, 1), strict=True)]


def _blocks(parts: list[Tensor]) -> Tensor:
    """Matrices (n, a, b), (n, c, d), … as the blocks of one (n, a + c + …, b + d + …)."""
    columns = sum(part.shape[2] for part in parts)
    starts = [sum(part.shape[2] for part in parts[:i]) for i in range(len(parts))]
    padded = [
        torch.nn.functional.pad(part, (start, columns - start - part.shape[2]))
        for start, part in zip(starts, parts, strict=True)
    ]
    return torch.cat(padded, 1)
