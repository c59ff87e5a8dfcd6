"""The commands, each a dataclass of its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import tyro

from pushforward.cli.command import Command, say, shown, typed, usable, watched
from pushforward.cli.contrast import ContrastOf
from pushforward.cli.generators import DensityOf, DimensionOf, TrainGenerator
from pushforward.cli.geometry import GeodesicOf, TransportOf
from pushforward.cli.load import Loaded, here, load_inputs, load_model
from pushforward.cli.modularize import Modularize
from pushforward.cli.topology import TopologyOf
from pushforward.progress import timed

Unit = Literal["position", "channel"]


@dataclass(frozen=True, kw_only=True)
class Demo(Command):
    """Study two networks and a generator that ship with the package, contrast modules, and write a report."""

    out: Path = Path("pushforward-demo")
    """The folder for report.html; it is made if it is missing."""
    seed: int = 0
    """For everything that is drawn at random."""
    open: bool = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """A few studies, one report."""
        from pushforward.cli.demo import one_thread, studies
        from pushforward.show import report

        usable(self.out, "report.html")
        found = []
        with one_thread():
            for study in studies(self.seed, command=typed(arguments), progress=watched()):
                say(f"{study.title}\n{study.summary()}\n")
                found.append(study)
        self.out.mkdir(parents=True, exist_ok=True)
        shown(report(found, self.out / "report.html"), browser=self.open)
        return 0


@dataclass(frozen=True, kw_only=True)
class FindModules(Command):
    """Find the modules of your own network; writes modules.safetensors and report.html."""

    model: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="MODEL")]
    """`package.module:name` or `path/to/file.py:name`: a module, its class, or a function that returns it."""
    inputs: Annotated[str, tyro.conf.arg(metavar="FILE")]
    """`x.npy`, `x.npz`, `x.safetensors`, `x.pt`, with `:key` if there are several arrays; or `module:function`."""
    weights: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Weights to load: .safetensors, or .pt as `torch.save(model.state_dict())` makes it."""
    layers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ()
    """Names or patterns of layers; by default every activation function and the output."""
    unit: Unit = "position"
    """A neuron is one position of a feature map, or the mean over its positions: one per channel."""
    start: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """An embedding layer to start from, for networks of tokens."""
    rank: int = 64
    """How many principal directions of the inputs are pushed."""
    points: int = 32
    """At how many inputs."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-modules")
    """The folder for the results; it is made if it is missing."""
    open: bool = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Load, find, save."""
        from pushforward.show import page, write

        usable(self.out, "report.html", "modules.safetensors")
        with here():
            model = load_model(self.model, self.weights)
            X = load_inputs(self.inputs, model.value, start=self.start)
            study = self._study(model, X, arguments)
        html = page([study])  # everything is computed before anything is written
        self.out.mkdir(parents=True, exist_ok=True)
        say(study.modules.summary())
        say(f"modules: {study.modules.save(self.out / 'modules.safetensors')}")
        shown(write(self.out / "report.html", html), browser=self.open)
        return 0

    def _study(self, model: Loaded, X: Loaded, arguments: Sequence[str]) -> Any:
        from pushforward.inputs import Gaussian
        from pushforward.modules import find_modules
        from pushforward.net import Neurons
        from pushforward.show import ModulesStudy

        net, timings = Neurons(model.value, self.layers or None, self.unit, start=self.start), {}
        given = X.value if self.start is None else net.embed(X.value)
        with timed(timings, "fitting the inputs"):
            inputs = Gaussian.fit(given, rank=self.rank)
        with timed(timings, "finding modules"):
            modules = find_modules(net, inputs, given, points=self.points, seed=self.seed, progress=watched())
        return ModulesStudy.of(
            net, inputs, given, modules, title=self.model, seed=self.seed, timings=timings,
            command=typed(arguments), code=self._code(model, X),
        )  # fmt: skip

    def _code(self, model: Loaded, X: Loaded) -> str:
        options = [f"layers={list(self.layers)!r}"] * bool(self.layers)
        options += [f"unit={self.unit!r}"] * (self.unit != "position")
        options += [f"start={self.start!r}"] * (self.start is not None)
        lines = [
            *model.code,
            *X.code,
            f"net = pf.Neurons({', '.join(['model', *options])})",
            *["X = net.embed(X)"] * (self.start is not None),
            f"inputs = pf.Gaussian.fit(X, rank={self.rank})",
            f"modules = pf.find_modules(net, inputs, X, points={self.points}, seed={self.seed})",
            "print(modules)",
        ]
        imports = sorted({line for line in lines if line.startswith(("import ", "from "))})
        body = [line for line in lines if line not in imports]
        return "\n".join([*imports, "", "import pushforward as pf", "", *body])


@dataclass(frozen=True, kw_only=True)
class Doctor(Command):
    """Check whether a network can be pushed through, and say what to do if not; exit status 1 if it cannot."""

    model: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="MODEL")]
    """`package.module:name` or `path/to/file.py:name`: a module, its class, or a function that returns it."""
    inputs: Annotated[str, tyro.conf.arg(metavar="FILE")]
    """Where inputs are, as for `modules`; the first one is used."""
    weights: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Weights to load."""
    layers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ()
    """Names or patterns of layers."""
    unit: Unit = "position"
    """One neuron per position or per channel."""
    start: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """An embedding layer to start from."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, diagnose, print."""
        from pushforward import structure
        from pushforward.net import diagnose

        with here():
            model = load_model(self.model, self.weights).value
            X = load_inputs(self.inputs, model, start=self.start).value
            layers = list(self.layers) or None
            found = diagnose(model, structure.item(X, 0), layers=layers, unit=self.unit, start=self.start)
        say(str(found))
        return 0 if found.ok else 1


COMMANDS: dict[str, type[Command]] = {
    "demo": Demo,
    "modules": FindModules,
    "contrast": ContrastOf,
    "modularize": Modularize,
    "doctor": Doctor,
    "train-generator": TrainGenerator,
    "density": DensityOf,
    "dimension": DimensionOf,
    "geodesic": GeodesicOf,
    "transport": TransportOf,
    "topology": TopologyOf,
}
"""Every command, as it is typed."""


def parse(arguments: Sequence[str], description: str) -> Command:
    """The command that was asked for; the parser exits if there is none, or it is wrong."""
    one: Any = Union[tuple(Annotated[kind, tyro.conf.subcommand(name)] for name, kind in COMMANDS.items())]  # noqa: UP007
    return tyro.cli(
        one,
        args=list(arguments) or ["--help"],
        prog="pushforward",
        description=description,
        config=(tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes),
    )
