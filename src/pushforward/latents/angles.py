"""Angles: written between 0 and 2π, subtracted the short way round, read off vectors without NaN."""

import math

import torch
from torch import Tensor

from pushforward.errors import BadInput

TURN = 2 * math.pi


def wrap(a: Tensor) -> Tensor:
    """The same angle in [0, 2π). Raises `BadInput` for what is no dense tensor of floating-point numbers.

    >>> wrap(torch.tensor([-1e-9, 7.0]))
    tensor([0.0000, 0.7168])
    """
    _check("wrap", a)
    rest = torch.remainder(a, TURN)
    return torch.where(rest < TURN, rest, rest - TURN)  # a tiny negative angle is rounded to 2π


def between(a: Tensor, b: Tensor) -> Tensor:
    """The angle between a and b, at most π, and not negative."""
    return (torch.remainder(a - b + math.pi, TURN) - math.pi).abs()


def angle_of(y: Tensor, x: Tensor) -> Tensor:
    """The angle of the vector (x, y) in (−π, π]. At the origin it is 0, and its derivatives are finite.

    >>> import torch
    >>> import pushforward as pf
    >>> pf.latents.angle_of(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 0.0]))
    tensor([1.5708, 0.0000])
    """
    _check("angle_of", y, x)
    if (x.shape, x.device) != (y.shape, y.device):
        told = f"y {tuple(y.shape)} on {y.device} and x {tuple(x.shape)} on {x.device}"
        raise BadInput(f"`angle_of`: {told} were given; one shape and device are needed.")
    nowhere = x.square() + y.square() < torch.finfo(x.dtype).tiny ** 0.5
    return torch.atan2(y, torch.where(nowhere, torch.ones_like(x), x))


def wrap_half(u: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """The same pair with u in [0, π), where (u, t) and (u + π, −t) mean the same."""
    u = wrap(u)
    beyond = u >= math.pi
    return torch.where(beyond, u - math.pi, u), torch.where(beyond, -t, t)


def doubled_angle(A: Tensor, B: Tensor, c: Tensor, d: Tensor) -> Tensor:
    r"""The u that fits $(A, B) = (\cos 2u, \sin 2u)$ and $(c, d) = t\,(\cos u, \sin u)$ best when t is free.

    The sum of squares is least where $A \cos 2u + B \sin 2u + (c \cos u + d \sin u)^2 / 2$ is greatest.
    """
    return angle_of(B + c * d / 2, A + (c.square() - d.square()) / 4) / 2


def _check(function: str, *given: object) -> None:
    for t in given:
        if (
            not isinstance(t, Tensor)
            or t.layout is not torch.strided
            or t.is_nested
            or not t.is_floating_point()
            or t.itemsize < 2
        ):
            what = f"a tensor of {t.dtype}, {t.layout}" if isinstance(t, Tensor) else f"a {type(t).__name__}"
            raise BadInput(f"`{function}`: dense tensors of floating-point numbers are needed, not {what}.")
