"""Any network that makes inputs from latent points, as a generator: a GAN, a VAE's decoder, a flow."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput, NotFinite
from pushforward.generator.files import Reads, frozen
from pushforward.latents import Latent

# Latent points on which the network is tried.
PROBE = 256
# The residual that counts as none, as a share of the data's deviation, for generators without training data.
EXACT = 1e-3


class Wrapped(NamedTuple):
    """A frozen copy of the network, the shape of what it makes, a weight `like` all, and the deviation of samples."""

    network: nn.Module
    shape: tuple[int, ...]
    like: Tensor
    deviation: float


def wrapped(module: nn.Module, latent: Latent, shape: tuple[int, ...] | None, reads: Reads) -> Wrapped:
    """The network, tried on a few latent points.

    Raises `BadInput` where it does not take those or makes something else than `shape`, `NotFinite` for NaN.
    """
    if reads not in ("z", "features"):
        raise BadInput(
            f"`Generator.wrap(reads={reads!r})`: use 'z' for latent points or 'features' for their features."
        )
    network = frozen(module)
    like = next((p.detach() for p in network.parameters() if p.is_floating_point()), torch.zeros(()))
    z = latent.sample(PROBE, seed=0).to(like)
    inputs = latent.features(z) if reads == "features" else z
    try:
        with torch.no_grad():
            outputs = network(inputs)
    except (RuntimeError, TypeError, IndexError) as reason:
        raise BadInput(
            f"`Generator.wrap`: {type(module).__name__} does not take {tuple(inputs.shape)}, the {reads} of {latent!r} "
            f"({str(reason).splitlines()[0]}). Choose a latent of the width it reads, or put a module "
            "before it that adapts."
        ) from reason
    return Wrapped(network, _shape(outputs, shape), like, _deviation(outputs))


def _shape(outputs: object, shape: tuple[int, ...] | None) -> tuple[int, ...]:
    if not isinstance(outputs, Tensor) or outputs.ndim < 2 or len(outputs) != PROBE or not outputs.is_floating_point():
        raise BadInput(
            f"`Generator.wrap`: from {PROBE} latent points the network makes {_described(outputs)}; one floating-point "
            "tensor with as many rows is needed. Wrap it in a module that returns that."
        )
    if shape is not None and tuple(outputs.shape[1:]) != tuple(shape):
        raise BadInput(
            f"`Generator.wrap(shape={tuple(shape)})`: the network makes {tuple(outputs.shape[1:])}. Leave `shape` out, "
            "or add `nn.Unflatten` to the network."
        )
    return tuple(outputs.shape[1:])


def _described(outputs: object) -> str:
    return (
        f"{tuple(outputs.shape)} of {str(outputs.dtype)[6:]}" if isinstance(outputs, Tensor) else type(outputs).__name__
    )


def _deviation(outputs: Tensor) -> float:
    if not torch.isfinite(outputs).all():
        raise NotFinite("`Generator.wrap`: the network makes NaN or infinity from latent points. Look at its weights.")
    return float((outputs - outputs.mean(0)).double().square().mean().sqrt())
