"""Networks, optimisers and random states as named tensors, and back into the same ones."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def packed(
    draws: torch.Generator, networks: Mapping[str, nn.Module], optimisers: Mapping[str, torch.optim.Optimizer]
) -> dict[str, Tensor]:
    """The state of all of them by name: weights and buffers, moments, and the numbers to come."""
    tensors = {"draws": draws.get_state()}
    for name, net in networks.items():
        tensors |= {f"{name}.{key}": t for key, t in net.state_dict().items()}
    for name, optimiser in optimisers.items():
        moments = optimiser.state_dict()["state"]
        tensors |= {f"{name}.{i}.{key}": t for i, one in moments.items() for key, t in one.items()}
    return tensors


def unpack(
    tensors: Mapping[str, Tensor],
    draws: torch.Generator,
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
) -> None:
    """Put back what `packed` gave, in place."""
    draws.set_state(tensors["draws"])
    for name, net in networks.items():
        net.load_state_dict(under(tensors, name))
    for name, optimiser in optimisers.items():
        moments: dict[int, dict[str, Tensor]] = {}
        for key, t in under(tensors, name).items():
            i, what = key.split(".", 1)
            moments.setdefault(int(i), {})[what] = t
        optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})


def under(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors of one part, by their names in it.

    >>> under({"net.weight": torch.ones(1), "other": torch.zeros(1)}, "net")
    {'weight': tensor([1.])}
    """
    return {key.removeprefix(f"{name}."): t for key, t in tensors.items() if key.startswith(f"{name}.")}
