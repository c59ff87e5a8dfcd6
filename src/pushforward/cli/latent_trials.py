"""The command that trains generators from several latents: which have the topology of the data?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from pushforward.cli.answer import kept, told
from pushforward.cli.command import Command, continuable, made, option, resumable, typed, usable
from pushforward.cli.generators import drawn, tensor

RESULT, PICTURE, CHECKPOINT = "latents.safetensors", "latents.png", "checkpoint.safetensors"


@dataclass(frozen=True, kw_only=True)
class TryLatents(Command):
    """From which latents a one-to-one generator of data can be trained; run again, it resumes."""

    inputs: Annotated[tyro.conf.Positional[str], option("FILE")]
    """Points, as the inputs of `train-generator`."""
    latents: Annotated[tuple[str, ...], option("LATENT ...")] = ()
    """Which are tried: `circle`, `sphere:2`, `torus:2`, …; by default those of the dimension of the data."""
    starts: int = 2
    """How often each is trained at least."""
    steps: int = 1500
    """How long each is trained at first."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-latents")
    """The folder for the results and the checkpoint; it is made if it is missing."""

    def run(self, arguments: Sequence[str]) -> int:
        """Load, train, read, draw."""
        from pushforward.cli.latents import parse_latent
        from pushforward.cli.load import load_batch
        from pushforward.cli.terminal import here
        from pushforward.manifold import try_latents

        usable(self.out, RESULT, PICTURE, CHECKPOINT)
        latents = [parse_latent(text) for text in self.latents] or None
        with here():
            X = tensor(load_batch(self.inputs, "FILE").value, self.inputs)
        checkpoint = self.out / CHECKPOINT
        options = {"starts": self.starts, "steps": self.steps, "checkpoint": checkpoint, "progress": True}
        with made(self.out), resumable(checkpoint, typed(arguments)):
            continuable(checkpoint)
            trials = try_latents(X, latents, seed=self.seed, **options)
        told(trials)
        kept("result", trials.save(self.out / RESULT))
        kept("picture", drawn(trials.plot(), self.out / PICTURE))
        return 0
