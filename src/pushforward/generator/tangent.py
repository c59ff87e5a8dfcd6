"""Derivatives of a generator along its latent: k forward-mode products, whatever the size of what it makes."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import jvp, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from pushforward.errors import NotDifferentiable, PushforwardError
from pushforward.latents import Latent

Paint = Callable[[Tensor], Tensor]
"""Latent points (n, width) to what they mean (n, *shape)."""


def directional(paint: Paint, latent: Latent, z: Tensor, V: Tensor) -> Tensor:
    """Derivatives of paint(move(z, v)) at v = 0 along the rows of V.  (n width), (r dim) -> (r, n, *shape)

    Raises `NotDifferentiable` where an operation has no forward derivative.
    """
    still = z.new_zeros(len(z), latent.dim)

    def along(v: Tensor) -> Tensor:
        return jvp(lambda w: paint(latent.move(z, w)), (still,), (v.expand_as(still),))[1]

    try:
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):  # fused attention has no forward derivative
            return vmap(along)(V.to(z))
    except PushforwardError:
        raise
    except (RuntimeError, NotImplementedError) as reason:
        raise NotDifferentiable(
            f"the generator's network has no forward derivative ({str(reason).splitlines()[0]}). Replace that "
            "operation by one that has, or give it a `jvp`."
        ) from reason


def jacobians(paint: Paint, latent: Latent, z: Tensor) -> Tensor:
    """The Jacobian at every z with respect to the latent's frame.  (n width) -> (n d dim)"""
    eye = torch.eye(latent.dim)
    return directional(paint, latent, z, eye).flatten(2).permute(1, 2, 0)  # (k n d) -> (n d k)
