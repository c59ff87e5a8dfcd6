"""What is trained on: batches of inputs and targets, drawn at random from data or by a function."""

from collections.abc import Callable
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.modules.modular.targets import check_classes
from pushforward.points import Batch, pairs
from pushforward.rng import generator, integers
from pushforward.training import repeatable, same_draws

Draw = Callable[[int, torch.Generator], tuple[object, object]]
"""Takes a batch size and a generator, gives inputs and targets drawn with it."""
Loss = Callable[..., Tensor]
"""Takes the model's output and the targets of a batch, gives a scalar."""


class Pairs(NamedTuple):
    """Inputs and targets, of which batches are drawn with replacement."""

    X: Batch
    Y: Batch

    def __call__(self, size: int, draws: torch.Generator) -> tuple[object, object]:
        """A batch of both."""
        some = integers(structure.length(self.X), (size,), seed=draws)
        x, y = (structure.rebuild(part, lambda _, t: t[some.to(t.device)]) for part in self)
        return x, y


def drawing(data: object, loss: Loss) -> Draw:
    """Batches of (X, Y) drawn with replacement, or the function itself."""
    if callable(data) and not isinstance(data, type | nn.Module):
        return cast(Draw, data)
    both = Pairs(*pairs(data, "`train_modular(model, (X, Y))`"))
    check_classes(both.Y, loss)
    return both


def parts(draw: Draw, size: int, *, seed: int) -> dict[str, object]:
    """What says which data it is: all of it, or what a function draws and how. Raises `BadInput` where nothing does."""
    if isinstance(draw, Pairs):
        return {"data": draw.X, "targets": draw.Y}

    def once() -> object:
        with repeatable(seed):
            return draw(size, generator(seed))

    return {"data": same_draws(once, draw)}
