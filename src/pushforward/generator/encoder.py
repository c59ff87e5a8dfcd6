"""A left inverse for a generator that is there already."""

import copy
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.generator.adversarial import POINTS, choose
from pushforward.generator.files import frozen
from pushforward.generator.layers import follow
from pushforward.generator.networks import Architecture, are_images
from pushforward.generator.scaling import Scaling, suited
from pushforward.points import Source, Statistics, batches, some, source, statistics
from pushforward.progress import Show, live
from pushforward.rng import generator, integers
from pushforward.training import delayed_interrupt, identity, packed, resumable, resume, unpack, write

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

BATCH = 128
# Samples that say the scale of what is generated.
SAMPLES = 1024
RATE = 1e-3
# How much the averaged weights keep per step.
KEEP = 0.998
RECORD = 100
# From one checkpoint to the next.
SECONDS = 60.0
KIND = "encoder.checkpoint"


class Learned(NamedTuple):
    """A trained encoder, the scaling it reads, what is known of the default networks, and some points of the data."""

    encoder: nn.Module
    scaling: Scaling
    architecture: Architecture | None
    ours: tuple[str, ...]
    points: Tensor | None


@resumable
def lesson(
    gen: "Generator",
    data: object,
    encoder: nn.Module | None,
    *,
    steps: int,
    seed: int,
    checkpoint: str | Path | None,
    show: Show,
) -> Learned:
    """An encoder for `gen`: a copy of the one given, of its own, or a default one, trained."""
    if steps < 1:
        raise BadInput(f"`train_encoder(steps={steps})`: at least one step is needed, some thousand are usual.")
    points = None if data is None else source(data, what="`train_encoder(data=...)`")
    if points is not None and points.shape != gen.shape:
        raise BadInput(
            f"`train_encoder(data=...)`: points of shape {points.shape} were given; this generator makes {gen.shape}. "
            "Give data such as it generates."
        )
    summary = statistics([gen.sample(SAMPLES, seed=seed)] if points is None else points.parts())
    start = _start(gen, encoder, summary, seed)
    net = teach(gen, start, points, summary, steps=steps, seed=seed, checkpoint=checkpoint, show=show)
    sample = None if points is None else some(points, POINTS, seed=seed)
    return start._replace(encoder=frozen(net), points=sample)


def _start(gen: "Generator", encoder: nn.Module | None, summary: Statistics, seed: int) -> Learned:
    """The encoder before training. One of the user's own reads the data as the generator's encoder always does."""
    if encoder is not None:
        _check_encoder(gen, encoder)
        if not any(True for _ in encoder.parameters()):
            raise BadInput(
                f"`train_encoder(encoder=...)`: this {type(encoder).__name__} has no parameters, so nothing could "
                "be trained. Give one with weights; one that is right goes to `Generator.wrap(..., encoder=...)`."
            )
        return Learned(encoder, gen.scaling, gen.architecture, tuple(p for p in gen.ours if p != "encoder"), None)
    if gen.encoder is not None:
        return Learned(gen.encoder, gen.scaling, gen.architecture, gen.ours, None)
    architecture = gen.architecture or Architecture.suited(gen.shape)
    net = architecture.build(gen.latent, seed=seed).encoder.to(gen.scaling.scale)
    scaling = suited(summary, images=are_images(gen.shape)).to(gen.scaling.scale) if gen.raw else gen.scaling
    return Learned(net, scaling, architecture, (*gen.ours, "encoder"), None)


def _check_encoder(gen: "Generator", encoder: nn.Module) -> None:
    """Raise `BadInput` for a network that does not make codes of what the generator makes."""
    x, needed = gen.scaling.inside(gen.sample(2, seed=0)), (2, gen.latent.code_count)
    try:
        with torch.no_grad():
            codes = encoder(x)
    except (TypeError, RuntimeError) as reason:
        raise BadInput(f"`train_encoder(encoder=...)` fails on a batch {tuple(x.shape)}: {reason}.") from reason
    given = tuple(codes.shape) if isinstance(codes, Tensor) else type(codes).__name__
    if given != needed:
        raise BadInput(f"`train_encoder(encoder=...)` makes {given} of 2 inputs; codes {needed} are needed.")


@dataclass
class Lesson:
    """All that changes while an encoder is trained: it, its running average, Adam's moments, the numbers to come."""

    net: nn.Module
    mean: nn.Module
    adam: torch.optim.Optimizer
    draws: torch.Generator
    step: int = 0

    def tensors(self) -> dict[str, Tensor]:
        """Everything but `step`, by name."""
        return packed(self.draws, {"net": self.net, "mean": self.mean}, {"adam": self.adam})

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """The inverse of `tensors`, into the same networks."""
        self.step = step
        unpack(tensors, self.draws, {"net": self.net, "mean": self.mean}, {"adam": self.adam})


def teach(
    gen: "Generator",
    start: Learned,
    data: Source | None,
    summary: Statistics,
    *,
    steps: int,
    seed: int,
    checkpoint: str | Path | None,
    show: Show,
) -> nn.Module:
    """The running average of an encoder trained to give back the latent points of samples and to reconstruct data."""
    order, first = integers(2**62, (2,), seed=seed).tolist()
    net = copy.deepcopy(start.encoder).train().requires_grad_(True)
    mean = copy.deepcopy(start.encoder).eval().requires_grad_(False)
    lesson = Lesson(net, mean, torch.optim.Adam(net.parameters(), RATE), generator(first))
    variance, same = (summary.deviation / float(start.scaling.scale)) ** 2, {}
    if checkpoint is not None:
        same = identity(
            steps=steps, seed=f"{order} {first}", generator=gen, encoder=net, scaling=start.scaling,
            data=f"{summary.count} {'samples' if data is None else 'points'}, {summary.fingerprint[:16]}",
        )  # fmt: skip
        resume(checkpoint, lesson, same, steps=steps, kind=KIND)
    points = None if data is None else batches(data, BATCH, seed=order, start=lesson.step)
    saved = time.monotonic()
    with delayed_interrupt() as interrupted, live(show, start=lesson.step, total=steps) as report:
        while lesson.step < steps:
            cycle, rebuilt = _practise(gen, start, lesson, None if points is None else next(points), variance, steps)
            if lesson.step % RECORD == 0:
                report({"step": lesson.step, "gap": 0.0, "cycle": float(cycle), "reconstruction": float(rebuilt)})
            stop, due = interrupted(), time.monotonic() - saved >= SECONDS
            if checkpoint is not None and (stop or due or lesson.step == steps):
                write(checkpoint, lesson, same, kind=KIND)
                saved = time.monotonic()
            if stop:
                raise KeyboardInterrupt
    return mean


def _practise(
    gen: "Generator", start: Learned, lesson: Lesson, x: Tensor | None, variance: float, steps: int
) -> tuple[Tensor, Tensor]:
    """One step, and its losses: of samples, and of data."""
    step, latent, inside = lesson.step + 1, gen.latent, start.scaling.inside
    lesson.adam.param_groups[0]["lr"] = RATE * min(1.0, max(0.05, 2 * (1 - step / steps)))
    z = latent.sample(BATCH, seed=lesson.draws).to(gen.scaling.scale)
    with torch.no_grad():
        samples = inside(gen(z))
    cycle = latent.miss(lesson.net(samples), z).mean()
    rebuilt = torch.zeros_like(cycle)
    if x is not None:
        x = x.to(gen.scaling.scale)
        rebuilt = _rebuilt(gen, start.scaling, lesson, x, variance)
    lesson.adam.zero_grad()
    (cycle + rebuilt).backward()
    lesson.adam.step()
    follow(lesson.mean, lesson.net, min(KEEP, (1 + step) / (10 + step)))
    lesson.step = step
    return cycle.detach(), rebuilt.detach()


def _rebuilt(gen: "Generator", scaling: Scaling, lesson: Lesson, x: Tensor, variance: float) -> Tensor:
    """Reconstruction, choice of the chart or component, and a price on codes outside the latent."""
    latent, x = gen.latent, scaling.inside(x)
    paint = lambda z: scaling.inside(gen(latent.project(z)))  # noqa: E731
    choice = choose(latent.decode(lesson.net(x)), x, paint, try_all=False, seed=lesson.draws)
    box = (latent.features(choice.z) - latent.features(latent.project(choice.z)).detach()).square().sum(1)
    return (choice.error / variance + 0.1 * choice.entropy + box).mean()
