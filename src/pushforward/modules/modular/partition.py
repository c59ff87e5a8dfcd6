"""The modules that a network has by itself while it is trained: those that stay from then on."""

import torch
from torch import Tensor

from pushforward import structure
from pushforward.modules.finding import communities
from pushforward.modules.modular.factors import Factors
from pushforward.modules.modular.graph import Graph, cut, parts
from pushforward.modules.modular.units import units
from pushforward.rng import Seed

# Inputs at which modules are looked for
POINTS = 64
# Neurons among which modules are looked for
LARGEST = 1000


def own_modules(factors: Factors, x: object, resolution: float, count: int | None, *, seed: Seed) -> Tensor:
    """The communities of all neurons (a,) as they are at up to `POINTS` inputs of a batch; −1 for dead ones.

    With a `count` that many parts of much the same weight. Of a network with more than `LARGEST` neurons a sample is
    taken, the others are in none.
    """
    neurons, R = _graph(factors, x, seed=seed)
    return _of_all(factors, neurons, communities(R, resolution) if count is None else parts(R, count))


def own_halves(factors: Factors, x: object, *, seed: Seed) -> Tensor:
    """The two sides (a,) of the cut across which neurons have least to do with each other; −1 as in `own_modules`."""
    neurons, R = _graph(factors, x, seed=seed)
    return _of_all(factors, neurons, cut(R))


def _graph(factors: Factors, x: object, *, seed: Seed) -> tuple[Tensor, Tensor]:
    """Which neurons (m,), and their mean squared correlations (m, m)."""
    x, net = structure.tensors(x), factors.net
    with torch.no_grad(), net.double.evaluating():
        net.expect(structure.item(x, 0))
        compared = units(net.table, LARGEST, seed=seed)
        graph = Graph(len(compared.neuron))
        for i in range(min(POINTS, structure.length(x))):
            F, _ = factors.at(structure.batch(structure.item(x, i)), seed=seed)
            graph.add(F[0, compared.neuron.to(F.device)], compared.layer)
    return compared.neuron, graph.mean()


def _of_all(factors: Factors, neurons: Tensor, labels: Tensor) -> Tensor:
    every = torch.full((len(factors.net),), -1)
    every[neurons] = labels
    return every
