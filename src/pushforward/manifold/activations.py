"""Activations of a layer as points: what verbs that read data do with a network."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net import Neurons
from pushforward.points import read

# Bytes of activations that are made at a time.
MEMORY = 2**27


def subject_of(verb: str, subject: object, X: object, layer: str | Sequence[str] | None) -> object:
    """What a verb reads: a generator or data as they are, of a network at X the activations (n, a) of `layer`.

    Raises `BadInput` for a network without inputs or layer, and for inputs without a network; `UnknownLayer`.
    """
    network = isinstance(subject, Neurons | nn.Module) and not hasattr(subject, "latent")
    if not network and X is None and layer is None:
        return subject
    call = f"`pf.{verb}(net, X, layer=...)`"
    if not network:
        raise BadInput(
            f"{call}: `X` and `layer` go with a network, and {type(subject).__name__} was given in its place. Give "
            f"data alone, `pf.{verb}(X)`, or a `torch.nn.Module` or `pf.Neurons` first."
        )
    if X is None:
        raise BadInput(f"{call}: a network was given without inputs. Give the inputs X (n, ...) it is to be run at.")
    net = subject if isinstance(subject, Neurons) else Neurons(subject)  # type: ignore[arg-type]
    return activations(net, net.cast(read(X, call)), layer, call)


def activations(net: Neurons, X: object, layer: str | Sequence[str] | None, call: str) -> Tensor:
    """The activations of a layer, or of several, for all inputs of a batch.  (n ...) -> (n a)"""
    n = structure.length(X)
    if n == 0:
        raise BadInput(f"{call}: X is empty. Give the inputs the network is to be run at, some thousands.")
    _ = net.bound or net.see(X)
    if layer is None:
        raise BadInput(
            f"{call}: which layer? There are: {', '.join(net.layers)}. Name one, `layer={net.layers[-1]!r}`."
        )
    index = net.select(*((layer,) if isinstance(layer, str) else layer))
    size = max(1, MEMORY // (4 * max(net.activity, len(net))))
    with torch.no_grad():
        parts = [net(structure.take(X, rows))[:, index].cpu() for rows in torch.arange(n).split(size)]
    return torch.cat(parts).float()
