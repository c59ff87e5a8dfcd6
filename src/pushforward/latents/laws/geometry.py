"""Points and their representatives, the frame, and geodesics."""

import math

import torch
from torch import Tensor
from torch.func import vmap

from pushforward.latents.laws.case import ALIKE, Case, broken, require
from pushforward.process import jvp
from pushforward.rng import normal

# What rounding may do in float64, through derivatives too.
TOLERANCE = 1e-5


def samples_are_points(case: Case) -> None:
    """Samples lie on the manifold and are written the canonical way."""
    z = case.latent.sample(len(case.z), seed=case.draws).double()
    off = _gap(case.latent.project(z), z)
    law = "samples must be points written the canonical way: `project(z)` is z"
    require(off <= TOLERANCE, law, f"it moves one by {off:.2g}", "sample or project")


def projecting_twice_is_once(case: Case) -> None:
    """`project` is idempotent, wherever it starts."""
    once = case.latent.project(case.z + normal(case.z.shape, seed=case.draws).double())
    off = _gap(case.latent.project(once), once)
    require(off <= TOLERANCE, "`project(project(z))` must be `project(z)`", f"they are {off:.2g} apart", "project")


def projecting_goes_to_what_is_near(case: Case) -> None:
    """What has moved by |v| and is projected is at most 2|v| away, as the point it came from is at most |v| away.

    Round a hole that lies between it may be π/2 times as far.
    """
    for scale in (0.05, 0.2):
        v = case.velocities(len(case.z), scale)
        back = case.latent.project(case.latent.move(case.z, v))
        ratio = float((case.latent.distance(case.z, back) / v.norm(dim=1)).max())
        law = "`project` must give the nearest point: what moved by |v| cannot come back farther than π|v| away"
        require(ratio <= math.pi, law, f"it comes back {ratio:.2g}|v| away", "project, move or distance")


def representatives_agree(case: Case) -> None:
    """All numbers that mean one point have the same features, and distance 0."""
    latent = case.latent
    for scale in (1, 3, 10):
        y = latent.move(case.z, case.velocities(len(case.z), scale))
        p = latent.project(y)
        a, b = latent.features(y), latent.features(p)
        apart, size = (a - b).abs().amax(1), 1 + a.abs().amax(1)
        far = latent.distance(y, p)
        differ = apart[(far <= ALIKE) & (apart > 1e-3 * size)]
        law = "features must be equal for all z that mean the same point (`distance` 0)"
        require(not len(differ), law, f"they are {_largest(differ)} apart", "features, project or distance")
        differ = far[(apart <= 1e-9 * size) & (far > 1e-3)]
        law = "points with the same features must have distance 0"
        require(not len(differ), law, f"it is {_largest(differ)}", "distance or features")


def frame_is_orthonormal(case: Case) -> None:
    """Fᵀ g F = I, and g is symmetric."""
    F, g = case.latent.frame(case.z), case.latent.metric(case.z)
    off = _gap(g, g.mT)
    require(off <= TOLERANCE, "`metric` must be symmetric", f"it is off by {off:.2g}", "metric")
    off = _gap(F.mT @ g @ F, torch.eye(case.latent.dim).to(F))
    law = "the frame must be orthonormal in the metric: Fᵀ g F = I"
    require(off <= TOLERANCE, law, f"it is off by {off:.2g}", "frame or metric")


def moving_starts_along_the_frame(case: Case) -> None:
    """`move(z, 0)` is z, and from there features change along `move` as along the frame, also under `vmap`."""
    latent, z = case.latent, case.z
    still = _gap(latent.move(z, z.new_zeros(len(z), latent.dim)), z)
    require(still <= ALIKE, "`move(z, 0)` must be z", f"it moves by {still:.2g}", "move")
    wanted = torch.stack([jvp(latent.features, (z,), (e,))[1] for e in latent.frame(z).unbind(2)], 2)
    off = _gap(_slopes(case), wanted)
    law = "the frame must be tangent: features must change along it as they do along `move` at v = 0"
    require(off <= TOLERANCE, law, f"they differ by {off:.2g}", "frame or move (smooth at v = 0?)")


def moving_has_constant_speed(case: Case) -> None:
    """The speed of t ↦ move(z, t v) is |v| at all times."""
    latent, z = case.latent, case.z
    v = case.velocities(len(z), 1.0)
    for t in (0.01, 0.3, 1.0):
        y, dy = jvp(lambda s: latent.move(z, s * v), (z.new_tensor(t),), (z.new_tensor(1.0),))[:2]
        speed = (dy[:, None] @ latent.metric(y) @ dy[:, :, None]).clamp_min(0).sqrt()[:, 0, 0]
        off = _gap(speed / v.norm(dim=1), torch.ones_like(speed))
        law = "`move(z, t v)` must have the speed |v| at all times t"
        require(off <= TOLERANCE, law, f"at t = {t} it is off by {off:.2g} of it", "move or metric")


def _slopes(case: Case) -> Tensor:
    """Derivatives of features(move(z, v)) in v at 0, point by point and direction by direction.  -> (n features dim)"""
    latent, directions = case.latent, torch.eye(case.latent.dim).to(case.z)

    def slope(z: Tensor, e: Tensor) -> Tensor:
        return jvp(lambda v: latent.features(latent.move(z[None], v[None]))[0], (torch.zeros_like(e),), (e,))[1]

    try:
        return vmap(vmap(slope, (None, 0)), (0, None))(case.z, directions).mT
    except RuntimeError as reason:
        law = "`move` and `features` must work under `torch.func.vmap` and `jvp`"
        broken(law, f"they raise: {str(reason).splitlines()[0]}", "move or features")


def _largest(values: Tensor) -> str:
    return f"{float(values.max()):.2g}" if len(values) else "none"


def _gap(value: Tensor, wanted: Tensor) -> float:
    """The greatest difference; infinite where there is NaN."""
    return float((value - wanted).abs().nan_to_num(torch.inf).max())
