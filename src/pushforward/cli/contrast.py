"""The command that contrasts two sets of neurons of your own network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pushforward.cli.answer import kept, shown, told
from pushforward.cli.command import option, resumable, typed, usable
from pushforward.cli.network import OfNetwork
from pushforward.errors import BadInput
from pushforward.progress import timed

if TYPE_CHECKING:
    from pushforward.cli.load import Loaded

REPORT, PICTURE, MOVING, RESULT = "report.html", "contrast.png", "contrast.gif", "contrast.safetensors"
SAVED = ".safetensors"


class Chosen(NamedTuple):
    """A set of neurons: what `pf.contrast` takes, what to call it, and Python that says it."""

    which: Any
    name: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ContrastOf(OfNetwork):
    """Move one set of neurons, keep another fixed, and the other way round; writes strips, a GIF and report.html."""

    a: Annotated[tuple[str, ...], option("NAME ...")]
    """One set: layers, or `modules.safetensors:0`, a module found with the same `--layers`, `--unit` and `--start`."""
    b: Annotated[tuple[str, ...], option("NAME ...")]
    """The other set, in the same way."""
    generator: Annotated[Path | None, option("FILE")] = None
    """Move inputs as this generator lets them (a file of `train-generator`); by default by their covariance."""
    rank: int = 64
    """How many principal directions of the inputs are moved along, without a generator."""
    distance: float = 0.5
    """How far the moved set goes, root mean square over its neurons, each in its own standard deviation."""
    starts: int = 64
    """At how many inputs an input is searched on which the sets differ."""
    frames: int = 9
    """How many inputs are shown on the way."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-contrast")
    """The folder for the results; it is made if it is missing. A run that was stopped resumes from what is there."""
    open: Annotated[bool, option()] = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Load, contrast, save; under `torchrun` all ranks contrast, and the first one saves."""
        from pushforward.cli.kept import SHARDS, keep, subject_of
        from pushforward.cli.terminal import here
        from pushforward.ranks import joined
        from pushforward.show import as_html, contrast_gif, figure_png, write, write_bytes

        usable(self.out, REPORT, PICTURE, MOVING, RESULT)
        with here(), joined() as ranks, resumable(self.out / SHARDS, typed(arguments)):
            study = self._study(*self.read(), arguments)
            if not ranks.first:
                return 0
        result = study.contrast  # everything is computed before anything is written
        html, png, gif = as_html([study]), figure_png(result.plot()), contrast_gif(result)
        keep(study, self.out, subject_of(self, rank=self.rank, seed=self.seed))
        told(result)
        kept("contrast", result.save(self.out / RESULT))
        kept("strips", write_bytes(self.out / PICTURE, png))
        kept("moving", write_bytes(self.out / MOVING, gif))
        shown(write(self.out / REPORT, html), browser=self.open)
        return 0

    def _study(self, model: "Loaded", X: "Loaded", arguments: Sequence[str]) -> Any:
        from pushforward import structure
        from pushforward.cli.kept import SHARDS, found
        from pushforward.modules import contrast
        from pushforward.show import ContrastStudy

        (net, start), timings = self.neurons(model, X), {}
        net.expect(structure.item(start, 0))
        A, B = chosen(self.a, "--a", net), chosen(self.b, "--b", net)
        with timed(timings, "reading the inputs"):
            inputs = self._inputs(start)
        with timed(timings, "contrasting"):
            result = found(
                contrast, self.out, net, inputs, A.which, B.which, start=start, seed=self.seed, distance=self.distance,
                frames=self.frames, starts=self.starts, shards=self.out / SHARDS, progress=True,
            )  # fmt: skip
        return ContrastStudy.of(
            net, inputs, start, result, A=A.which, B=B.which, names=(A.name, B.name), seed=self.seed, timings=timings,
            title=f"{self.model}: {A.name} and {B.name}", command=typed(arguments), code=self._code(model, X, A, B),
        )  # fmt: skip

    def _inputs(self, X: object) -> Any:
        from pushforward.generator import Generator
        from pushforward.inputs import Gaussian

        return Gaussian.fit(X, rank=self.rank) if self.generator is None else Generator.load(self.generator)

    def _code(self, model: "Loaded", X: "Loaded", A: Chosen, B: Chosen) -> str:
        fitted = f"pf.Gaussian.fit(X, rank={self.rank})"
        return self.script(
            model,
            X,
            f"inputs = {fitted if self.generator is None else f'pf.Generator.load({str(self.generator)!r})'}",
            f"A, B = {A.code}, {B.code}",
            f"contrast = pf.contrast(net, inputs, A, B, start=X, seed={self.seed}, distance={self.distance}, "
            f"frames={self.frames}, starts={self.starts})",
            "print(contrast)",
        )


def chosen(words: Sequence[str], option: str, net: object) -> Chosen:
    """The neurons that were typed: layers by name, or one module of a file. Raises `BadInput`, `UnreadableFile`."""
    files = [text for text in words if text.rpartition(":")[0].endswith(SAVED) or text.endswith(SAVED)]
    if not files:
        return Chosen(words, ", ".join(words), repr(list(words)))
    if len(words) > 1:
        raise BadInput(f"`{option} {' '.join(words)}`: give one module of a file, or names of layers, not both.")
    return _saved(words[0], option, net)


def _saved(text: str, option: str, net: Any) -> Chosen:
    from pushforward.modules import Modules

    file, _, number = text.rpartition(":")
    if not file or not number.isdecimal():
        raise BadInput(f"`{option} {text}`: the number of a module is needed after the file, as in `{file or text}:0`.")
    modules = Modules.load(file)
    if len(modules.candidate) != len(net):
        raise BadInput(
            f"`{option} {text}`: these modules are of {len(modules.candidate)} neurons, the network has {len(net)}. "
            "Give `--layers`, `--unit` and `--start` as they were when the modules were found."
        )
    if int(number) >= len(modules.blocks):
        there = f"0 … {len(modules.blocks) - 1}" if modules.blocks else "none that are significant"
        raise BadInput(f"`{option} {text}`: there is no module {number} in this file; there are {there}.")
    return Chosen(
        modules.blocks[int(number)], f"module {number} of {file}", f"pf.results.Modules.load({file!r}).blocks[{number}]"
    )
