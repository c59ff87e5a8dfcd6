"""Shapes, types, devices, seeds, and the way to disk."""

import json

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.latents.latent import Latent
from pushforward.latents.laws.case import Case, broken, require
from pushforward.latents.registry import load, save


def shapes(case: Case) -> None:
    """Everything has the shape the protocol says."""
    latent, n = case.latent, len(case.z)
    w, k, m = latent.width, latent.dim, latent.pieces
    wanted = {
        "spread": (k,),
        "features": (n, latent.feature_count),
        "decode(codes).points": (n, m, w),
        "decode(codes).logits": (n, m),
        "miss": (n,),
        "project": (n, w),
        "frame": (n, w, k),
        "metric": (n, w, w),
        "move": (n, w),
        "distance": (n,),
        "log_density": (n,),
    }
    values = {"spread": latent.spread, **_all(latent, case.z)}
    for name, shape in wanted.items():
        own = tuple(values[name].shape)
        require(own == shape, f"the shape of `{name}` must be {shape}", f"it is {own}", name)


def samples(case: Case) -> None:
    """As many as `n` says, none too; finite."""
    for n in (0, 1, 5):
        z = case.latent.sample(n, seed=0)
        shape, own = (n, case.latent.width), tuple(z.shape)
        require(own == shape, f"the shape of `sample({n})` must be {shape}", f"it is {own}", "sample")
        require(torch.isfinite(z), "samples must be finite", "some are NaN or infinite", "sample")


def types(case: Case) -> None:
    """Type and device follow the points, and the points stay as they are."""
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        for dtype in (torch.float32, torch.float64):
            z = case.z.to(device, dtype)
            original = z.clone()
            for name, value in _all(case.latent, z).items():
                evidence = f"it gives {value.dtype} on {value.device.type} from {dtype} on {device}"
                same = value.dtype == dtype and value.device.type == device
                require(same, f"`{name}` must have the type and device of the points", evidence, name)
            require(torch.equal(z, original), "its input must not be changed", "the points are", "what works in place")


def seeds(case: Case) -> None:
    """The same seed draws the same points, another one others, and torch's own random state is left alone."""
    latent, before = case.latent, torch.get_rng_state()
    first, again, other = (latent.sample(8, seed=seed) for seed in (0, 0, 1))
    law = "one seed must always draw the same points"
    require(torch.equal(first, again), law, "two draws with seed 0 differ", "sample, and draw by `pushforward.rng`")
    require(not torch.equal(first, other), "another seed must draw other points", "seeds 0 and 1 agree", "sample")
    untouched = torch.equal(torch.get_rng_state(), before)
    require(untouched, "torch's own random state must be left alone", "`sample` changes it", "sample")
    moving = [latent.sample(8, seed=case.draws) for _ in range(2)]
    differ = not torch.equal(*moving)
    require(differ, "a `torch.Generator` must go on from draw to draw", "two draws from one agree", "sample")


def spec(case: Case) -> None:
    """What is saved as JSON makes the same latent again."""
    latent = case.latent
    law, mend = "`load(save(latent))` must make the same latent again, by way of JSON", "spec and the constructor"
    try:
        twin = load(json.loads(json.dumps(save(latent))))
    except (TypeError, ValueError) as reason:  # BadInput is a ValueError
        kind = "" if isinstance(reason, BadInput) else f"{type(reason).__name__}: "
        broken(law, f"this happened: {kind}{reason}", mend)
    require(type(twin) is type(latent) and twin.spec() == latent.spec(), law, f"it makes {twin!r}", mend)
    alike = torch.equal(twin.sample(8, seed=0), latent.sample(8, seed=0))
    require(alike, law, f"{twin!r} draws other points", mend)
    for name, wanted in _all(latent, case.z).items():
        alike = torch.equal(_all(twin, case.z)[name], wanted)
        require(alike, law, f"`{name}` of {twin!r} is another", mend)


def _all(latent: Latent, z: Tensor) -> dict[str, Tensor]:
    """What all methods give at points z, by the name of the method."""
    v = z.new_ones(len(z), latent.dim)
    decoded = latent.decode(codes := torch.ones(len(z), latent.code_count, dtype=z.dtype, device=z.device))
    return {
        "features": latent.features(z),
        "decode(codes).points": decoded.points,
        "decode(codes).logits": decoded.logits,
        "miss": latent.miss(codes, z),
        "project": latent.project(z),
        "frame": latent.frame(z),
        "metric": latent.metric(z),
        "move": latent.move(z, v),
        "distance": latent.distance(z, z.flip(0)),
        "log_density": latent.log_density(z),
    }
