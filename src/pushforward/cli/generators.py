"""The commands about generators: train one, ask it for densities, ask it or data for the dimension."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import tyro

from pushforward.cli.answer import fact, kept, say, shown, told
from pushforward.cli.command import Command, made, option, resumable, script, typed, usable
from pushforward.errors import BadInput
from pushforward.progress import timed

if TYPE_CHECKING:
    from torch import Tensor

    from pushforward.cli.load import Loaded

REPORT, GENERATOR, CHECKPOINT, PICTURE = "report.html", "generator.safetensors", "checkpoint.safetensors", "density.png"
# At most this many inputs are held out of training, and at most a tenth of them.
KEPT = 2000
# With fewer inputs none are held out.
FEWEST = 100
# Of so many inputs the density is given if none are named.
FIRST = 8


class Split(NamedTuple):
    """Inputs to train on, and others to judge by."""

    train: "Tensor"
    held_out: "Tensor | None"


@dataclass(frozen=True, kw_only=True)
class TrainGenerator(Command):
    """Train a generator on inputs; writes generator.safetensors and report.html. Run again, it resumes."""

    inputs: Annotated[str, option("FILE")]
    """A .npy, .npz, .csv, .parquet, .safetensors or .pt, `:key` for one array; a folder of images; or `module:name`."""
    latent: Annotated[str, option("LATENT")]
    """Where it starts from: `atlas:16x12`, `cube:3`, `gaussian:8`, `circle`, `sphere:2`, `torus:2`, `klein`, …"""
    held_out: Annotated[str | None, option("FILE")] = None
    """Inputs to judge it by; by default a tenth of the inputs, at most 2,000, which are then not trained on."""
    steps: Annotated[int | None, option("INT")] = None
    """How many; by default 4,000 for vectors and 8,000 for images."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-generator")
    """The folder for the results and the checkpoint; it is made if it is missing."""
    open: Annotated[bool, option()] = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Load, train, judge, save."""
        from pushforward.cli.latents import parse_latent
        from pushforward.cli.load import load_batch
        from pushforward.cli.terminal import here
        from pushforward.generator import Generator, Training

        usable(self.out, REPORT, GENERATOR, CHECKPOINT)
        latent, training = parse_latent(self.latent), Training(steps=self.steps)
        with here():
            loaded = load_batch(self.inputs)
            split = self._split(loaded)
        timings: dict[str, float] = {}
        with made(self.out), resumable(self.out / CHECKPOINT, typed(arguments)):
            checkpoint = self.out / CHECKPOINT
            with timed(timings, "training"):
                gen = Generator.fit(
                    split.train, latent, seed=self.seed, training=training, checkpoint=checkpoint, progress=True
                )
            gen.save(self.out / GENERATOR)
            return self._judged(gen, split, timings, arguments, loaded)

    def _judged(
        self, gen: Any, split: Split, timings: dict[str, float], arguments: Sequence[str], loaded: "Loaded"
    ) -> int:
        from pushforward.show import GeneratorStudy, report

        study = GeneratorStudy.of(
            gen, split.train, held_out=split.held_out, title=f"A generator of {self.inputs}", seed=self.seed,
            timings=timings, command=typed(arguments), code=self._code(gen, loaded),
        )  # fmt: skip
        if study.quality is not None:
            gen = gen.with_quality(study.quality.asdict())
            told(study.quality)
        if study.dimension is not None:
            told(study.dimension)
        kept("generator", gen.save(self.out / GENERATOR))
        shown(report(study, self.out / REPORT), browser=self.open)
        return 0

    def _split(self, loaded: "Loaded") -> Split:
        """Inputs, and those held out: given, or a tenth at random."""
        from pushforward.cli.load import load_batch
        from pushforward.rng import permutation

        X = tensor(loaded.value, f"--inputs {self.inputs}")
        if self.held_out is not None:
            return Split(X, tensor(load_batch(self.held_out, "--held-out").value, f"--held-out {self.held_out}"))
        few = min(len(X) // 10, KEPT) if len(X) >= FEWEST else 0
        if few == 0:
            return Split(X, None)
        order = permutation(len(X), seed=self.seed)
        return Split(X[order[few:].sort().values], X[order[:few].sort().values])

    def _code(self, gen: Any, loaded: "Loaded") -> str:
        steps = "" if self.steps is None else f", training=pf.settings.Training(steps={self.steps})"
        without = "" if self.held_out is not None else "  # of which a part was held out"
        return script(
            loaded.code,
            f"gen = pf.Generator.fit(X, pf.latents.{gen.latent!r}, seed={self.seed}{steps}){without}",
            "print(gen)",
            f"print(pf.dimension(gen, seed={self.seed}))",
        )


@dataclass(frozen=True, kw_only=True)
class DensityOf(Command):
    """How dense inputs are under a generator, and along which directions; writes density.png and report.html."""

    generator: Annotated[tyro.conf.Positional[Path], option("GENERATOR")]
    """The file that `train-generator` or `gen.save(path)` wrote."""
    inputs: Annotated[str, option("FILE")]
    """Where inputs are, as for `train-generator`."""
    index: Annotated[tuple[int, ...], option("I ...")] = ()
    """Which of them, counted from 0; by default the first eight."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-density")
    """The folder for the results; it is made if it is missing."""
    open: Annotated[bool, option()] = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Load, invert, print."""
        from pushforward.cli.load import load_batch
        from pushforward.cli.terminal import here
        from pushforward.generator import Generator
        from pushforward.show import GeneratorStudy, report

        usable(self.out, REPORT, PICTURE)
        gen = Generator.load(self.generator)
        with here():
            loaded = load_batch(self.inputs)
        X = tensor(loaded.value, f"--inputs {self.inputs}")
        index = self.index or range(min(FIRST, len(X)))
        study = GeneratorStudy.of(
            gen, X, title=f"Density under {self.generator}", seed=self.seed, index=index, measure_dimension=False,
            command=typed(arguments), code=self._code(loaded, index),
        )  # fmt: skip
        say(_table(study))
        fact("off_manifold", study.off)
        self.out.mkdir(parents=True, exist_ok=True)
        if study.density is not None:
            told(study.density, "", inputs=study.index)
            kept("picture", drawn(study.density.plot(gen), self.out / PICTURE))
        shown(report(study, self.out / REPORT), browser=self.open)
        return 0

    def _code(self, loaded: "Loaded", index: Sequence[int]) -> str:
        return script(
            loaded.code,
            f"gen = pf.Generator.load({str(self.generator)!r})",
            f"print(pf.density(gen, X[{list(index)}], seed={self.seed}))",
        )


@dataclass(frozen=True, kw_only=True)
class DimensionOf(Command):
    """The dimension of a generator or of data, and whether other estimates agree."""

    of: Annotated[tyro.conf.Positional[str], option("FILE")]
    """A generator that `train-generator` wrote, or inputs as for `train-generator`."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Annotated[Path | None, option("PICTURE")] = None
    """Draw it as well, to a file that ends in .png or .svg."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, measure, print."""
        from pushforward.cli.terminal import here
        from pushforward.manifold.dimensions import dimension

        if self.out is not None and self.out.suffix not in (".png", ".svg"):
            raise BadInput(f"`--out {self.out}`: a picture is written there. End it in .png or .svg.")
        if self.out is not None:
            usable(self.out.parent, self.out.name)
        with here():
            result = dimension(generator_or_data(self.of), seed=self.seed)
        told(result)
        if self.out is not None:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            kept("picture", drawn(result.plot(), self.out))
        return 0


def generator_or_data(name: str) -> Any:
    """A generator, if the file is one of ours, or data."""
    from pushforward import store
    from pushforward.cli.load import load_batch
    from pushforward.generator import Generator

    kind = store.kind(name)
    if kind == "Generator":
        return Generator.load(name)
    if kind is not None:
        raise BadInput(f"`{name}` holds {kind!r}: a generator or data is needed. Give the file that `gen.save` wrote.")
    return tensor(load_batch(name, "FILE").value, name)


def tensor(value: object, name: str) -> "Tensor":
    """One array of inputs, if it is one."""
    from torch import Tensor

    if not isinstance(value, Tensor):
        raise BadInput(
            f"`{name}` holds a {type(value).__name__}: one array of inputs (n, ...) is needed. Save that alone."
        )
    return value


def _table(study: Any) -> str:
    """The densities, one line for each input."""
    from pushforward.show.generator import density_rows

    heads = "input", "log p (nats)", "percentile", "preimages", "largest σ", "smallest σ", "off by"
    lines = [heads, *[tuple(map(str, row)) for row in density_rows(study.density, study.index)]]
    lines += [(str(i), "not on the manifold", *[""] * 5) for i in study.off]
    widths = [max(len(line[j]) for line in lines) for j in range(len(heads))]
    return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def drawn(figure: Any, path: Path) -> Path:
    """The path of a picture, written whole or not at all."""
    from pushforward.show import figure_png, figure_svg, write_bytes

    return write_bytes(path, figure_svg(figure) if path.suffix == ".svg" else figure_png(figure))
