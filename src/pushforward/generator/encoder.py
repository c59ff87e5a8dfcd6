"""A left inverse for a generator that is there already."""

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.generator.adversarial import POINTS, choose
from pushforward.generator.files import frozen
from pushforward.generator.layers import follow
from pushforward.generator.networks import Architecture, are_images
from pushforward.generator.scaling import Scaling, suited
from pushforward.latents import Decoded
from pushforward.points import Source, Statistics, batches, some, source, statistics
from pushforward.progress import Show, live
from pushforward.rng import generator, integers

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

BATCH = 128
SAMPLES = 1024
"""Samples from which the scale of what is generated is taken."""
RATE = 1e-3
KEEP = 0.998
"""How much the averaged weights keep per step."""
RECORD = 100


class Learned(NamedTuple):
    """A trained encoder, the scaling it reads, what is known of the default networks, and some points of the data."""

    encoder: nn.Module
    scaling: Scaling
    architecture: Architecture | None
    ours: tuple[str, ...]
    points: Tensor | None


def lesson(gen: "Generator", data: Any, encoder: nn.Module | None, *, steps: int, seed: int, show: Show) -> Learned:
    """An encoder for `gen`: a copy of the one given, of its own, or a default one, trained."""
    if steps < 1:
        raise BadInput(f"`train_encoder(steps={steps})`: at least one step is needed, some thousand are usual.")
    points = None if data is None else source(data)
    if points is not None and points.shape != gen.shape:
        raise BadInput(
            f"`train_encoder(data=...)`: points of shape {points.shape} were given; this generator makes {gen.shape}. "
            "Give data such as it generates."
        )
    told = statistics([gen.sample(SAMPLES, seed=seed)] if points is None else points.parts())
    start = _start(gen, encoder, told, seed)
    net = teach(gen, start, points, told.deviation**2, steps=steps, seed=seed, show=show)
    held = None if points is None else some(points, POINTS, seed=seed)
    return start._replace(encoder=frozen(net), points=held)


def _start(gen: "Generator", encoder: nn.Module | None, told: Statistics, seed: int) -> Learned:
    """The encoder before training. One of the user's own reads the data as the generator's encoder always does."""
    if encoder is not None:
        return Learned(encoder, gen.scaling, gen.architecture, tuple(p for p in gen.ours if p != "encoder"), None)
    if gen.encoder is not None:
        return Learned(gen.encoder, gen.scaling, gen.architecture, gen.ours, None)
    architecture = gen.architecture or Architecture.suited(gen.shape)
    net = architecture.build(gen.latent, seed=seed).encoder.to(gen.scaling.scale)
    scaling = suited(told, images=are_images(gen.shape)).to(gen.scaling.scale) if gen.raw else gen.scaling
    return Learned(net, scaling, architecture, (*gen.ours, "encoder"), None)


def teach(
    gen: "Generator", start: Learned, data: Source | None, variance: float, *, steps: int, seed: int, show: Show
) -> nn.Module:
    """The running average of an encoder trained to give back the latent points of samples and to reconstruct data."""
    order, first = integers(2**62, (2,), seed=seed).tolist()
    draws, latent, inside = generator(first), gen.latent, start.scaling.inside
    net = copy.deepcopy(start.encoder).train().requires_grad_(True)
    mean = copy.deepcopy(start.encoder).eval().requires_grad_(False)
    points = None if data is None else batches(data, BATCH, seed=order)
    adam = torch.optim.Adam(net.parameters(), RATE)
    with live(show, start=0, total=steps) as report:
        for step in range(1, steps + 1):
            adam.param_groups[0]["lr"] = RATE * min(1.0, max(0.05, 2 * (1 - step / steps)))
            z = latent.sample(BATCH, seed=draws).to(gen.scaling.scale)
            with torch.no_grad():
                made = inside(gen(z))
            cycle = latent.miss(net(made), z).mean()
            rebuilt = torch.zeros_like(cycle)
            if points is not None:
                x = next(points).to(gen.scaling.scale)
                rebuilt = _rebuilt(gen, latent.decode(net(inside(x))), x, draws, variance)
            adam.zero_grad()
            (cycle + rebuilt).backward()
            adam.step()
            follow(mean, net, min(KEEP, (1 + step) / (10 + step)))
            if step % RECORD == 0:
                report({"step": step, "gap": 0.0, "cycle": cycle.item(), "reconstruction": rebuilt.item()})
    return mean


def _rebuilt(gen: "Generator", decoded: Decoded, x: Tensor, draws: torch.Generator, variance: float) -> Tensor:
    """Reconstruction, choice of the piece, and a price on codes outside the latent."""
    latent = gen.latent
    choice = choose(decoded, x, lambda z: gen(latent.project(z)), try_all=False, seed=draws)
    box = (latent.features(choice.z) - latent.features(latent.project(choice.z)).detach()).square().sum(1)
    return (choice.error / variance + 0.1 * choice.entropy + box).mean()
