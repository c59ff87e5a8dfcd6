"""What a trained network is like: how good, how modular, and what its two halves do. Never optimised."""

from collections.abc import Callable, Mapping

import torch

from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.finding import find_modules
from pushforward.modules.lesions import Lesions, Network
from pushforward.modules.modular.measure import measure_modularity
from pushforward.modules.modular.result import Assessment
from pushforward.net import Neurons
from pushforward.rng import Seed, generator, integers

POINTS = 32
CONTROLS = 5


@steady
@checked
def assess(
    net: Neurons,
    inputs: Inputs,
    X: object,
    metric: Callable[[Network], Mapping[str, float]],
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
    >>> assess(Neurons(truth.model), Gaussian.isotropic((64,)), truth.inputs[:8], size, seed=0).modularity.modules
    2

    Raises `BadInput` and what `measure_modularity` raises.
    """
    one = int(integers(2**31, (), seed=generator(seed)))
    with torch.no_grad():
        told = metric(net.model)
    if not isinstance(told, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(f"`assess(metric=...)` gave a {type(told).__name__}; a dict of numbers is needed.")
    scores = {part: float(score) for part, score in told.items()}
    modules = find_modules(net, inputs, X, seed=one, points=POINTS, progress=progress)
    modularity = measure_modularity(net, inputs, X, seed=one, points=POINTS, progress=progress)
    return Assessment(scores, modularity, modules, _lesions(net, inputs, X, metric, seed=one))


def _lesions(
    net: Neurons, inputs: Inputs, X: object, metric: Callable[[Network], Mapping[str, float]], *, seed: int
) -> Lesions | None:
    try:
        sides = find_modules(net, inputs, X, seed=seed, points=POINTS, count=2)
    except BadInput:  # they do not fall into two
        return None
    return sides.lesion(net, metric, seed=seed, controls=CONTROLS)
