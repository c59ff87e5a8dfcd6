"""Parts of dimension 3: the cells of landmarks grow, and all points of the atlas are witnesses of where they meet."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.topologies.complexes import Complex, voronoi_nerve
from pushforward.manifold.topologies.groups import fundamental_group
from pushforward.manifold.topologies.homology import betti
from pushforward.manifold.topologies.sampled import Place, Sample, images
from pushforward.manifold.topologies.solid_names import loops_of
from pushforward.points import nearest
from pushforward.rng import Seed, sample

# Witnesses for each landmark, so that cells that meet are seen to meet, and landmarks at least and at most.
WITNESSES, LEAST, MOST = 100, 60, 175
# The same for loops alone.
FINER, FINEST = 40, 400
# Cells have grown by so many radii of the cover when what counts must be there: less leaves gaps between random
# witnesses, which look like hollows, more fills loops (chosen on spheres, tori, lens spaces of order 3 to 7, balls).
GROWN = 0.44
# The fundamental group must be the same at this share of it: loops filled between the two are as short as can be seen.
BEFORE = 0.8
COVERED = 0.995
# So far, in radii, points are moved to the corners of cells.
MOVED = 0.7
ROUNDS = 3


def landmarks_of(witnesses: int, share: float) -> int:
    """How many landmarks so many witnesses are enough for."""
    return round(share * min(MOST, max(LEAST, witnesses // WITNESSES)))


class Witnesses(NamedTuple):
    """Points (n d) of a part, the directions (n d 3) that it has there, and the scale (n,) of their places."""

    y: Tensor
    frames: Tensor
    scale: Tensor


def witnesses_of(place: Place, part: Sample, share: float, *, seed: Seed) -> Witnesses:
    """A share of all points of a part, with directions of the nearest ones of a sample of it."""
    which = sample(len(place.z), round(share * len(place.z)), seed=seed)
    y = images(place.gen, place.z[which]).float().cpu()
    return Witnesses(y, part.frames[nearest(y, part.y).indices[:, 0]], place.scale[which])


def cells(
    marks: Tensor, witnesses: Tensor, frames: Tensor, scale: Tensor, *, until: float, dim: int
) -> tuple[Complex, float]:
    """The nerve of growing cells around marks (m d), up to simplices of `dim`, and the radius of their cover.

    Both are in scales of their places; cells are grown to `until` radii.
    """
    apart = torch.cdist(marks, witnesses) / scale
    radius = float(apart.min(0).values.quantile(COVERED))
    for _ in range(ROUNDS):
        meet = corners(marks, witnesses, frames, radius * scale)
        witnesses, frames, scale = meet.y, frames[meet.which], scale[meet.which]
        apart = torch.cat([apart, torch.cdist(marks, witnesses) / scale], 1)
    return voronoi_nerve(apart.double().numpy(), dim=dim, until=until * radius), radius


class Moved(NamedTuple):
    """Points y (c d), and the numbers of those that they come from."""

    y: Tensor
    which: Tensor


def corners(y: Tensor, witnesses: Tensor, frames: Tensor, radius: Tensor) -> Moved:
    """Witnesses (n d) moved along their tangent spaces to where they are as far from the nearest four of y (m d).

    Four cells meet there, and random points miss it by more than cells have grown. Only points on the way of at most a
    share of the radius (n,) are moved: data are near them.
    """
    apart, near = torch.cdist(witnesses, y).topk(4, largest=False)
    sides = 2 * (y[near[:, 1:]] - y[near[:, :1]]) @ frames  # (n 3 3)
    step, singular = torch.linalg.solve_ex(sides, apart[:, 1:].square() - apart[:, :1].square())
    which = torch.nonzero((singular == 0) & (step.norm(dim=1) <= MOVED * radius))[:, 0]
    return Moved(witnesses[which] + (frames[which] @ step[which, :, None])[..., 0], which)


def group_of(part: Sample, witnesses: Witnesses) -> tuple[str | None, int]:
    """The fundamental group, if cells of many landmarks have it for a while as they grow, and b₁ over Z₂.

    It needs no simplices above triangles, so that landmarks may be finer than for homology: the first points of the
    sample, which are spread evenly.
    """
    marks = part.y[: min(FINEST, max(LEAST, len(witnesses.y) // FINER))]
    nerve, radius = cells(marks, *witnesses, until=GROWN, dim=2)
    groups = {fundamental_group(nerve.until(share * GROWN * radius)) for share in (BEFORE, 1.0)}
    group = groups.pop() if len(groups) == 1 else None
    return group, betti(nerve, p=2)[1] if group is None else loops_of(group, 2)
