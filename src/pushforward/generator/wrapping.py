"""Any network that makes inputs from latent points, as a generator: a GAN, a VAE's decoder, a flow."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput, NotFinite
from pushforward.generator.files import frozen
from pushforward.latents import Latent

Reads = Literal["z", "features"]
PROBE = 256
"""Latent points at which the network is looked at."""
EXACT = 1e-3
"""The residual that counts as none, as a share of the data's deviation, for generators without training data."""


class Wrapped(NamedTuple):
    """A frozen copy of the network, the shape of what it makes, a weight `like` all, and the deviation of samples."""

    network: nn.Module
    shape: tuple[int, ...]
    like: Tensor
    deviation: float


def wrapped(module: nn.Module, latent: Latent, shape: tuple[int, ...] | None, reads: Reads) -> Wrapped:
    """The network, looked at on a few latent points.

    Raises `BadInput` where it does not take those or makes something else than `shape`, `NotFinite` for NaN.
    """
    if reads not in ("z", "features"):
        raise BadInput(
            f"`Generator.wrap(reads={reads!r})`: use 'z' for latent points or 'features' for their features."
        )
    network = frozen(module)
    like = next((p.detach() for p in network.parameters() if p.is_floating_point()), torch.zeros(()))
    z = latent.sample(PROBE, seed=0).to(like)
    given = latent.features(z) if reads == "features" else z
    try:
        with torch.no_grad():
            made = network(given)
    except (RuntimeError, TypeError, IndexError) as reason:
        raise BadInput(
            f"`Generator.wrap`: {type(module).__name__} does not take {tuple(given.shape)}, the {reads} of {latent!r} "
            f"({str(reason).splitlines()[0]}). Choose a latent of the width it reads, or put a module "
            "before it that adapts."
        ) from reason
    return Wrapped(network, _shape(made, shape), like, _deviation(made))


def _shape(made: object, wanted: tuple[int, ...] | None) -> tuple[int, ...]:
    if not isinstance(made, Tensor) or made.ndim < 2 or len(made) != PROBE or not made.is_floating_point():
        what = f"{tuple(made.shape)} of {str(made.dtype)[6:]}" if isinstance(made, Tensor) else type(made).__name__
        raise BadInput(
            f"`Generator.wrap`: from {PROBE} latent points the network makes {what}; one floating-point tensor with as "
            "many rows is needed. Wrap it in a module that returns that."
        )
    if wanted is not None and tuple(made.shape[1:]) != tuple(wanted):
        raise BadInput(
            f"`Generator.wrap(shape={tuple(wanted)})`: the network makes {tuple(made.shape[1:])}. Leave `shape` out, "
            "or add `nn.Unflatten` to the network."
        )
    return tuple(made.shape[1:])


def _deviation(made: Tensor) -> float:
    if not torch.isfinite(made).all():
        raise NotFinite("`Generator.wrap`: the network makes NaN or infinity from latent points. Look at its weights.")
    return float((made - made.mean(0)).double().square().mean().sqrt())
