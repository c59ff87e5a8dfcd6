"""Features tell points apart, and an encoder's numbers are read back."""

import torch
from torch import Tensor

from pushforward.latents.connected import Connected
from pushforward.latents.laws.case import Case, require
from pushforward.process import jvp
from pushforward.rng import normal

# Far points have features at least this far apart, both relative to the farthest.
NEARNESS = 0.01
# Steps of the descent that finds codes for a point.
DESCENT = 400


def features_tell_points_apart(case: Case) -> None:
    """The distance of features is not much smaller than that of points: both relative to the greatest."""
    z = case.points(512)
    i, j = torch.triu_indices(len(z), len(z), 1)
    far = case.latent.distance(z[i], z[j])
    features = case.latent.features(z)
    apart = (features[i] - features[j]).norm(dim=1)
    finite = torch.isfinite(far)
    measure = torch.where(finite, far / far[finite].max() if finite.any() else far, 1.0)
    ratio = float((apart / apart.max() / measure.clamp_min(1e-12)).min())
    law = "features must tell points apart"
    require(ratio >= NEARNESS, law, f"some are {1 / max(ratio, 1e-12):.2g} times too near", "features or distance")


def right_codes_are_read(case: Case) -> None:
    """The codes that say z have no miss and decode to z; those that say something else miss."""
    latent, z = case.latent, case.z[:64]
    codes = _saying(case, z)
    missed = latent.miss(codes, z)
    law = "`miss` must be 0 where codes say z (features of z, or what descent on `miss` finds)"
    require(missed.abs() <= 1e-2, law, f"it is {float(missed.abs().max()):.2g}", "miss")
    points, logits = latent.decode(codes)
    best = points[torch.arange(len(z)), logits.argmax(1)]
    off = latent.distance(best, z)
    law = "`decode` must give z back where `miss` is 0"
    require(off <= 0.02 * _width(case), law, f"it is {float(off.max()):.2g} away", "decode, from_features or miss")
    other = case.points(len(z))
    far = latent.distance(z, other) > 0.1 * _width(case)
    law = "`miss` must be positive where codes say another point"
    require(latent.miss(codes, other)[far] > 1e-4, law, "for a point far away it is not", "miss")


def any_codes_are_read(case: Case) -> None:
    """Whatever an encoder gives is a point, written the canonical way, and has derivatives without NaN."""
    latent = case.latent
    noise = 2 * normal((256, latent.code_count), seed=case.draws).double()
    codes = torch.cat([noise, torch.zeros_like(noise[:1]), 1e-30 * noise[:1]]).requires_grad_()
    flat = latent.decode(codes).points.flatten(0, 1).detach()
    law = "`decode` must give points for any codes, written the canonical way"
    require(torch.isfinite(flat), law, "some are NaN or infinite", "decode or from_features")
    inside = case.inside(flat)
    off = (latent.project(flat) - flat).abs()[inside]
    require(off <= 1e-6, law, "`project` changes some", "decode, from_features or project")
    z = case.points(len(codes))
    ways = {"decode": lambda c: latent.decode(c).points, "miss": lambda c: latent.miss(c, z)}
    for name, way in ways.items():
        (backward,) = torch.autograd.grad(way(codes).sum(), codes)
        forward = jvp(way, (codes.detach(),), (torch.ones_like(noise[:1]).expand_as(codes),))[1]
        for mode, slope in {"reverse": backward, "forward": forward}.items():
            law = f"`{name}` must have finite derivatives for any codes, 0 too"
            require(torch.isfinite(slope), law, f"some in {mode} mode are NaN or infinite", name)


def _saying(case: Case, z: Tensor) -> Tensor:
    """Codes that say z: features where an encoder gives these, else where descent on `miss` ends."""
    latent = case.latent
    if isinstance(latent, Connected):
        return latent.features(z)
    codes = (0.1 * normal((len(z), latent.code_count), seed=case.draws).double()).requires_grad_()
    optimiser = torch.optim.Adam([codes], lr=0.2)
    for step in range(DESCENT):
        optimiser.param_groups[0]["lr"] = 0.2 * (1 - step / DESCENT)
        (codes.grad,) = torch.autograd.grad(latent.miss(codes, z).sum(), codes)
        optimiser.step()
    return codes.detach()


def _width(case: Case) -> float:
    return float(case.latent.spread.double().norm())
