"""The commands, each a dataclass of its options."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pushforward.cli.answer import fact, kept, say, shown, told
from pushforward.cli.command import Command, option, resumable, typed, usable
from pushforward.cli.network import OfNetwork
from pushforward.progress import timed

if TYPE_CHECKING:
    from pushforward.cli.load import Loaded

RANK = 64
MODULES = "modules.safetensors"
# What took how long.
FINDING, READING = "finding modules", "reading modules found before"


@dataclass(frozen=True, kw_only=True)
class Demo(Command):
    """Study two networks and a generator that ship with the package, contrast modules, and write a report."""

    out: Path = Path("pushforward-demo")
    """The folder for report.html; it is made if it is missing."""
    seed: int = 0
    """For everything that is drawn at random."""
    open: Annotated[bool, option()] = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """A few studies, one report."""
        from pushforward.cli.demo import one_thread, studies
        from pushforward.show import report

        usable(self.out, "report.html")
        parts = []
        with one_thread():
            for study in studies(self.seed, command=typed(arguments), progress=True):
                say(f"{study.title}\n{study.summary()}\n")
                parts.append(study)
            self.out.mkdir(parents=True, exist_ok=True)
            page = report(parts, self.out / "report.html")
        fact("studies", [{"title": study.title, "summary": study.summary()} for study in parts])
        shown(page, browser=self.open)
        return 0


class _Found(NamedTuple):
    """What was found in which network, how long it took, Python that does the same, and whether it was not there."""

    net: Any
    inputs: Any
    X: Any
    modules: Any
    timings: dict[str, float]
    code: str
    anew: bool


@dataclass(frozen=True, kw_only=True)
class FindModules(OfNetwork):
    """Find the modules of your own network; writes modules.safetensors, report.html and a run to explore."""

    rank: int = RANK
    """How many principal directions of the inputs are pushed."""
    points: int = 32
    """At how many inputs."""
    leak: Annotated[float | None, option("FLOAT")] = None
    """How much two modules may overlap, relative to within; by default the least that covers nearly all."""
    by: Annotated[Literal["directions", "activity"], option("WHAT")] = "directions"
    """Neurons of a module share the `directions` they read or, by `activity`, the inputs they are active on."""
    seed: int = 0
    """For everything that is drawn at random."""
    out: Path = Path("pushforward-modules")
    """The folder for the results; it is made if it is missing. A run that was stopped resumes from what is there."""
    part: str = "1/1"
    """Which part of the work this machine does, as in 2/4, where several never meet; `pushforward merge` joins them."""
    open: Annotated[bool, option()] = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Load, find, save; under `torchrun` all ranks find, and the first one saves."""
        from pushforward.cli.kept import SHARDS
        from pushforward.cli.terminal import here
        from pushforward.ranks import joined

        usable(self.out, "report.html", MODULES)
        with here(), joined() as ranks, resumable(self.out / SHARDS, typed(arguments)):
            found = self._found(*self.read())
            if not ranks.first:
                return 0
            study = self._study(found, arguments)
        return self._kept(study, found)

    def _kept(self, study: Any, found: "_Found") -> int:
        from pushforward.cli.kept import keep, subject_of
        from pushforward.cli.plan import compared
        from pushforward.show import as_html, write

        html = as_html([study])  # everything is computed before the report is written
        told(study.modules, study.modules.summary())
        if found.anew:
            say(compared(self.out, found.timings[FINDING], self.points))
        else:
            say(f"  found before, with the same network, inputs and options; read from {self.out}")
        keep(study, self.out, subject_of(self, rank=self.rank, seed=self.seed))
        kept("modules", study.modules.save(self.out / MODULES))
        shown(write(self.out / "report.html", html), browser=self.open)
        say(f"explore: pushforward explore {shlex.quote(str(self.out))}")
        return 0

    def _found(self, model: "Loaded", X: "Loaded") -> "_Found":
        from pushforward.cli.kept import SHARDS, changed, found
        from pushforward.inputs import Gaussian
        from pushforward.modules import find_modules
        from pushforward.shards import Shards

        (net, start), timings, before = self.neurons(model, X), {}, changed(self.out)
        with timed(timings, "fitting the inputs"):
            inputs = Gaussian.fit(start, rank=self.rank)
        with timed(timings, FINDING):
            options = {"points": self.points, "leak": self.leak, "by": self.by, "seed": self.seed}
            options["shards"] = Shards.divided(self.out / SHARDS, self.part)
            modules = found(find_modules, self.out, net, inputs, start, progress=True, **options)
        anew = changed(self.out) != before
        if not anew:
            timings[READING] = timings.pop(FINDING)
        return _Found(net, inputs, start, modules, timings, self._code(model, X), anew)

    def _study(self, found: "_Found", arguments: Sequence[str]) -> Any:
        from pushforward.show import ModulesStudy

        return ModulesStudy.of(
            found.net, found.inputs, found.X, found.modules, title=self.model, seed=self.seed, timings=found.timings,
            command=typed(arguments), code=found.code,
        )  # fmt: skip

    def _code(self, model: "Loaded", X: "Loaded") -> str:
        asked = f", leak={self.leak}" if self.leak is not None else ""
        asked += f", by={self.by!r}" if self.by != "directions" else ""
        return self.script(
            model,
            X,
            f"inputs = pf.Gaussian.fit(X, rank={self.rank})",
            f"modules = pf.find_modules(net, inputs, X, points={self.points}{asked}, seed={self.seed})",
            "print(modules)",
        )


@dataclass(frozen=True, kw_only=True)
class Doctor(OfNetwork):
    """Check whether a network can be pushed through, and say what to do if not; exit status 1 if it cannot."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Load, diagnose, print."""
        from pushforward import structure
        from pushforward.cli.terminal import here
        from pushforward.net import diagnose

        with here():
            model, X = self.read()
            one, layers = structure.item(X.value, 0), list(self.layers) or None
            options = {"layers": layers, "unit": self.unit, "start": self.start, "inputs": self._near(model, X)}
            diagnosis = diagnose(model.value, one, **options)
        say(str(diagnosis))
        fact("ok", diagnosis.ok)
        fact("diagnosis", asdict(diagnosis))
        return 0 if diagnosis.ok else 1

    def _near(self, model: "Loaded", X: "Loaded") -> Any:
        """The principal directions of the inputs, or None where they have none: the diagnosis says why."""
        from pushforward.errors import PushforwardError
        from pushforward.inputs import Gaussian

        try:
            return Gaussian.fit(self.neurons(model, X)[1], rank=RANK)
        except PushforwardError:
            return None
