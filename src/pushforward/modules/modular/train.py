"""`train_modular`: a network trained on its task and, at the same time, to be modular."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.codec import Json
from pushforward.errors import BadInput, Diverged
from pushforward.inputs import Gaussian
from pushforward.linear import Inputs
from pushforward.modules.modular.batches import Draw, Loss, drawing, parts
from pushforward.modules.modular.penalty import ModularityPenalty
from pushforward.modules.modular.run_result import ModularRun
from pushforward.modules.modular.settings import ModularTraining
from pushforward.modules.modular.targets import check_targets
from pushforward.net import Neurons, first_line
from pushforward.progress import track
from pushforward.rng import Seed, generator, integers
from pushforward.training import (
    delayed_interrupt,
    identity,
    packed,
    repeatable,
    resumable,
    resume,
    under,
    unpack,
    write,
)


@dataclass
class State:
    """The model, Adam's moments, the penalty, the random numbers to come, and what was recorded."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    penalty: ModularityPenalty
    draws: torch.Generator
    step: int = 0
    history: list[list[float]] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Of loss, Z and how often Z was computed, since the last row of the history."""

    def tensors(self) -> dict[str, Tensor]:
        """Everything but `step`, by name."""
        history = torch.tensor(self.history, dtype=torch.float64).reshape(-1, 3)
        own = {"sums": torch.tensor(self.sums, dtype=torch.float64), "history": history}
        own |= {f"penalty.{name}": t for name, t in self.penalty.state().items()}
        return packed(self.draws, {"model": self.model}, {"optimiser": self.optimiser}) | own

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """The inverse of `tensors`, into the same model."""
        self.step, self.history, self.sums = step, tensors["history"].tolist(), tensors["sums"].tolist()
        unpack(tensors, self.draws, {"model": self.model}, {"optimiser": self.optimiser})
        self.penalty.restore(under(tensors, "penalty"))


DEFAULT = ModularTraining()
KIND = "modularity.checkpoint"
# How many inputs the covariance is fitted to
FITTED = 4000
RANK = 32


@learning
@resumable
@checked
def train_modular(
    model: nn.Module,
    data: object,
    *,
    seed: Seed,
    loss: Loss = nn.functional.cross_entropy,
    inputs: Inputs | None = None,
    layers: str | list[str] | None = None,
    unit: Literal["position", "channel"] = "position",
    training: ModularTraining = DEFAULT,
    checkpoint: str | Path | None = None,
    progress: bool = False,
) -> ModularRun:
    """The model, trained in place on loss + `ModularityPenalty`, with the history of both.

    `data` is (X, Y), or a Dataset or DataLoader of such pairs, of which batches are drawn at random; or a function of a
    batch size and a `torch.Generator` that draws a batch (x, y) with it. `loss(model(x), y)` is a scalar: by default
    cross-entropy, for targets that are classes; numbers need another, such as `loss=torch.nn.functional.mse_loss`.
    `inputs` says what near an input means: by default `Gaussian.fit` of rank 32 to the data. `layers` are those whose
    neurons become modular, and `unit` says what a neuron of a feature map or token axis is, both as in `Neurons`.

    With `checkpoint=` a file is kept up to date, and a run that was interrupted resumes from it to the same result, if
    the model is given with the weights it had at the start.
    Where losses become NaN or infinite it stops, names the layer, and the last good checkpoint stays.

    >>> from pushforward.rng import normal
    >>> net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> X = normal((64, 2), seed=0)
    >>> short = ModularTraining(steps=4, batch=16, record=2)
    >>> run = train_modular(net, (X, (X[:, 0] > 0).long()), seed=0, training=short)
    >>> run.history.shape
    torch.Size([2, 3])

    Raises `BadInput`, `Diverged`, `NotFinite` and `NotDifferentiable`.
    """
    began, draws = time.perf_counter(), generator(seed)
    draw = drawing(data, loss)
    inputs = inputs if inputs is not None else Gaussian.fit(draw(FITTED, draws)[0], rank=RANK)
    net = Neurons(model, layers, unit=unit)
    penalty = _penalty(net, inputs, training, seed=draws)
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise BadInput("the model has no weights to train: none has `requires_grad`.")
    order = int(integers(2**31, (), seed=draws))
    state = State(model, torch.optim.Adam(trained, training.lr), penalty, generator(order))
    same = _resumed(checkpoint, state, draw, loss, inputs, training, order)
    _run(state, draw, loss, training, order, checkpoint, same, progress)
    history = torch.tensor(state.history, dtype=torch.float64).reshape(-1, 3)
    return ModularRun(
        network=type(model).__name__,
        weights={name: t.detach().clone() for name, t in model.state_dict().items()},
        training=training,
        history=history,
        partition=penalty.partition,
        halves=penalty.halves,
        seconds=time.perf_counter() - began,
        model=model,
        net=net,
        inputs=inputs,
    )


def _resumed(
    path: str | Path | None,
    state: State,
    draw: Draw,
    loss: Loss,
    inputs: Inputs,
    training: ModularTraining,
    order: int,
) -> dict[str, Json]:
    """What the run follows from; its state is that of the file, if there is one."""
    if path is None:
        return {}
    net, settings = state.penalty.net, {f"training.{name}": value for name, value in training.spec().items()}
    where = {"layers": str(net.patterns), "unit": net.unit, "device": next(state.model.parameters()).device.type}
    data = parts(draw, training.batch, seed=order)
    same = identity(network=state.model, inputs=inputs, loss=loss, seed=order, **data, **settings, **where)
    resume(path, state, same, steps=training.steps, kind=KIND)
    return same


def _penalty(net: Neurons, inputs: Inputs, training: ModularTraining, *, seed: Seed) -> ModularityPenalty:
    names = ("hold", "resolution", "count", "every", "points", "neurons", "directions", "gamma")
    return ModularityPenalty(
        net,
        inputs,
        training.strength,
        int(integers(2**31, (), seed=seed)),
        **{name: round(getattr(training, name) * training.steps) for name in ("plain", "halve", "warmup", "settle")},
        **{name: getattr(training, name) for name in names},
    )


def _run(
    state: State,
    draw: Draw,
    loss: Loss,
    training: ModularTraining,
    order: int,
    checkpoint: str | Path | None,
    identity: Mapping[str, object],
    progress: bool,
) -> None:
    last, steps = time.monotonic(), range(state.step, training.steps)
    with delayed_interrupt() as interrupted:
        for step in track(steps, "training a modular network", show=progress, total=len(steps)):
            with repeatable(order + step):
                _step(state, draw, loss, training)
            if state.step % training.record == 0 or state.step == training.steps:
                _record(state)
            stop, due = interrupted(), time.monotonic() - last >= training.checkpoint_seconds
            if checkpoint is not None and (stop or due or state.step == training.steps):
                _healthy(state)
                write(checkpoint, state, identity, kind=KIND)
                last = time.monotonic()
            if stop:
                raise KeyboardInterrupt


def _step(state: State, draw: Draw, loss: Loss, training: ModularTraining) -> None:
    x, y = _drawn(draw, training.batch, state.draws)
    for group in state.optimiser.param_groups:
        group["lr"] = training.rate(state.step)
    output = _output(state.model, x)
    check_targets(output, y, loss)
    task = _lost(loss, output, y)
    if not math.isfinite(float(task.detach())):
        raise Diverged(_diverged(state, x))
    state.optimiser.zero_grad()
    task.backward()
    term = state.penalty(x)  # after the task's backward pass: neither holds memory while the other runs
    if term.requires_grad:
        term.backward()
    state.optimiser.step()
    state.step += 1
    computed = term.requires_grad
    state.sums = [
        a + b
        for a, b in zip(
            state.sums,
            (float(task.detach()), state.penalty.near * computed if computed else 0.0, computed),
            strict=True,
        )
    ]


def _record(state: State) -> None:
    since = state.step - (int(state.history[-1][0]) if state.history else 0)
    task, near, times = state.sums
    state.history.append([float(state.step), task / since, near / times if times else math.nan])
    state.sums = [0.0, 0.0, 0.0]


def _healthy(state: State) -> None:
    """Raise `Diverged` where weights are not finite: a checkpoint has good ones only."""
    for name, p in state.model.named_parameters():
        if not torch.isfinite(p).all():
            raise Diverged(f"training diverged at step {state.step}: the weight {name!r} is NaN or infinite. {CURE}")


CURE = (
    "Use a smaller `lr` or `strength`, such as `ModularTraining(lr=1e-4)`; the last good checkpoint, if any, remains."
)


def _diverged(state: State, x: object) -> str:
    where = "the loss"
    if state.penalty.net.bound:
        with torch.no_grad(), state.penalty.net.double.evaluating():
            values = state.penalty.net.record(x)
        layers = zip(state.penalty.net.table, values, strict=True)
        where = next((f"layer {one.name!r}" for one, value in layers if not torch.isfinite(value).all()), where)
    return f"training diverged at step {state.step}: {where} is NaN or infinite, and is the first that is. {CURE}"


def _lost(loss: Loss, output: object, y: object) -> Tensor:
    """The loss. Raises `BadInput` where it cannot be had of outputs and targets, or is no one number."""
    try:
        task = loss(output, y)
    except (TypeError, RuntimeError) as reason:
        raise BadInput(f"`loss(model(x), y)` failed with {type(reason).__name__}: {first_line(reason)}.") from reason
    if not isinstance(task, Tensor) or task.numel() != 1:
        given = tuple(task.shape) if isinstance(task, Tensor) else type(task).__name__
        raise BadInput(f"`loss(model(x), y)` gave {given}; a tensor of one number is needed, such as a mean.")
    return task


def _drawn(draw: Draw, size: int, draws: torch.Generator) -> tuple[object, object]:
    """A batch. Raises `BadInput` where the function that draws it gives no pair."""
    both = draw(size, draws)
    if not isinstance(both, tuple | list) or len(both) != 2:
        raise BadInput(f"`data(size, generator)` gave a {type(both).__name__}; a pair (x, y) is needed.")
    return both[0], both[1]


def _output(model: nn.Module, x: object) -> object:
    """What the model gives. Raises `BadInput` where it does not take the data."""
    try:
        return model(x)
    except (TypeError, RuntimeError) as reason:
        given = structure.describe(x)
        raise BadInput(
            f"the model fails on a batch {given}: {first_line(reason)}. Give data that it takes."
        ) from reason
