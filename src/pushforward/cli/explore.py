"""The command that opens the explorer: a page on which modules are seen, moved and taken out, live."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from pushforward import manifest
from pushforward.cli.command import Command, option
from pushforward.cli.terminal import here
from pushforward.errors import BadInput, UnreadableFile

if TYPE_CHECKING:
    from pushforward.explorer import Subject, Tell
    from pushforward.explorer.live import Live

RANK = 64
# Where a server listens, unless it is told
PORT = 8765


@dataclass(frozen=True, kw_only=True)
class Explore(Command):
    """Look at the modules of a network in the browser, and move one while others stay, measured at every step."""

    of: Annotated[tyro.conf.Positional[str | None], option("RUN_OR_MODEL")] = None
    """The folder of a run; or `package.module:name` or `path/to/file.py:name`, whose modules are found first."""
    demo: Annotated[bool, option()] = False
    """A run that ships with the package: a network that reads two digits side by side."""
    inputs: Annotated[str | None, option("FILE")] = None
    """Of a network: as for `pushforward modules`."""
    weights: Annotated[Path | None, option("FILE")] = None
    """Weights to load: a state dict, saved as .safetensors or .pt."""
    layers: Annotated[tuple[str, ...], option("NAME ...")] = ()
    """Layers by name or pattern; by default activation functions and output."""
    unit: Annotated[Literal["position", "channel"], option("UNIT")] = "position"
    """`position`: a neuron for each place of a feature map; `channel`: one for their mean."""
    start: Annotated[str | None, option("NAME")] = None
    """A module to start from: an embedding layer for networks of tokens."""
    rank: int = RANK
    """How many principal directions of the inputs are pushed."""
    points: int = 32
    """At how many inputs."""
    seed: int = 0
    """For everything that is drawn at random."""
    metric: Annotated[str | None, option("NAME")] = None
    """`file.py:accuracy`, which judges lesions: from the network as a function to numbers; higher is better."""
    out: Annotated[Path, option("FOLDER")] = Path("pushforward-run")
    """The run that is written where a network was given."""
    port: int = PORT
    """Where the page is served; 0 takes a free port."""
    host: str = "127.0.0.1"
    """By whom it can be reached; other than this machine it needs a password."""
    password_file: Annotated[Path | None, option("FILE")] = None
    """A text file with the password that the page asks for."""
    no_open: Annotated[bool, option()] = False
    """Do not open the browser."""

    def check(self) -> None:
        """Raise `BadInput` for a seed that there is not, and for an answer that would never come."""
        super().check()
        if self.json:
            raise BadInput("`pushforward explore --json`: a page is served until Ctrl-C. Leave `--json` out.")

    def run(self, arguments: Sequence[str]) -> int:
        """Serve the page until Ctrl-C."""
        from pushforward.explorer import password_of, serve

        password, out = password_of(self.password_file, self.host), sys.stdout

        def say(text: str) -> None:  # the network's code may print, but not there
            out.write(f"{text}\n")
            out.flush()

        with here():
            subject = self._subject(arguments)
            serve(subject, host=self.host, port=self.port, password=password, browser=not self.no_open, say=say)
        return 0

    def _subject(self, arguments: Sequence[str]) -> "Subject":
        if self.demo == (self.of is not None):
            raise BadInput(
                "`pushforward explore`: give the folder of a run, a network such as `net.py:build --inputs X.npy`, or "
                "`--demo`; one of them."
            )
        if self.demo:
            from pushforward.explorer import DEMO

            return self._shown(DEMO)
        assert self.of is not None
        if manifest.is_run(self.of):
            return self._shown(Path(self.of))
        if Path(self.of).is_dir():
            raise UnreadableFile(f"{self.of} is not the folder of a run: there is no {manifest.FILE} in it.")
        if self.inputs is None:
            raise BadInput(f"`pushforward explore {self.of}`: a network needs inputs, `--inputs X.npy`.")
        self._compute(self.of, self.inputs, arguments)
        return self._shown(self.out)

    def _compute(self, model: str, inputs: str, arguments: Sequence[str]) -> None:
        """Find the modules of a network, as `pushforward modules` does, in the folder `out`."""
        from pushforward.cli.commands import FindModules

        find = FindModules(
            model=model, inputs=inputs, weights=self.weights, layers=self.layers, unit=self.unit, start=self.start,
            rank=self.rank, points=self.points, seed=self.seed, out=self.out, debug=self.debug,
        )  # fmt: skip
        find.run(arguments)

    def _shown(self, folder: Path) -> "Subject":
        """A run, of which nothing but the scene is read before somebody asks for more."""
        from pushforward.explorer import SCENE, Subject, read_scene, shell

        if not (folder / SCENE).exists():  # a run that Python wrote
            from pushforward.cli.kept import draw

            draw(folder)
        scene = read_scene(folder / SCENE)
        of, metric, demo = manifest.read_manifest(folder).get("subject", {}), self.metric, self.demo

        def load(tell: "Tell") -> "Live":
            from pushforward.cli import explored

            return explored.load_demo(folder, of, tell) if demo else explored.load(folder, of, metric, tell)

        return Subject(scene, shell(), load)
