"""Rare clusters of the data, of which the game is shown more than there are: what is seldom seen is not learned."""

from dataclasses import dataclass

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


def reserve(inside: Tensor) -> Reserve | None:
    """The rare clusters of scaled points (n, *shape), which no neighbours join to the rest; None if there are none."""
    from scipy.sparse.csgraph import connected_components

    x = inside[:LOOKED_AT]
    if len(x) < 2 * FEWEST:
        return None
    labels = connected_components(neighbour_graph(x.flatten(1).cpu()), directed=False)[1]
    sizes = np.bincount(labels)
    sizes = np.where((sizes >= FEWEST) & (sizes >= RAREST * len(x)), sizes, 0)
    shares = sizes / len(x)
    due = np.minimum(min(SHOWN, 0.5 / max(1, np.count_nonzero(sizes))), TIMES * shares)
    more = np.where(sizes > 0, (due - shares).clip(0), 0.0)
    if not more.any():
        return None
    rows = np.flatnonzero(more[labels] > 0)
    weight = (more / sizes.clip(1))[labels[rows]]
    return Reserve(x[torch.from_numpy(rows)], torch.from_numpy(weight.cumsum() / weight.sum()), float(more.sum()))
