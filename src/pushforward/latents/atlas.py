"""Several cubes, each with a chart of its own: the latent that can cover any compact manifold."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pushforward.errors import BadInput
from pushforward.latents.cube import Cube
from pushforward.latents.latent import Decoded, Latent
from pushforward.latents.weights import checked_weights, draw_pieces, shares
from pushforward.rng import Seed, generator, integers


class Atlas(Latent):
    r"""`charts` cubes [−1, 1]^dim, as likely as `weights` say, or all alike. A point is (number of chart, coordinates).

    A connected cube cannot cover a sphere or separate classes without leaving the data; charts can. The encoder gives
    a logit and coordinates for each chart. Features are the chart one-hot and the coordinates.

    >>> Atlas(charts=4, dim=2).sample(3, seed=0).shape
    torch.Size([3, 3])
    """

    def __init__(self, charts: int, dim: int, weights: Sequence[float] | None = None):
        if charts < 1:
            raise BadInput(f"`Atlas(charts={charts}, dim={dim})`: at least one chart is needed. Use 1 or more.")
        self.weights = None if weights is None else checked_weights("Atlas", weights, charts, "chart")
        self.shares = shares(self.weights or [1.0] * charts)
        self.cube = Cube(dim)
        self.charts = self.pieces = charts
        self.dim, self.width, self.feature_count = dim, dim + 1, charts + dim
        self.code_count = charts * (dim + 1)

    def sample(self, n: int, *, seed: Seed) -> Tensor:
        """A chart at random, and a point of its cube."""
        draws = generator(seed)
        alike = self.weights is None
        chart = integers(self.charts, (n,), seed=draws) if alike else draw_pieces(n, self.shares, seed=draws)
        return torch.cat([chart[:, None].float(), self.cube.sample(n, seed=draws)], 1)

    def features(self, z: Tensor) -> Tensor:
        """The chart one-hot, and the coordinates."""
        which = z[:, :1].round() == torch.arange(self.charts, device=z.device)
        return torch.cat([which.to(z), z[:, 1:]], 1)

    def decode(self, codes: Tensor) -> Decoded:
        """One candidate in every chart."""
        n, m = len(codes), self.charts
        number = torch.arange(m, device=codes.device).to(codes).expand(n, m)[..., None]
        return Decoded(torch.cat([number, codes[:, m:].reshape(n, m, self.dim)], 2), codes[:, :m])

    def miss(self, codes: Tensor, z: Tensor) -> Tensor:
        """Cross-entropy of the chart, and squared distance of the coordinates in it."""
        chart = self.project(z)[:, 0].nan_to_num(0.0).long()  # what is no number is NaN in the coordinates, too
        points, logits = self.decode(codes)
        own = points[torch.arange(len(z), device=z.device), chart, 1:]
        return cross_entropy(logits, chart, reduction="none") + (own - z[:, 1:]).square().sum(1)

    def project(self, z: Tensor) -> Tensor:
        """The nearest chart number, and the nearest point of the cube."""
        return torch.cat([z[:, :1].round().clamp(0, self.charts - 1), self.cube.project(z[:, 1:])], 1)

    def frame(self, z: Tensor) -> Tensor:
        """The axes of the cube."""
        return torch.cat([z.new_zeros(len(z), 1, self.dim), self.cube.frame(z[:, 1:])], 1)

    def metric(self, z: Tensor) -> Tensor:
        """Euclidean in each chart; the number of the chart has no length."""
        return torch.diag_embed(torch.ones_like(z).index_fill(1, torch.tensor(0, device=z.device), 0))

    def move(self, z: Tensor, v: Tensor) -> Tensor:
        """Straight on in the same chart."""
        return torch.cat([z[:, :1], z[:, 1:] + v], 1)

    def distance(self, z: Tensor, y: Tensor) -> Tensor:
        """Euclidean within a chart, infinite between charts: how these are glued is for a generator to say."""
        apart = z[:, 0].round() != y[:, 0].round()
        return self.cube.distance(z[:, 1:], y[:, 1:]).masked_fill(apart, math.inf)

    def log_density(self, z: Tensor) -> Tensor:
        """That of the cube, and log of the chart's share."""
        chart = z[:, 0].round().long().clamp(0, self.charts - 1)
        return self.cube.log_density(z[:, 1:]) + torch.tensor(self.shares, dtype=torch.float64).log().to(z)[chart]

    def weighted(self, shares: Sequence[float]) -> "Atlas":
        """The same charts, as likely as the shares say."""
        return Atlas(self.charts, self.dim, shares)

    @property
    def spread(self) -> Tensor:
        """1/√3 along every axis."""
        return self.cube.spread

    def spec(self) -> dict[str, object]:
        """Number of charts and dimension, and weights if there are any."""
        weights: dict[str, object] = {} if self.weights is None else {"weights": list(self.weights)}
        return {"charts": self.charts, "dim": self.dim, **weights}
