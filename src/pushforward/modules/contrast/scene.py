"""What is settled before anything is searched: the blocks, their units, and charts at some of the inputs."""

from typing import Any, NamedTuple

import torch

from pushforward.errors import BadInput
from pushforward.linear import Chart, Held, Inputs, structure
from pushforward.modules.contrast.blocks import block, disjoint, members
from pushforward.modules.contrast.distribution import Place, place
from pushforward.modules.contrast.probe import Pair, Probe, deviations
from pushforward.net import Neurons, push
from pushforward.rng import Seed, generator, integers, permutation, sample

REFERENCE = 128
"""Inputs among which percentiles are, at least, if there are as many."""
MEASURED = 2048
"""Inputs over which standard deviations are taken, at most."""


class Scene(NamedTuple):
    """A probe of A and B, where inputs are usual, charts at some inputs with their numbers, and a seed for each use."""

    probe: Probe
    place: Place
    charts: list[tuple[int, Chart]]
    seeds: tuple[int, int]


def staged(net: Any, inputs: Any, A: Any, B: Any, start: Any, *, seed: Seed, starts: int | None) -> Scene:
    """The scene of up to `starts` of the inputs `start`, drawn at random; of all, in order, for None.

    Raises `BadInput`, `UnknownLayer`.
    """
    start = checked(net, inputs, start)
    draws, n = generator(seed), structure.length(start)
    first = inputs.chart(structure.item(start, 0))
    a, b = members(net, A, "A"), members(net, B, "B")
    disjoint(a, b)
    deviation = _deviation(net, start, first, seed=draws)
    probe = Probe(net, Pair(block(net, a, deviation, "A"), block(net, b, deviation, "B")))
    order = sample(n, n if starts is None else max(starts, REFERENCE), seed=draws)
    if starts is not None:
        order = order[permutation(len(order), seed=draws)]
    charts = [(i, inputs.chart(structure.item(start, i))) for i in order.tolist()]
    seeds = integers(2**31, (2,), seed=draws).tolist()
    return Scene(probe, place([chart for _, chart in charts]), charts[:starts], tuple(seeds))


def checked(net: Any, inputs: Any, start: Any) -> Any:
    """`start` as a batch of inputs that the network takes; the network then knows its neurons.

    Raises `BadInput`.
    """
    if not isinstance(net, Neurons):
        raise BadInput(
            f"`contrast(net, ...)`: a `pf.Neurons` is needed, not {type(net).__name__}; use `pf.Neurons(model)`."
        )
    if not isinstance(inputs, Inputs):
        raise BadInput(
            f"`contrast(net, inputs, ...)`: inputs is {type(inputs).__name__}; use `pf.Gaussian.fit(X)`, a generator, "
            "or anything that has `chart(x)`."
        )
    return as_batch(net, inputs, structure.tensors(start))


def as_batch(net: Neurons, inputs: Inputs, start: Any) -> Any:
    """`start` itself if it is a batch, and a batch of one if it is one input.

    Raises `BadInput` if it is neither.
    """
    parts = structure.leaves(start)
    if parts and all(t.ndim for t in parts.values()):
        if structure.length(start) == 0:
            raise BadInput("`contrast(start=...)`: the batch is empty; inputs from the data, (n, ...), are needed.")
        if _takes(net, inputs, structure.item(start, 0)):
            return start
    if _takes(net, inputs, start):
        return structure.batch(start)
    raise BadInput(
        f"`contrast(start=...)`: {structure.describe(start)} was given; the inputs or the network take neither its "
        "items nor the whole. Give inputs from the data as a batch (n, ...), or one input without batch axis."
    )


def _takes(net: Neurons, inputs: Inputs, x: Any) -> bool:
    try:
        with torch.no_grad():
            net.expect(inputs.chart(x).point)
    except BadInput:
        return False
    return True


def _deviation(net: Neurons, start: Any, first: Chart, *, seed: torch.Generator) -> torch.Tensor:
    """Standard deviations of all neurons over the inputs; by the delta method if there is only one.  -> (a)"""
    n = structure.length(start)
    if n < 2:
        return push(net, Held(first), first.point).deviation().cpu()
    chosen = sample(n, MEASURED, seed=seed)
    return deviations(net, structure.rebuild(start, lambda _, t: t[chosen.to(t.device)]))
