"""Unions of latents that do not meet: data in several components."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from pushforward.errors import BadInput
from pushforward.latents.connected import Connected
from pushforward.latents.latent import Decoded, Latent
from pushforward.latents.registry import save
from pushforward.latents.weights import checked_weights, draw_pieces, shares
from pushforward.rng import Seed, generator


class Disjoint(Latent):
    r"""The union of `latents`, far apart; each has its share of the law as `weights` say, or all the same.

    A point is the number of its component, then a point of that, then as many 0 as are needed for the widest.
    Features are the component one-hot, then its features, filled up alike. Codes are a logit for each component, then
    the codes of each. Raises `BadInput` unless all latents are connected and of one dimension.

    >>> from pushforward.latents import Circle, Interval
    >>> latent = Disjoint([Circle(), Interval()])
    >>> latent.features(torch.tensor([[0.0, 0.0], [1.0, 0.5]]))
    tensor([[1.0000, 0.0000, 1.0000, 0.0000],
            [0.0000, 1.0000, 0.5000, 0.0000]])
    """

    def __init__(self, latents: Sequence[Latent], weights: Sequence[float] | None = None):
        parts = [latent for latent in latents if isinstance(latent, Connected)]
        if not latents or len(parts) != len(latents) or len({latent.dim for latent in latents}) > 1:
            raise BadInput(
                f"`Disjoint({list(latents)!r})`: at least one latent is needed, all connected and of one dimension. "
                "Give the components of a union one by one; add a dimension by `Product([latent, Interval()])`."
            )
        self.parts, self.weights = parts, checked_weights("Disjoint", weights, len(parts), "component")
        self.shares = shares(self.weights)
        self.dim, self.pieces = parts[0].dim, len(parts)
        self.width = 1 + max(p.width for p in parts)
        self.feature_count = self.pieces + max(p.feature_count for p in parts)
        self.counts = [p.code_count for p in parts]
        self.code_count = self.pieces + sum(self.counts)
        self.somewhere = [p.sample(1, seed=0) for p in parts]

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """A component with the probabilities of the weights, and a point of it."""
        draws = generator(seed)
        number = draw_pieces(n, self.shares, seed=draws)
        z = torch.zeros(n, self.width, dtype=torch.float32)
        z[:, 0] = number.float()
        for i, part in enumerate(self.parts):
            here = number == i
            z[here, 1 : 1 + part.width] = part.sample(int(here.sum()), seed=draws)
        return z

    def features(self, z: Tensor) -> Tensor:
        """The component one-hot, and its features."""
        number = torch.arange(self.pieces, device=z.device)
        which = (z[:, :1].round() == number).to(z)
        return torch.cat([which, self._each(z, lambda _, p, y: p.features(y), self.feature_count - self.pieces)], 1)

    def decode(self, codes: Tensor) -> Decoded:
        """One candidate in every component."""
        points = [
            self._named(i, part.from_features(own))
            for i, (part, own) in enumerate(zip(self.parts, self._split(codes), strict=True))
        ]
        return Decoded(torch.stack(points, 1), codes[:, : self.pieces])

    def miss(self, codes: Tensor, z: Tensor) -> Tensor:
        """Cross-entropy of the component, and the squared distance of the features in it."""
        own = self._split(codes)
        inside = self._each(z, lambda i, p, y: p.miss(own[i], y))
        return cross_entropy(codes[:, : self.pieces], self._number(z).long(), reduction="none") + inside

    def project(self, z: Tensor) -> Tensor:
        """The nearest number of a component, and the nearest point of that."""
        z = torch.cat([self._number(z)[:, None], z[:, 1:]], 1)
        return torch.cat([z[:, :1], self._each(z, lambda _, p, y: p.project(y), self.width - 1)], 1)

    def within(self, z: Tensor) -> Tensor:
        """The nearest number of a component, and that component's nearest point with much of its law."""
        z = torch.cat([self._number(z)[:, None], z[:, 1:]], 1)
        return torch.cat([z[:, :1], self._each(z, lambda _, p, y: p.within(y), self.width - 1)], 1)

    def frame(self, z: Tensor) -> Tensor:
        """That of the component."""
        return pad(self._each(z, lambda _, p, y: p.frame(y), self.width - 1, self.dim), (0, 0, 1, 0))

    def metric(self, z: Tensor) -> Tensor:
        """That of the component; its number has no length."""
        return pad(self._each(z, lambda _, p, y: p.metric(y), self.width - 1, self.width - 1), (1, 0, 1, 0))

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """On in the same component."""
        return torch.cat([z[:, :1], self._each(z, lambda _, p, y: p.move(y, v), self.width - 1)], 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """That in the component; infinite to another."""
        within = self._each(z, lambda i, p, inner: p.distance(inner, self._inside(i, y)))
        return within.masked_fill(self._number(z) != self._number(y), math.inf)

    def log_density(self, z: Tensor) -> Tensor:
        """That in the component, and log of its weight."""
        return self._each(z, lambda i, p, y: p.log_density(y) + math.log(self.shares[i]))

    @property
    def spread(self) -> Tensor:
        """The root mean square of those of the components."""
        squares = torch.stack([p.spread.square() for p in self.parts])
        return (torch.tensor(self.shares) @ squares).sqrt()

    def weighted(self, shares: Sequence[float]) -> "Disjoint":
        """The same components, as likely as the shares say."""
        return Disjoint(self.parts, shares)

    def spec(self) -> dict[str, object]:
        """The components, saved, and the weights."""
        return {"latents": [save(p) for p in self.parts], "weights": list(self.weights)}

    def _number(self, z: Tensor) -> Tensor:
        return z[:, 0].nan_to_num(0.0).round().clamp(0, self.pieces - 1)  # what is no number is NaN in the others, too

    def _named(self, i: int, y: Tensor) -> Tensor:
        """Points of component i as points of the union."""
        return pad(torch.cat([torch.full_like(y[:, :1], i), y], 1), (0, self.width - 1 - y.shape[1]))

    def _split(self, codes: Tensor) -> tuple[Tensor, ...]:
        return codes[:, self.pieces :].split(self.counts, 1)

    def _inside(self, i: int, z: Tensor) -> Tensor:
        """Points of component i: those of z that are in it, and any other point instead of the rest."""
        here = (self._number(z) == i)[:, None]
        return torch.where(here, z[:, 1 : 1 + self.parts[i].width], self.somewhere[i].to(z))

    def _each(self, z: Tensor, compute: Callable[[int, Connected, Tensor], Tensor], *shape: int) -> Tensor:
        """What each point's own component computes, filled up with 0 to (n, *shape).

        Every component computes for all points: a choice by index could not be mapped by `vmap`.
        """
        number, out = self._number(z), z.new_zeros(len(z), *shape)
        for i, part in enumerate(self.parts):
            value = compute(i, part, self._inside(i, z))
            missing = [whole - own for whole, own in zip(shape, value.shape[1:], strict=True)]
            value = pad(value, [side for gap in reversed(missing) for side in (0, gap)])
            out = torch.where((number == i).reshape(-1, *(1 for _ in shape)), value, out)
        return out
