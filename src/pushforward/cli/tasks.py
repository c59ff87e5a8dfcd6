"""What `pushforward modularize` trains on: tasks that ship with the package, and the user's own."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from pushforward.cli.load import called, resolve
from pushforward.errors import BadInput

STEPS = 2000
EMBEDDED: dict[str, dict[str, Any]] = {
    "digits": {"steps": 6000, "plain": 0.4, "halve": 0.4, "settle": 0.7},  # cut late: parts come late with few digits
    "vectors": {"steps": STEPS},
    "formulas": {"steps": STEPS},
}
"""The tasks that ship with the package, and how they are trained."""
TEST = 2000


class Task(NamedTuple):
    """A task: how a network is made, what it learns, and how well it does so at inputs X."""

    make: Callable[[], nn.Module]
    draw: Any
    loss: Callable[[Any, Any], Tensor]
    X: Any
    scores: Callable[[Callable[[Any], Any]], Mapping[str, float]]
    title: str


def hidden(model: nn.Module, X: object) -> list[str]:
    """The layers that are recorded by default, but the output."""
    from pushforward import structure
    from pushforward.modules.modular import evaluating
    from pushforward.net import Neurons

    with evaluating(model):
        names = Neurons(model, example=structure.item(X, 0)).layers
    return [name for name in names if name != "output"] or list(names)


def embedded(name: str) -> Task:
    """A task that ships with the package, with a network for it."""
    from pushforward.datasets import PairMLP, digit_pairs, digits, formulas, shared_vectors
    from pushforward.rng import generator

    unseen = digits("test")
    task = {"vectors": shared_vectors, "formulas": formulas, "digits": digit_pairs}[name]()
    test = digit_pairs((unseen.images, unseen.labels)) if name == "digits" else task
    d, width = task.shape[0], 32
    small = lambda: nn.Sequential(  # noqa: E731
        nn.Linear(d, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, task.outputs)
    )
    X, Y = test.draw(TEST, generator(10_000))
    scores = lambda f: test.scores(f(X), Y)  # noqa: E731
    return Task(
        PairMLP if name == "digits" else small, task.draw, task.loss, X, scores, f"Modular training: {task.name}"
    )


def own(name: str) -> Task:
    """The user's: a function that gives (model, X, Y). Whole numbers Y are classes, others are to be matched."""
    value, _ = resolve(name, "TASK", "package.module:make_task")
    first = _made(value, name)
    X, Y = first[1], first[2]
    classes = not Y.is_floating_point()
    loss = nn.functional.cross_entropy if classes else nn.functional.mse_loss

    def scores(f: Callable[[Any], Any]) -> dict[str, float]:
        outputs = f(X)
        if classes:
            return {"accuracy": float((outputs.argmax(1) == Y).double().mean())}
        return {"explained variance": float(1 - (outputs - Y).square().mean() / Y.var(0).mean())}

    return Task(lambda: _made(value, name)[0], (X, Y), loss, X, scores, f"Modular training: {name}")


def _made(value: object, name: str) -> tuple[nn.Module, Tensor, Tensor]:
    made = called(value, name)
    whole = isinstance(made, tuple) and len(made) == 3
    if whole and isinstance(made[0], nn.Module) and all(isinstance(part, torch.Tensor) for part in made[1:]):
        return made
    raise BadInput(
        f"`{name}` gives {type(made).__name__}; a tuple (model, X, Y) of a `torch.nn.Module`, inputs and targets is "
        f"needed, or the name of a task that ships with the package: {', '.join(EMBEDDED)}."
    )
