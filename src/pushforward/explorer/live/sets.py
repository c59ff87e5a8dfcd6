"""From what a page asks for to neurons and names of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.net import Neurons
from pushforward.page import SetAsked


def neurons_of(net: Neurons, blocks: Sequence[Tensor], which: SetAsked) -> Tensor:
    """The neurons of a set, in increasing order (m,). Raises `BadInput` and `UnknownLayer`."""
    if "module" in which:
        number = which["module"]
        if not 0 <= number < len(blocks):
            there = f"0 … {len(blocks) - 1}" if blocks else "none"
            raise BadInput(f"there is no module {number}; there are {there}. Choose one of them, or a layer.")
        return blocks[number]
    if "layer" in which:
        return net.select(which["layer"])
    neurons = torch.tensor(which.get("neurons", []), dtype=torch.long).unique()
    if not len(neurons) or int(neurons[0]) < 0 or int(neurons[-1]) >= len(net):
        raise BadInput(f"a set of neurons needs numbers of 0 … {len(net) - 1}; choose at least one of them.")
    return neurons


def name_of(which: SetAsked) -> str:
    """What a set is called.

    >>> name_of({"module": 2}), name_of({"layer": "relu1"}), name_of({"neurons": [4, 5]})
    ('module 2', 'relu1', '2 neurons')
    """
    if "module" in which:
        return f"module {which['module']}"
    if "layer" in which:
        return which["layer"]
    count = len(which.get("neurons", []))
    return "one neuron" if count == 1 else f"{count} neurons"


def together(net: Neurons, blocks: Sequence[Tensor], sets: Sequence[SetAsked]) -> tuple[Tensor, str]:
    """The neurons of several sets, and what they are called together. Raises `BadInput` if there are none."""
    if not sets:
        raise BadInput("nothing is to be kept fixed: choose at least one other set of neurons.")
    parts = [neurons_of(net, blocks, which) for which in sets]
    return torch.cat(parts).unique(), " and ".join(dict.fromkeys(name_of(which) for which in sets))
