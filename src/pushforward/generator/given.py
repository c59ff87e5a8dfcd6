"""Inputs as a generator takes them: a batch of its shape, of finite numbers, in its dtype; or one alone."""

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput, NotFinite
from pushforward.points import read


def batch(x: object, shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Inputs (n, *shape). Raises `BadInput` for those of another shape, `NotFinite` for NaN and infinity."""
    x = read(x, "inputs of a generator")
    if not isinstance(x, Tensor) or tuple(x.shape[1:]) != shape:
        raise BadInput(
            f"inputs {structure.describe(x)} were given; this generator makes "
            f"(n, {', '.join(map(str, shape))}). One input is a batch as `x[None]`."
        )
    x = x.detach().to(like)
    if not torch.isfinite(x).all():
        raise NotFinite("inputs with NaN or infinity were given: they have no latent points. Remove or fill them.")
    return x


def one(x: object, shape: tuple[int, ...]) -> object:
    """One input as a batch of one. Raises `BadInput` for several."""
    x = structure.tensors(x)
    if isinstance(x, Tensor) and tuple(x.shape) == shape:
        return x[None]
    if structure.length(x) != 1:
        raise BadInput(f"`gen.chart(x)`: x is {structure.describe(x)}; one input {shape} is needed, `X[0]`.")
    return x
