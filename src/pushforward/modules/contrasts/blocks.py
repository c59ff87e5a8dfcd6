"""The two sets of neurons that are contrasted: who is in them, and the unit in which each neuron is measured."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.kinds import is_dense
from pushforward.linear import Chart, ConstantInputs, Inputs
from pushforward.modules.contrasts.density import Place, place
from pushforward.modules.contrasts.factors import Block, Pair, Probe, deviations
from pushforward.modules.contrasts.near_copies import Copy, near_copies
from pushforward.net import Neurons, push
from pushforward.points import read
from pushforward.rng import Seed, generator, integers, permutation, sample

# Inputs among which percentiles are, at least, if there are as many
REFERENCE = 128
# Inputs over which standard deviations are taken, at most
MEASURED = 2048
BlockLike = Tensor | str | Sequence[int] | Sequence[str]
"""A set of neurons: numbers, a mask, or names of layers as `net.select` takes them."""


class Scene(NamedTuple):
    """A probe of A and B, where inputs are usual, charts at some inputs with their numbers, and a seed for each use.

    `copies`: neurons of A and of B that are copies of each other.
    """

    probe: Probe
    place: Place
    charts: list[tuple[int, Chart]]
    seeds: tuple[int, int]
    copies: tuple[Copy, ...]


class Setting(NamedTuple):
    """What all pairs of sets in one network share: deviations (a,) over inputs, where inputs are usual, some charts.

    `every`: all neurons that move; `seeds`: for each use; `state`: of the random numbers that come after.
    """

    net: Neurons
    inputs: Inputs
    start: object
    deviation: Tensor
    every: Block
    place: Place
    charts: list[tuple[int, Chart]]
    seeds: tuple[int, int]
    state: Tensor


def staged(
    net: object, inputs: object, A: object, B: object, start: object, *, seed: Seed, starts: int | None
) -> Scene:
    """The scene of up to `starts` of the inputs `start`, drawn at random; of all, in order, for None.

    Raises `BadInput`, `UnknownLayer`.
    """
    net, inputs, start = checked(net, inputs, start)
    a, b = members(net, A, "A"), members(net, B, "B")
    disjoint(a, b)
    draws = generator(seed)
    return _scene(_setting(net, inputs, start, starts, seed=draws), a, b, starts, seed=draws)


def setting(net: object, inputs: object, start: object, *, seed: Seed) -> Setting:
    """What every scene of this network, these inputs and the batch `start` has in common. Raises `BadInput`."""
    net, inputs, start = checked(net, inputs, start)
    net.expect(structure.item(start, 0))
    return _setting(net, inputs, start, 1, seed=generator(seed))


def scene(where: Setting, A: object, B: object) -> Scene:
    """The scene of two sets, the same whichever scenes were made before. Raises `BadInput`, `UnknownLayer`."""
    a, b = members(where.net, A, "A"), members(where.net, B, "B")
    disjoint(a, b)
    draws = generator(0)
    draws.set_state(where.state)
    return _scene(where, a, b, 1, seed=draws)


def _setting(net: Neurons, inputs: Inputs, start: object, starts: int | None, *, seed: torch.Generator) -> Setting:
    n = structure.length(start)
    first = inputs.chart(structure.item(start, 0))
    deviation = _deviation(net, start, first, seed=seed)
    every = block(net, torch.arange(len(net)), deviation, "the network")
    order = sample(n, n if starts is None else max(starts, REFERENCE), seed=seed)
    if starts is not None:
        order = order[permutation(len(order), seed=seed)]
    charts = [(i, inputs.chart(structure.item(start, i))) for i in order.tolist()]
    seeds = integers(2**31, (2,), seed=seed).tolist()
    where = place([chart for _, chart in charts], start)
    return Setting(net, inputs, start, deviation, every, where, charts, (seeds[0], seeds[1]), seed.get_state())


def _scene(where: Setting, a: Tensor, b: Tensor, starts: int | None, *, seed: torch.Generator) -> Scene:
    net, deviation = where.net, where.deviation
    probe = Probe(net, Pair(block(net, a, deviation, "A"), block(net, b, deviation, "B")), where.every)
    a, b = (which[deviation[which] > 0] for which in (a, b))
    charts = [chart for _, chart in where.charts]
    common = near_copies(probe, where.inputs, a, b, where.start, charts, seed=seed)
    return Scene(probe, where.place, where.charts[:starts], where.seeds, common)


def checked(net: object, inputs: object, start: object) -> tuple[Neurons, Inputs, object]:
    """The three, with `start` as a batch of inputs that the network takes; the network then knows its neurons.

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
    return net, inputs, as_batch(net, inputs, net.cast(read(start, "`contrast(start=...)`")))


def as_batch(net: Neurons, inputs: Inputs, start: object) -> object:
    """`start` itself if it is a batch, and a batch of one if it is one input.

    Raises `BadInput` if it is neither.
    """
    parts = structure.leaves(start)
    refusal = None
    if parts and all(t.ndim for t in parts.values()):
        if structure.length(start) == 0:
            raise BadInput("`contrast(start=...)`: the batch is empty; inputs from the data, (n, ...), are needed.")
        if not (refusal := _refusal(net, inputs, structure.item(start, 0))):
            return start
    if not (whole := _refusal(net, inputs, start)):
        return structure.batch(start)
    raise BadInput(
        f"`contrast(start=...)`: {structure.describe(start)} was given; the inputs or the network take neither its "
        "items nor the whole. Give inputs from the data as a batch (n, ...), or one input without batch axis. "
        f"They said: {refusal or whole}"
    )


def _refusal(net: Neurons, inputs: Inputs, x: object) -> str:
    """Why one input is not taken; nothing if it is."""
    try:
        with torch.no_grad():
            net.expect(inputs.chart(x).point)
    except BadInput as reason:
        return str(reason)
    return ""


def _deviation(net: Neurons, start: object, first: Chart, *, seed: torch.Generator) -> torch.Tensor:
    """Standard deviations of all neurons over the inputs; by the delta method if there is only one.  -> (a)"""
    n = structure.length(start)
    if n < 2:
        return push(net, ConstantInputs(first), first.point).deviation().cpu()
    some = sample(n, MEASURED, seed=seed)
    return deviations(net, structure.rebuild(start, lambda _, t: t[some.to(t.device)]))


# A neuron that varies by less than this share of the one that varies most in its layer is left out: in units of its
# own deviation, the slightest movement would look large
STILL = 0.01


def members(net: Neurons, which: object, name: str) -> Tensor:
    """The neurons that an index tensor, a boolean mask, or names of layers mean: in increasing order, no repeats.

    Raises `BadInput` for none, for numbers that are no neurons and for masks of another length; `UnknownLayer`.
    """
    if isinstance(which, str):
        return net.select(which)
    if isinstance(which, Sequence) and which and all(isinstance(part, str) for part in which):
        return net.select(*which)
    try:
        neurons = torch.as_tensor(which).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(
            f"`contrast({name}=...)`: {type(which).__name__} was given; index tensors, boolean masks or names of "
            "layers are needed."
        ) from reason
    if not is_dense(neurons):
        raise BadInput(f"`contrast({name}=...)`: a dense tensor of numbers of neurons is needed.")
    if neurons.dtype == torch.bool:
        if tuple(neurons.shape) != (len(net),):
            raise BadInput(
                f"`contrast({name}=...)`: a mask of shape {tuple(neurons.shape)} was given; for {len(net)} neurons "
                f"({len(net)},) is needed."
            )
        neurons = neurons.nonzero()[:, 0]
    if not neurons.numel():
        raise BadInput(f"`contrast({name}=...)`: no neurons were given. Name a layer, or give `modules.blocks[0]`.")
    if neurons.is_floating_point() or neurons.is_complex() or neurons.ndim > 1:
        raise BadInput(
            f"`contrast({name}=...)`: a tensor {tuple(neurons.shape)} of {neurons.dtype} was given; indices of neurons "
            "are integers (m,)."
        )
    if int(neurons.min()) < 0 or int(neurons.max()) >= len(net):
        raise BadInput(
            f"`contrast({name}=...)`: neurons {int(neurons.min())} … {int(neurons.max())} were given; there are "
            f"0 … {len(net) - 1}."
        )
    return neurons.reshape(-1).long().unique()


def _neurons(count: int) -> str:
    return f"{count} neuron{' is' if count == 1 else 's are'}"


def disjoint(A: Tensor, B: Tensor) -> None:
    """Raises `BadInput` if a neuron is in both: it cannot move and stay."""
    both = A[torch.isin(A, B)]
    if len(both):
        raise BadInput(
            f"`contrast(A, B)`: {_neurons(len(both))} in A and in B, such as neuron {int(both[0])}: they cannot both "
            "move and stay. Leave them out of one, `B[~torch.isin(B, A)]`."
        )


def block(net: Neurons, neurons: Tensor, deviation: Tensor, name: str) -> Block:
    """The block of those neurons that move, by the `deviation` of all neurons (a,).

    Raises `BadInput` if none does.
    """
    layer = net.table.layer
    largest = deviation.new_zeros(len(net.table)).scatter_reduce(0, layer, deviation, "amax")
    alive = deviation > STILL * largest[layer]
    lively = neurons[alive[neurons]]
    if not len(lively):
        raise BadInput(
            f"`contrast`: none of the {len(neurons)} neurons of {name} moves over the inputs given as `start` "
            "(a dead block, or a constant network). Choose other neurons, or more and more varied inputs."
        )
    return Block(lively, deviation[lively].double(), len(neurons) - len(lively))
