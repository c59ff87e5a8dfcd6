"""`frontier`: what modularity costs in accuracy, over strengths and seeds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from pushforward.ambient import learning
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.modular.batches import Loss, drawing, parts
from pushforward.modules.modular.factors import evaluating
from pushforward.modules.modular.measure import measure_modularity
from pushforward.modules.modular.run_result import Frontier, ModularRun
from pushforward.modules.modular.settings import ModularTraining
from pushforward.modules.modular.train import DEFAULT, train_modular
from pushforward.points import read
from pushforward.progress import track
from pushforward.runs import Folder, recorded
from pushforward.training import Parts, describe, identity, repeatable, resumable

Reached = tuple[float, float, float, float]


@recorded
@learning
@resumable
@checked
def frontier(
    make: Callable[[], nn.Module],
    data: object,
    accuracy: Callable[[nn.Module], float],
    *,
    test: object,
    strengths: Sequence[float] = (0.0, 1.0, 3.0, 10.0),
    seeds: Sequence[int] = (0, 1, 2),
    training: ModularTraining = DEFAULT,
    loss: Loss = nn.functional.cross_entropy,
    inputs: Inputs | None = None,
    layers: str | list[str] | None = None,
    unit: Literal["position", "channel"] = "position",
    checkpoint: str | Path | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> Frontier:
    """Networks trained by `train_modular` at each strength with each seed, and what they reach.

    `make()` gives a new model; PyTorch's random state is seeded for it and put back. `accuracy(model)` is called on
    the trained model in eval mode; `test` (n, ...) are the inputs at which modularity is measured. The same seed
    starts from the same weights and sees the same batches at every strength. `loss` is that of `train_modular`: by
    default for classes. With a `checkpoint` every network's figures are written there when it is trained, and the same
    call, or one with other strengths and seeds, resumes from them; a `data` that draws by itself must draw the same.

    >>> from pushforward.rng import normal
    >>> X = normal((64, 2), seed=0)
    >>> make = lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> short, data = ModularTraining(steps=2, batch=8), (X, (X[:, 0] > 0).long())
    >>> table = frontier(make, data, lambda net: 1.0, test=X, strengths=(0.0, 1.0), seeds=(0,), training=short)
    >>> table.accuracy.shape
    torch.Size([2, 1])

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `BadInput` and what `train_modular` raises.
    """
    if not strengths or not seeds:
        raise BadInput("`frontier(strengths=, seeds=)`: at least one of each is needed.")
    cells = [(strength, seed) for strength in strengths for seed in seeds]
    draw, test, same = drawing(data, loss), read(test, "`frontier(test=...)`"), {}
    if checkpoint is not None:
        settings = {f"training.{name}": value for name, value in training.spec().items() if name != "strength"}
        same = identity(
            **parts(draw, training.batch, seed=0), test=test, accuracy=accuracy, loss=loss, inputs=inputs,
            layers=str(layers), unit=unit, **settings,
        )  # fmt: skip
    done = Parts(checkpoint, same, Reached)
    rows: list[Reached] = []
    for strength, seed in track(cells, "frontier", show=progress, total=len(cells)):
        with repeatable(seed):
            model = _made(make)
        name = f"strength {strength!r}, seed {seed}, {'' if checkpoint is None else describe(model, 'the network')}"
        train = partial(
            train_modular, model, draw, seed=seed, training=replace(training, strength=strength), loss=loss,
            inputs=inputs, layers=layers, unit=unit,
        )  # fmt: skip
        rows.append(done.get(name) or done.put(name, _reached(train, accuracy, test, seed)))
    columns = torch.tensor(rows, dtype=torch.float64).T.reshape(4, len(strengths), len(seeds))
    return Frontier(tuple(strengths), tuple(seeds), *columns.clone())


def _reached(
    train: Callable[[], ModularRun], accuracy: Callable[[nn.Module], float], test: object, seed: int
) -> Reached:
    """Accuracy, score, Q and seconds of one network."""
    run = train()
    assert run.model is not None
    with evaluating(run.model), torch.no_grad():
        try:
            reached = accuracy(run.model)
        except TypeError as reason:
            raise BadInput(
                f"`frontier(accuracy)`: `accuracy(model)` failed ({reason}). Give a function of the trained network."
            ) from reason
    if not isinstance(reached, float | int | Tensor | np.generic) or (
        isinstance(reached, Tensor) and reached.numel() > 1
    ):
        raise BadInput(f"`frontier(accuracy=...)` gave a {type(reached).__name__}; one number is needed.")
    assert run.net is not None
    assert run.inputs is not None
    result = measure_modularity(run.net, run.inputs, test, seed=seed)
    return float(reached), result.score, result.Q, run.seconds


def _made(make: Callable[[], nn.Module]) -> nn.Module:
    """A new network. Raises `BadInput` where none is made."""
    try:
        model = make()
    except TypeError as reason:
        raise BadInput(f"`frontier(make)`: `make()` failed ({reason}). Give a function without arguments.") from reason
    if not isinstance(model, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(f"`frontier(make)`: `make()` gave a {type(model).__name__}; a `torch.nn.Module` is needed.")
    return model
