"""What a trained network is like: how good, how modular, and what its two halves do. Never optimised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.finding import Modules, find_modules
from pushforward.modules.lesions import Lesions
from pushforward.modules.modular.measure import measure_modularity
from pushforward.modules.modular.result import Modularity
from pushforward.net import Neurons
from pushforward.rng import Seed, generator, integers

POINTS = 32
CONTROLS = 5


class Split(NamedTuple):
    """What lesions of two sides do to two parts of a task.

    `own`: the damage of a side to the part that it serves, the lesser of both; `other`: to the other part, the greater.
    """

    own: float
    other: float


@dataclass(frozen=True, eq=False)
class Assessment:
    """A network's `scores` in each part of its task, its `modularity`, its own `modules`, and `lesions` of two sides.

    `lesions` is None where the neurons do not fall into two sides.
    """

    scores: Mapping[str, float]
    modularity: Modularity
    modules: Modules
    lesions: Lesions | None

    @property
    def split(self) -> Split | None:
        """What the sides do, if there are two and the task has two parts."""
        if self.lesions is None or self.lesions.effect.shape != (2, 2):
            return None
        return split(self.lesions.effect)


def assess(
    net: Neurons,
    inputs: Inputs,
    X: Any,
    metric: Callable[[Callable[[Any], Any]], Mapping[str, float]],
    *,
    seed: Seed,
    progress: bool = False,
) -> Assessment:
    """What a network reaches and how it does so, at inputs X (n, ...).

    `metric(f)` gives the score in each part of the task for a network as a function of a batch, higher is better.
    Its neurons are cut in two, whatever their number of modules, and each side is lesioned.

    >>> from pushforward.datasets import planted
    >>> from pushforward.inputs import Gaussian
    >>> truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    >>> size = lambda f: {"size": float(f(truth.inputs).square().mean())}
    >>> assess(Neurons(truth.model), Gaussian.isotropic((64,)), truth.inputs, size, seed=0).modularity.modules
    2

    Raises `BadInput` and what `measure_modularity` raises.
    """
    one = int(integers(2**31, (), seed=generator(seed)))
    with torch.no_grad():
        scores = metric(net.model)
    found = find_modules(net, inputs, X, seed=one, points=POINTS, progress=progress)
    measured = measure_modularity(net, inputs, X, seed=one, points=POINTS, progress=progress)
    return Assessment(scores, measured, found, _lesions(net, inputs, X, metric, seed=one))


def split(effect: Tensor) -> Split:
    """The damage (2, 2) of two sides to two parts, each side with the part that it serves more than the other does."""
    straight = torch.minimum(effect[0, 0] - effect[0, 1], effect[1, 1] - effect[1, 0])
    crossed = torch.minimum(effect[0, 1] - effect[0, 0], effect[1, 0] - effect[1, 1])
    effect = effect if straight >= crossed else effect.flip(1)
    return Split(float(effect.diagonal().min()), float(torch.maximum(effect[0, 1], effect[1, 0])))


def _lesions(net: Neurons, inputs: Inputs, X: Any, metric: Any, *, seed: int) -> Lesions | None:
    try:
        sides = find_modules(net, inputs, X, seed=seed, points=POINTS, count=2)
    except BadInput:  # they do not fall into two
        return None
    return sides.lesion(net, metric, seed=seed, controls=CONTROLS)
