"""The command that trains a network plainly and to be modular, and shows both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from pushforward.cli.answer import kept, say, shown, told
from pushforward.cli.command import Command, continuable, option, typed, usable
from pushforward.progress import timed

if TYPE_CHECKING:
    from torch import nn

    from pushforward.cli.tasks import Task

REPORT, PICTURE, WEIGHTS = "report.html", "modularity.png", "modular.safetensors"


@dataclass(frozen=True, kw_only=True)
class Modularize(Command):
    """Train a network plainly and to be modular, and compare; writes weights, matrices and report.html."""

    of: Annotated[tyro.conf.Positional[str], option("TASK")] = "digits"
    """`digits`, `vectors` or `formulas`, which ship with the package; or `file.py:name`, which gives (model, X, Y)."""
    strength: float = 5.0
    """How much modularity counts beside the task."""
    steps: Annotated[int | None, option("INT")] = None
    """How long both networks are trained; by default what the task needs, 2000 for your own."""
    batch: int = 256
    """Inputs in a step."""
    rank: int = 32
    """How many principal directions of the inputs count."""
    layers: Annotated[tuple[str, ...], option("NAME ...")] = ()
    """Names or patterns of the layers that become modular; by default all but the output."""
    unit: Annotated[Literal["position", "channel"], option("UNIT")] = "position"
    """`position`: a neuron for each place of a feature map; `channel`: one for their mean."""
    count: Annotated[int | None, option("INT")] = None
    """How many modules are kept, as even parts; by default the communities that have formed."""
    seed: int = 0
    """For everything that is drawn at random."""
    checkpoint: Annotated[Path | None, option("FILE")] = None
    """Kept up to date while the modular network is trained: the same command resumes from it."""
    out: Path = Path("pushforward-modular")
    """The folder for the results; it is made if it is missing."""
    open: Annotated[bool, option()] = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Train two networks, judge both, save."""
        from pushforward.cli.tasks import EMBEDDED, embedded, own
        from pushforward.cli.terminal import here
        from pushforward.show import as_html, figure_png, modular_figure, write, write_bytes
        from pushforward.store import save

        usable(self.out, REPORT, PICTURE, WEIGHTS)
        if self.checkpoint is not None:
            continuable(self.checkpoint)
        with here():
            task = embedded(self.of) if self.of in EMBEDDED else own(self.of)
            study, model = self._study(task, arguments)
        html, png = as_html([study]), figure_png(modular_figure(study.plain.modules, study.modular.modules))
        self.out.mkdir(parents=True, exist_ok=True)
        say(study.summary())
        told(study.plain, "", of="plain")
        told(study.modular, "", of="modular")
        state = {name: t.clone() for name, t in model.state_dict().items()}  # tied weights may not share memory
        kept("weights", save(self.out / WEIGHTS, state, {"kind": "weights", "command": typed(arguments)}))
        kept("matrices", write_bytes(self.out / PICTURE, png))
        shown(write(self.out / REPORT, html), browser=self.open)
        return 0

    def _study(self, task: "Task", arguments: Sequence[str]) -> tuple[Any, "nn.Module"]:
        from pushforward.modules.modular import assess
        from pushforward.page.studies import network_of, versions
        from pushforward.show import ModularityStudy

        timings, judged, model, run = {}, [], None, None
        for strength, name in ((0.0, "plain"), (self.strength, "modular")):
            with timed(timings, f"training, {name}"):
                model, run = self._trained(task, strength)
            with timed(timings, f"judging, {name}"):
                judged.append(
                    assess(run.net, run.inputs, task.X, task.scores, seed=self.seed, progress=True)
                )  # fmt: skip
        assert model is not None
        assert run is not None
        return ModularityStudy(
            title=task.title, plain=judged[0], modular=judged[1], strength=self.strength, steps=run.training.steps,
            network=network_of(run.net), inputs=repr(run.inputs), timings=tuple(timings.items()), versions=versions(),
            seed=self.seed, command=typed(arguments), code=self._code(run, self._rank(task.X)),
        ), model  # fmt: skip

    def _trained(self, task: "Task", strength: float) -> tuple["nn.Module", Any]:
        from pushforward.cli.tasks import hidden
        from pushforward.inputs import Gaussian
        from pushforward.modules import ModularTraining, train_modular
        from pushforward.training import repeatable

        with repeatable(self.seed):
            model = task.make()
        training = ModularTraining(**self._settings(strength))
        run = train_modular(
            model, task.draw, seed=self.seed, loss=task.loss,
            inputs=Gaussian.fit(task.X, rank=self._rank(task.X)),
            layers=list(self.layers) or hidden(model, task.X), unit=self.unit, training=training,
            checkpoint=self.checkpoint if strength else None, progress=True,
        )  # fmt: skip
        model.eval()
        return model, run

    def _rank(self, X: Any) -> int:
        from pushforward import structure

        return min(self.rank, structure.item(X, 0).numel())

    def _settings(self, strength: float) -> dict[str, Any]:
        """Of the training: those of the task, and what was asked for."""
        from pushforward.cli.tasks import EMBEDDED, STEPS

        asked = {name: getattr(self, name) for name in ("steps", "count") if getattr(self, name) is not None}
        return EMBEDDED.get(self.of, {"steps": STEPS}) | asked | {"batch": self.batch, "strength": strength}

    def _code(self, run: Any, rank: int) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self._settings(self.strength).items())
        unit = f"'unit': {self.unit!r}, " * (self.unit != "position")
        return "\n".join(
            (
                "import pushforward as pf",
                "",
                "model, X, Y, loss = ...",
                f"training = pf.settings.ModularTraining({settings})",
                f"inputs = pf.Gaussian.fit(X, rank={rank})",
                f"layers = {list(run.net.layers)}",
                f"told = {{'loss': loss, 'inputs': inputs, 'layers': layers, {unit}'training': training}}",
                f"run = pf.train_modular(model, (X, Y), seed={self.seed}, **told)",
                f"print(pf.modular.measure_modularity(run.net, run.inputs, X, seed={self.seed}))",
            )
        )
