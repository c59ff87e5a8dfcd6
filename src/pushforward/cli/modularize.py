"""The command that trains a network plainly and to be modular, and shows both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import torch
import tyro
from torch import Tensor, nn

from pushforward.cli.command import Command, say, shown, typed, usable, watched
from pushforward.cli.load import called, here, resolve
from pushforward.errors import BadInput
from pushforward.progress import timed

REPORT, PICTURE, WEIGHTS = "report.html", "modularity.png", "modular.safetensors"
STEPS = 2000
EMBEDDED: dict[str, dict[str, Any]] = {
    "digits": {"steps": 6000, "start": 0.4, "halve": 0.4, "settle": 0.7},  # cut late: parts come late with few digits
    "vectors": {"steps": STEPS},
    "formulas": {"steps": STEPS},
}
"""The tasks that ship with the package, and how they are trained."""
TEST = 2000


class Given(NamedTuple):
    """A task: how a network is made, what it learns, and how well it does so at inputs X."""

    make: Callable[[], nn.Module]
    draw: Any
    loss: Callable[[Any, Any], Tensor]
    X: Any
    scores: Callable[[Callable[[Any], Any]], Mapping[str, float]]
    title: str


@dataclass(frozen=True, kw_only=True)
class Modularize(Command):
    """Train a network plainly and to be modular, and compare; writes weights, matrices and report.html."""

    of: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="TASK")] = "digits"
    """`digits`, `vectors` or `formulas`, which ship with the package; or `module:function`, `file.py:function`: a
    function that gives (model, X, Y)."""
    strength: float = 5.0
    """How much modularity counts beside the task."""
    steps: int | None = None
    """How long both networks are trained; by default what the task needs, 2000 for your own."""
    batch: int = 256
    """Inputs in a step."""
    rank: int = 32
    """How many principal directions of the inputs count."""
    layers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ()
    """Names or patterns of the layers that become modular; by default all but the output."""
    unit: Literal["position", "channel"] = "position"
    """One neuron per position, or per channel (averaged over positions)."""
    modules: int | None = None
    """How many modules are kept, as even parts; by default the communities that have formed."""
    seed: int = 0
    """For everything that is drawn at random."""
    checkpoint: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Kept up to date while the modular network is trained: the same command goes on from it."""
    out: Path = Path("pushforward-modular")
    """The folder for the results; it is made if it is missing."""
    open: bool = False
    """Show the report in the browser."""

    def run(self, arguments: Sequence[str]) -> int:
        """Train two networks, judge both, save."""
        from pushforward.show import figure_png, modular_figure, page, write, write_bytes
        from pushforward.store import save

        usable(self.out, REPORT, PICTURE, WEIGHTS)
        with here():
            given = embedded(self.of) if self.of in EMBEDDED else own(self.of)
            study, model = self._study(given, arguments)
        html, png = page([study]), figure_png(modular_figure(study.plain.modules, study.modular.modules))
        self.out.mkdir(parents=True, exist_ok=True)
        say(study.summary())
        state = {name: t.clone() for name, t in model.state_dict().items()}  # tied weights may not share memory
        say(f"weights: {save(self.out / WEIGHTS, state, {'kind': 'weights', 'command': typed(arguments)})}")
        say(f"matrices: {write_bytes(self.out / PICTURE, png)}")
        shown(write(self.out / REPORT, html), browser=self.open)
        return 0

    def _study(self, given: Given, arguments: Sequence[str]) -> tuple[Any, nn.Module]:
        from pushforward.modules.modular import assess
        from pushforward.show import ModularityStudy
        from pushforward.show.modules import network_of, versions

        timings, judged, model, run = {}, [], None, None
        for strength, name in ((0.0, "plain"), (self.strength, "modular")):
            with timed(timings, f"training, {name}"):
                model, run = self._trained(given, strength)
            with timed(timings, f"judging, {name}"):
                judged.append(
                    assess(run.net, run.inputs, given.X, given.scores, seed=self.seed, progress=watched())
                )  # fmt: skip
        assert model is not None
        assert run is not None
        return ModularityStudy(
            title=given.title, plain=judged[0], modular=judged[1], strength=self.strength, steps=run.training.steps,
            network=network_of(run.net), inputs=repr(run.inputs), timings=tuple(timings.items()), versions=versions(),
            seed=self.seed, command=typed(arguments), code=self._code(run, self._rank(given.X)),
        ), model  # fmt: skip

    def _trained(self, given: Given, strength: float) -> tuple[nn.Module, Any]:
        from pushforward.inputs import Gaussian
        from pushforward.modules import ModularTraining, train_modular
        from pushforward.training import repeatable

        with repeatable(self.seed):
            model = given.make()
        training = ModularTraining(**self._settings(strength))
        run = train_modular(
            model, given.draw, seed=self.seed, loss=given.loss,
            inputs=Gaussian.fit(given.X, rank=self._rank(given.X)),
            layers=list(self.layers) or hidden(model, given.X), unit=self.unit, training=training,
            checkpoint=self.checkpoint if strength else None, progress=watched(),
        )  # fmt: skip
        model.eval()
        return model, run

    def _rank(self, X: Any) -> int:
        from pushforward import structure

        return min(self.rank, structure.item(X, 0).numel())

    def _settings(self, strength: float) -> dict[str, Any]:
        """Of the training: those of the task, and what was asked for."""
        asked = {name: getattr(self, name) for name in ("steps", "modules") if getattr(self, name) is not None}
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


def hidden(model: nn.Module, X: Any) -> list[str]:
    """The layers that are recorded by default, but the output."""
    from pushforward import structure
    from pushforward.modules.modular import evaluating
    from pushforward.net import Neurons

    with evaluating(model):
        names = Neurons(model, example=structure.item(X, 0)).layers
    return [name for name in names if name != "output"] or list(names)


def embedded(name: str) -> Given:
    """A task that ships with the package, with a network for it."""
    from pushforward.datasets import PairMLP, digit_pairs, digits, formulas, shared_vectors
    from pushforward.rng import generator

    held = digits("test")
    task = {"vectors": shared_vectors, "formulas": formulas, "digits": digit_pairs}[name]()
    test = digit_pairs((held.images, held.labels)) if name == "digits" else task
    d, width = task.shape[0], 32
    small = lambda: nn.Sequential(  # noqa: E731
        nn.Linear(d, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, task.outputs)
    )
    X, Y = test.draw(TEST, generator(10_000))
    scores = lambda f: test.scores(f(X), Y)  # noqa: E731
    return Given(
        PairMLP if name == "digits" else small, task.draw, task.loss, X, scores, f"Modular training: {task.name}"
    )


def own(name: str) -> Given:
    """The user's: a function that gives (model, X, Y). Whole numbers Y are classes, others are to be matched."""
    found, _ = resolve(name, "TASK", "package.module:make_task")
    first = _made(found, name)
    X, Y = first[1], first[2]
    classes = not Y.is_floating_point()
    loss = nn.functional.cross_entropy if classes else nn.functional.mse_loss

    def scores(f: Callable[[Any], Any]) -> dict[str, float]:
        outputs = f(X)
        if classes:
            return {"accuracy": float((outputs.argmax(1) == Y).double().mean())}
        return {"explained variance": float(1 - (outputs - Y).square().mean() / Y.var(0).mean())}

    return Given(lambda: _made(found, name)[0], (X, Y), loss, X, scores, f"Modular training: {name}")


def _made(found: Any, name: str) -> tuple[nn.Module, Tensor, Tensor]:
    made = called(found, name)
    whole = isinstance(made, tuple) and len(made) == 3
    if whole and isinstance(made[0], nn.Module) and all(isinstance(part, torch.Tensor) for part in made[1:]):
        return made
    raise BadInput(
        f"`{name}` gives {type(made).__name__}; a tuple (model, X, Y) of a `torch.nn.Module`, inputs and targets is "
        f"needed, or the name of a task that ships with the package: {', '.join(EMBEDDED)}."
    )
