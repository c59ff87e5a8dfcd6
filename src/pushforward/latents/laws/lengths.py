"""Distances: the axioms of a metric space, and that they are lengths of shortest paths."""

import torch
from torch import Tensor

from pushforward.latents.laws.case import Case, require

# In how many places a path is examined.
PLACES = 16
# Between how many pairs of points one half way is looked for, and among how many.
PAIRS, THROUGH = 64, 4096
# Up to this dimension so many points are dense enough.
LOW = 3


def axioms(case: Case) -> None:
    """Zero to itself, symmetric, positive, and no detour is shorter."""
    distance, z = case.latent.distance, case.z
    y, x = case.points(len(z)), case.points(len(z))
    there, back, to, on = distance(z, y), distance(y, z), distance(z, x), distance(x, y)
    itself = distance(z, z)
    require(itself.abs() <= 1e-6, "`distance(z, z)` must be 0", f"it is {float(itself.max()):.2g}", "distance")
    positive = (there > 0) | case.same(z, y)
    require(positive, "`distance` of different points must be positive", f"it is {float(there.min()):.2g}", "distance")
    alike = torch.isclose(there, back, rtol=1e-6, atol=1e-6)
    law = "`distance` must be the same there and back"
    require(alike, law, f"they are {_worst(alike, there)} and {_worst(alike, back)}", "distance")
    short = there <= (to + on) * (1 + 1e-6) + 1e-6
    law = "`distance` must obey the triangle inequality"
    require(short, law, f"by way of a third point {_worst(short, there)} becomes {_worst(short, to + on)}", "distance")


def short_paths_are_shortest(case: Case) -> None:
    """`distance(z, move(z, v))` is |v| for small v."""
    v = case.velocities(len(case.z), 1e-3)
    y = case.latent.move(case.z, v)
    off = (case.latent.distance(case.z, y) / v.norm(dim=1) - 1).abs() * case.inside(y)
    law = "`distance(z, move(z, v))` must be |v| for small v"
    require(off <= 1e-3, law, f"it is off by {float(off.max()):.2g} of it", "distance or move")


def no_path_is_shorter(case: Case) -> None:
    """The path t ↦ move(z, t v), where it stays inside, is at least as long as the distance of its ends."""
    latent, z = case.latent, case.z
    v = case.velocities(len(z), 2.0)
    times = [i / PLACES for i in range(1, PLACES + 1)]
    inside = torch.stack([case.inside(latent.move(z, t * v)) for t in times]).all(0)
    ratio = (latent.distance(z, latent.move(z, v)) / v.norm(dim=1)) * inside
    law = "`distance` must not exceed the length of any path"
    require(ratio <= 1.001, law, f"it is {float(ratio.max()):.3g} times that of one of `move`", "distance or move")


def distances_are_lengths(case: Case) -> None:
    """Between two points there is one half way: distances are lengths of paths in the manifold, not of shortcuts."""
    if case.latent.dim > LOW:
        return
    a, b, through = case.points(PAIRS), case.points(PAIRS), case.points(THROUGH)
    there = case.latent.distance(a, b)
    from_both = [torch.maximum(_to(case, p, through), _to(case, q, through)) for p, q in zip(a, b, strict=True)]
    half = torch.stack(from_both).amin(1)
    holds = ~torch.isfinite(there) | (half <= there / 2 * 1.02 + 2 * _spacing(case, through))
    law = "`distance` must be the length of a path: there must be a point half way between two others"
    evidence = f"where it is {_worst(holds, there)}, the best is {_worst(holds, half)} from one of both"
    require(holds, law, evidence, "distance")


def _to(case: Case, point: Tensor, others: Tensor) -> Tensor:
    return case.latent.distance(point.expand_as(others), others)


def _spacing(case: Case, points: Tensor) -> float:
    """The distance to the nearest of the points from most places."""
    probes = case.points(128)
    return float(torch.stack([_to(case, p, points).min() for p in probes]).quantile(0.95))


def _worst(holds: Tensor, values: Tensor) -> str:
    return f"{float(values[~holds][0]):.3g}" if not holds.all() else ""
