"""The untrained twin: the same architecture with weights drawn anew, which no training has made modular."""

import copy
from collections.abc import Callable

import torch
from torch import nn

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net import Neurons
from pushforward.rng import Seed, generator, integers

# Inputs from which the statistics of normalisation layers are taken
BATCH = 256


def untrained_twin(
    net: Neurons, X: object, *, seed: Seed, make: Callable[[], nn.Module] | None = None
) -> Neurons | None:
    """The neurons of the same architecture with other random weights, or None if it is not known how to draw them.

    `make()` gives a new model; without it a copy is taken, and every module that has parameters of its own draws them
    by its `reset_parameters`, or the model by its `init_weights` (as those of Hugging Face). Statistics of batch
    normalisation are estimated from up to 256 inputs of X. The caller's model is not touched.
    """
    number = int(integers(2**31, (), seed=generator(seed)))
    with torch.random.fork_rng():
        torch.manual_seed(number)
        model = _redrawn(net.model) if make is None else make()
    if model is None:
        return None
    reference = next(net.model.parameters(), None)
    if reference is not None:
        model = model.to(reference.device, reference.dtype)
    _estimate_statistics(model, net.cast(X))
    twin = Neurons(
        model.eval(), layers=net.patterns, unit="channel" if net.unit == "channel" else "position", start=net.start
    )
    twin.bind(structure.item(net.cast(X), 0))
    if len(twin) != len(net):
        raise BadInput(
            f"`find_modules(twin=...)`: the twin has {len(twin)} neurons, the network {len(net)}. The factory must "
            "give the same architecture with other weights."
        )
    return twin


def _redrawn(model: nn.Module) -> nn.Module | None:
    try:
        twin = copy.deepcopy(model)
    except (RuntimeError, TypeError):
        return None
    initialise = getattr(twin, "_init_weights", None)
    for module in twin.modules():
        reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
        if callable(reset):
            reset()
        elif callable(initialise):
            initialise(module)
        elif any(True for _ in module.parameters(recurse=False)):
            return None
    return twin.requires_grad_(False)


@torch.no_grad()
def _estimate_statistics(model: nn.Module, X: object) -> None:
    """Put running statistics of batch normalisation to what they are on these inputs."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.track_running_stats]  # pyright: ignore[reportPrivateUsage]
    model.eval()
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    n = min(BATCH, structure.length(X))
    model(*_arguments(structure.rebuild(X, lambda _, t: t[:n])))
    model.eval()


def _arguments(x: object) -> tuple[object, ...]:
    return x if isinstance(x, tuple) else (x,)
