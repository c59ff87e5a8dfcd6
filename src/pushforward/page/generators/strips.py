"""What steps along the singular directions of a generator make."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.generator import Generator
from pushforward.manifold import Density

# In units of the latent's spread along a direction.
STEPS = (-2, -1, 0, 1, 2)
# Directions that are walked, at most.
DIRECTIONS = 5
# A step this far beyond the latent's edge, in units of its spread, has left it.
OUTSIDE = 1e-3


class Strip(NamedTuple):
    """What steps along one direction generate: `inputs` (5, *shape), and which steps met the latent's edge (5,)."""

    inputs: Tensor
    stopped: Tensor


@torch.no_grad()
def strip(density: Density, gen: Generator, which: int, j: int) -> Strip:
    """The inputs along singular direction j of an input."""
    v = density.latent_directions[which, j]
    spread = float((gen.latent.spread.to(v) * v).norm())
    z = density.points[which].expand(len(STEPS), -1)
    gone = gen.latent.move(z, torch.tensor(STEPS).to(v)[:, None] * spread * v)
    kept = gen.latent.project(gone)
    return Strip(gen(kept).cpu(), (gen.latent.distance(kept, gone) > OUTSIDE * spread).cpu())
