"""The command about topology: what the data, or what a generator makes, look like as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from pushforward.cli.answer import kept, told
from pushforward.cli.command import Command, option, usable
from pushforward.cli.generators import drawn

RESULT, PICTURE = "topology.safetensors", "topology.png"


@dataclass(frozen=True, kw_only=True)
class TopologyOf(Command):
    """The topology of a generator or of data, from one fitted atlas; writes topology.png and topology.safetensors."""

    of: Annotated[tyro.conf.Positional[str], option("FILE")]
    """A generator that `train-generator` wrote, or inputs as for `train-generator`."""
    dim: Annotated[int | None, option("INT")] = None
    """The dimension, if you know it; at most 3."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-topology")
    """The folder for the results; it is made if it is missing."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, read, draw."""
        from torch import Tensor

        from pushforward.cli.generators import generator_or_data
        from pushforward.cli.terminal import here
        from pushforward.manifold import topology

        usable(self.out, RESULT, PICTURE)
        with here():
            source = generator_or_data(self.of)
        result = topology(source, seed=self.seed, dim=self.dim, progress=True)
        told(result)
        self.out.mkdir(parents=True, exist_ok=True)
        kept("result", result.save(self.out / RESULT))
        X = source if isinstance(source, Tensor) and len(result.layout) else None
        kept("picture", drawn(result.plot(X=X), self.out / PICTURE))
        return 0
