"""The two sets of neurons that are contrasted: who is in them, and the unit in which each neuron is measured."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.net import Neurons

STILL = 0.01
"""A neuron that varies by less than this share of the one that varies most in its layer is left out: in units of its
own deviation, the slightest movement would look large."""


class Block(NamedTuple):
    """Neurons in increasing order (m,), the standard deviation of each (m,), and how many more hardly ever move."""

    neurons: Tensor
    scale: Tensor
    dead: int

    @property
    def unit(self) -> Tensor:
        """What activations are divided by, so that the norm of a change is its root mean square in σ (m,)."""
        return self.scale * len(self.neurons) ** 0.5


def members(net: Neurons, which: Any, name: str) -> Tensor:
    """The neurons that an index tensor, a boolean mask, or names of layers mean: in increasing order, no repeats.

    Raises `BadInput` for none, for numbers that are no neurons and for masks of another length; `UnknownLayer`.
    """
    if isinstance(which, str):
        return net.select(which)
    if isinstance(which, Sequence) and which and all(isinstance(part, str) for part in which):
        return net.select(*which)
    try:
        given = torch.as_tensor(which).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(
            f"`contrast({name}=...)`: {type(which).__name__} was given; index tensors, boolean masks or names of "
            "layers are needed."
        ) from reason
    if given.dtype == torch.bool:
        if tuple(given.shape) != (len(net),):
            raise BadInput(
                f"`contrast({name}=...)`: a mask of shape {tuple(given.shape)} was given; for {len(net)} neurons "
                f"({len(net)},) is needed."
            )
        given = given.nonzero()[:, 0]
    if not given.numel():
        raise BadInput(f"`contrast({name}=...)`: no neurons were given. Name a layer, or give `modules.blocks[0]`.")
    if given.is_floating_point() or given.is_complex() or given.ndim > 1:
        raise BadInput(
            f"`contrast({name}=...)`: a tensor {tuple(given.shape)} of {given.dtype} was given; indices of neurons are "
            "integers (m,)."
        )
    if int(given.min()) < 0 or int(given.max()) >= len(net):
        raise BadInput(
            f"`contrast({name}=...)`: neurons {int(given.min())} … {int(given.max())} were given; there are "
            f"0 … {len(net) - 1}."
        )
    return given.reshape(-1).long().unique()


def disjoint(A: Tensor, B: Tensor) -> None:
    """Raises `BadInput` if a neuron is in both: it cannot move and stay."""
    both = A[torch.isin(A, B)]
    if len(both):
        raise BadInput(
            f"`contrast(A, B)`: {len(both)} neurons are in A and in B, such as neuron {int(both[0])}: they cannot both "
            "move and stay. Leave them out of one, `B[~torch.isin(B, A)]`."
        )


def block(net: Neurons, neurons: Tensor, deviation: Tensor, name: str) -> Block:
    """The block of those neurons that move, by the `deviation` of all neurons (a,).

    Raises `BadInput` if none does.
    """
    layer = net.table.layer
    largest = deviation.new_zeros(len(net.table)).scatter_reduce(0, layer, deviation, "amax")
    alive = deviation > STILL * largest[layer]
    kept = neurons[alive[neurons]]
    if not len(kept):
        raise BadInput(
            f"`contrast`: none of the {len(neurons)} neurons of {name} moves over the inputs given as `start` "
            "(a dead block, or a constant network). Choose other neurons, or more and more varied inputs."
        )
    return Block(kept, deviation[kept].double(), len(neurons) - len(kept))
