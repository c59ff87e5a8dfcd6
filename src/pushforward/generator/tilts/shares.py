"""The shares of clusters that are apart: what a law is held to, for a rare one says little to its likelihood."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor

from pushforward.generator.inverse import CHUNK
from pushforward.generator.tilts.tilt import Tilt
from pushforward.points import nearest
from pushforward.rng import Seed

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

# Points of the latent's own law that say what share a cluster has; with fewer than so many a cluster is not held.
POOL, LEAST = 8192, 16
# What a nat of the shares costs, in nats of the likelihood: with 10, 1 % came out as 0.8 to 1.1 % in eight fits, and
# with 0 as 0.6 to 1.6 %; 100 does no better.
WEIGHT = 10.0


@dataclass(frozen=True, eq=False)
class Shares:
    """Latent points z (n, width), the cluster (n,) that each is made into, and the `due` share (k,) of each cluster."""

    z: Tensor
    labels: Tensor
    due: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, gen: "Generator", X: Tensor, labels: Tensor, *, seed: Seed) -> Self | None:
        """Those of data X (n, *shape) in clusters (m,) of its first points, −1 for none; None if there are not two."""
        known = labels >= 0
        if len(labels[known].unique()) < 2:
            return None
        z = gen.latent.sample(POOL, seed=seed).to(gen.device)
        rows = gen.scaling.inside(X[: len(labels)][known.to(X.device)]).flatten(1).float().cpu()
        made = torch.cat([gen.scaling.inside(gen(part)).flatten(1) for part in z.split(CHUNK)]).float().cpu()
        own = labels[known][nearest(made, rows, 1).indices[:, 0]]
        names, due = labels[known].unique(return_counts=True)
        held = torch.tensor([int((own == name).sum()) >= LEAST for name in names])
        if held.sum() < 2:
            return None
        number = torch.full((int(names.max()) + 1,), -1)
        number[names[held]] = torch.arange(int(held.sum()))
        inside = number[own] >= 0
        due = due[held].double() / due[held].sum()
        return cls(z[inside.to(z.device)], number[own][inside].to(z.device), due.float().to(z.device))

    def cost(self, tilt: Tilt, draws: torch.Generator) -> Tensor:
        """`WEIGHT` times the divergence of the law's shares from those that are due.  -> ()"""
        relative = tilt.unsettled(self.z, draws)
        each = torch.stack([relative[self.labels == k].logsumexp(0) for k in range(len(self.due))])
        return WEIGHT * (self.due * (self.due.log() - each.log_softmax(0))).sum()
