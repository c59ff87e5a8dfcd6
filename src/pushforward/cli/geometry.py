"""The commands about a generator's geometry: the shortest path between two inputs, and a change carried along it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from pushforward.cli.answer import kept, say, told
from pushforward.cli.command import Command, option, usable
from pushforward.cli.generators import drawn, tensor
from pushforward.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

PATH, STRIP = "path.safetensors", "geodesic.png"
CARRIED = "transport.png"


@dataclass(frozen=True, kw_only=True)
class GeodesicOf(Command):
    """The shortest path between two inputs on a generator's manifold; writes geodesic.png and path.safetensors."""

    generator: Annotated[tyro.conf.Positional[Path], option("GENERATOR")]
    """The file that `train-generator` or `gen.save(path)` wrote."""
    inputs: Annotated[str, option("FILE")]
    """Where inputs are, as for `train-generator`."""
    index: Annotated[tuple[int, int], option("I J")] = (0, 1)
    """From which of them to which, counted from 0."""
    steps: int = 16
    """In how many steps."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-geodesic")
    """The folder for the results; it is made if it is missing."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, tighten, draw."""
        from pushforward.generator import Generator
        from pushforward.manifold import geodesic, straight_line

        usable(self.out, PATH, STRIP)
        gen = Generator.load(self.generator)
        x0, x1 = two(self.inputs, self.index)
        path = geodesic(gen, x0, x1, steps=self.steps, seed=self.seed, progress=True)
        assert not isinstance(path, tuple)  # one pair was given
        line = straight_line(gen, path.latents[0], path.latents[-1], steps=self.steps, latents=True)
        assert not isinstance(line, tuple)
        told(path, f"geodesic: {path}", of="geodesic")
        told(line, f"straight line: {line}", of="straight line")
        say(f"the inputs are {float(path.residual.max()):.3g} (root mean square) or less from what is generated")  # pyright: ignore[reportOptionalMemberAccess]
        self.out.mkdir(parents=True, exist_ok=True)
        kept("path", path.save(self.out / PATH))
        kept("picture", drawn(path.plot(line), self.out / STRIP))
        return 0


@dataclass(frozen=True, kw_only=True)
class TransportOf(Command):
    """A change of one input, carried to another along the shortest path; writes transport.png."""

    generator: Annotated[tyro.conf.Positional[Path], option("GENERATOR")]
    """The file that `train-generator` or `gen.save(path)` wrote."""
    inputs: Annotated[str, option("FILE")]
    """Where inputs are, as for `train-generator`."""
    index: Annotated[tuple[int, int], option("I J")] = (0, 1)
    """From which of them to which, counted from 0."""
    change: Annotated[str | None, option("FILE")] = None
    """A change of the first input, an array of its shape; by default a singular direction of the generator there."""
    direction: int = 0
    """Which singular direction, counted from 0 for the one that changes the input most."""
    model: Annotated[str | None, option("MODEL")] = None
    """A network, as for `modules`, to compare what the change does at both ends."""
    weights: Annotated[Path | None, option("FILE")] = None
    """Its weights, as for `modules`."""
    block: Annotated[str | None, option("LAYER")] = None
    """A layer of the network; by default all its neurons."""
    steps: int = 16
    """In how many steps the path goes."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-transport")
    """The folder for the picture; it is made if it is missing."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, carry, draw."""
        from pushforward.cli.load import load_model
        from pushforward.cli.terminal import here
        from pushforward.generator import Generator
        from pushforward.manifold import carry
        from pushforward.net import Neurons

        usable(self.out, CARRIED)
        if self.block is not None and self.model is None:
            raise BadInput(f"`--block {self.block}`: a layer of which network? Give `--model`, too.")
        gen = Generator.load(self.generator)
        x0, x1 = two(self.inputs, self.index)
        v = self._change(gen, x0)
        with here():
            net = None if self.model is None else Neurons(load_model(self.model, self.weights).value)
            options = {"steps": self.steps, "seed": self.seed, "progress": True}
            result = carry(gen, v, x0, x1, net=net, block=self.block, **options)
        told(result)
        self.out.mkdir(parents=True, exist_ok=True)
        kept("picture", drawn(result.plot(gen), self.out / CARRIED))
        return 0

    def _change(self, gen: Any, x: "Tensor") -> "Tensor":
        if self.change is not None:
            from pushforward.cli.load import load_batch
            from pushforward.cli.terminal import here

            with here():
                v = tensor(load_batch(self.change, "--change").value, f"--change {self.change}")
            return v.reshape(gen.shape) if v.numel() == x.numel() else v
        from pushforward.manifold.densities import density

        result = density(gen, gen(gen.encode(x[None])), seed=self.seed)
        if not 0 <= self.direction < result.directions.shape[1]:
            raise BadInput(f"`--direction {self.direction}`: there are 0 … {result.directions.shape[1] - 1}.")
        return result.directions[0, self.direction]


def two(inputs: str, index: tuple[int, int]) -> "Tensor":
    """The two inputs that were asked for."""
    from pushforward.cli.load import load_batch
    from pushforward.cli.terminal import here

    with here():
        X = tensor(load_batch(inputs).value, f"--inputs {inputs}")
    if not all(0 <= i < len(X) for i in index):
        raise BadInput(f"`--index {index[0]} {index[1]}`: there are {len(X)} inputs. Use 0 … {len(X) - 1}.")
    return X[list(index)]
