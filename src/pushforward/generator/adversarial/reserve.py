"""Rare clusters of the data, of which the game is shown more than there are: what is seldom seen is not learned."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.points import neighbour_graph
from pushforward.rng import Seed, generator, uniform

# Points among which clusters are looked for: 1 % of them are 50.
LOOKED_AT = 5000
# The least cluster, as a share and in points: what is less may be outliers.
RAREST, FEWEST = 0.003, 15
# A cluster is shown as often as this share of a batch, or half of an equal share, and at most so many times too often.
# With a tenth it takes a tenth of the latent, where a law can find it; its own share it gets from the law.
SHOWN, TIMES = 0.1, 10.0


@dataclass(frozen=True, eq=False)
class Reserve:
    """Scaled points (m, *shape) of rare clusters, the distribution function (m,) by which they are drawn, and which
    `share` of a batch is.
    """

    points: Tensor
    chances: Tensor
    share: float

    def mixed(self, x: Tensor, *, seed: Seed) -> Tensor:
        """The batch with some of its points replaced by rare ones."""
        u = uniform((round(self.share * len(x)),), seed=generator(seed), dtype=torch.float64)
        which = torch.searchsorted(self.chances, u).clamp_max(len(self.points) - 1)
        return torch.cat([self.points[which.to(x.device)].to(x), x[len(which) :]])


class Clusters(NamedTuple):
    """The cluster (m,) of each of the first m points, and how many of them each has; 0 for what may be outliers."""

    labels: np.ndarray
    sizes: np.ndarray

    @property
    def known(self) -> Tensor:
        """The cluster (m,) of each, −1 for what may be outliers."""
        return torch.from_numpy(np.where(self.sizes[self.labels] > 0, self.labels, -1)).long()

    @property
    def missing(self) -> np.ndarray:
        """By how much more of a batch each cluster is shown than its share."""
        shares = self.sizes / len(self.labels)
        due = np.minimum(min(SHOWN, 0.5 / max(1, np.count_nonzero(self.sizes))), TIMES * shares)
        return np.where(self.sizes > 0, (due - shares).clip(0), 0.0)


def clusters(inside: Tensor) -> Clusters | None:
    """Those of scaled points (n, *shape), which no neighbours join to the rest; None if none of them is rare."""
    from scipy.sparse.csgraph import connected_components

    x = inside[:LOOKED_AT]
    if len(x) < 2 * FEWEST:
        return None
    labels = connected_components(neighbour_graph(x.flatten(1).cpu()), directed=False)[1]
    sizes = np.bincount(labels)
    found = Clusters(labels, np.where((sizes >= FEWEST) & (sizes >= RAREST * len(x)), sizes, 0))
    return found if found.missing.any() else None


def reserve(inside: Tensor, found: Clusters | None) -> Reserve | None:
    """The rare ones of the `clusters` of scaled points (n, *shape); None if there are none."""
    if found is None:
        return None
    x, labels, sizes, more = inside[:LOOKED_AT], found.labels, found.sizes, found.missing
    rows = np.flatnonzero(more[labels] > 0)
    weight = (more / sizes.clip(1))[labels[rows]]
    return Reserve(x[torch.from_numpy(rows)], torch.from_numpy(weight.cumsum() / weight.sum()), float(more.sum()))
