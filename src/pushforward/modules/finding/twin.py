"""The untrained twin: the same architecture with weights drawn anew, which no training has made modular."""

import copy
from collections.abc import Callable

import torch
from torch import nn

from pushforward.errors import BadInput
from pushforward.modules.finding.source import some_of
from pushforward.net import Neurons
from pushforward.points import Stock
from pushforward.process import repeatable
from pushforward.rng import Seed, generator, integers

# Inputs from which the statistics of normalisation layers are taken
BATCH = 256
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


def untrained_twin(net: Neurons, X: Stock, *, seed: Seed, make: Callable[[], nn.Module] | None = None) -> Neurons:
    """The neurons of the same architecture with other random weights.

    `make()` gives a new model; without it a copy is taken, and every module that has parameters of its own draws them
    by its `reset_parameters`, or the model by its `_init_weights` (as those of Hugging Face). Statistics of batch
    normalisation are estimated from up to 256 inputs of X. The caller's model is not touched.

    Raises `BadInput` if it is not known how to draw the weights, or if `make()` gives another architecture.
    """
    number = int(integers(2**31, (), seed=generator(seed)))
    with repeatable(number):
        model = _redrawn(net.model) if make is None else make()
    reference = next(net.model.parameters(), None)
    if reference is not None:
        model = model.to(reference.device, reference.dtype)
    unit = "channel" if net.unit == "channel" else "position"
    where = {"mask": net.positions.mask, "positions": net.positions.chosen, "directions": net.directions or None}
    ends = {"start": net.start, "stop": net.stop}
    twin, X = Neurons(model.eval(), layers=net.patterns, unit=unit, **ends, **where), X.through(net.cast)
    _estimate_statistics(twin, X)
    twin.see(some_of(X))
    if len(twin) != len(net):
        raise BadInput(
            f"`find_modules(twin=...)`: the twin has {len(twin)} neurons, the network {len(net)}. The factory must "
            "give the same architecture with other weights."
        )
    return twin


def _redrawn(model: nn.Module) -> nn.Module:
    twin = copy.deepcopy(model)
    initialise = getattr(twin, "_init_weights", None)
    for name, module in twin.named_modules():
        reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
        if callable(reset):
            reset()
        elif callable(initialise):
            initialise(module)
        elif any(True for _ in module.parameters(recurse=False)):
            raise BadInput(
                f"the weights of {name or 'the model'} ({type(module).__name__}) cannot be drawn anew: it has no "
                "`reset_parameters`. Give a function that makes a new model, `twin=make_model`"
            )
    return twin.requires_grad_(False)


@torch.no_grad()
def _estimate_statistics(twin: Neurons, X: Stock) -> None:
    """Put running statistics of batch normalisation to what they are on these inputs."""
    norms = [m for m in twin.model.modules() if isinstance(m, NORMS) and m.track_running_stats]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    if norms:
        twin.forward(X.take(range(min(BATCH, X.count))), {})
    twin.model.eval()
