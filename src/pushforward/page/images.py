"""Which inputs are pictures, and how they are painted."""

import torch
from torch import Tensor

# Pixels each way below which an array is no picture.
LEAST = 6


def are_pictures(shape: tuple[int, ...]) -> bool:
    """Whether inputs of this shape can be looked at: (h, w), (c, h, w) or (h, w, c).

    >>> are_pictures((1, 28, 28)), are_pictures((28, 28)), are_pictures((784,)), are_pictures((2, 3))
    (True, True, False, False)
    """
    if len(shape) == 3 and shape[-1] in (1, 3, 4) and shape[0] not in (1, 3, 4):
        return min(shape[:2]) >= LEAST
    return len(shape) in (2, 3) and min(shape[-2:]) >= LEAST


def painted(x: Tensor) -> Tensor:
    """Pictures with their channels last; other numbers of channels than 1, 3 or 4 become their mean.  -> (n h w c)"""
    x = x.detach().cpu().float()
    if x.ndim == 3:
        return x[..., None]
    x = torch.stack([channels_last(one) for one in x])
    if x.shape[-1] in (1, 3, 4):
        return x
    return x.mean(1, keepdim=True).movedim(1, -1)  # still (n c h w)


def shade(pictures: Tensor, low: float, high: float) -> Tensor:
    """Values between low and high as brightness in [0, 1]."""
    return ((pictures - low) / max(high - low, 1e-12)).clamp(0, 1)


def channels_last(x: Tensor) -> Tensor:
    """An image as (h, w, c)."""
    first = x.shape[0] in (1, 3, 4) and not (x.shape[-1] in (1, 3, 4) and x.shape[0] > x.shape[-1])
    return (x.permute(1, 2, 0) if first else x).float()
