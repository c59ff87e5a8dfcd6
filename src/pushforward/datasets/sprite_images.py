"""Soft shapes drawn from formulas: images whose factors of variation are known exactly."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.rng import Seed, generator, integers, uniform

SHAPES = ("square", "ellipse", "heart")
NAMES = ("shape", "scale", "orientation", "x", "y")
LOW = (0.5, 0.0, 0.25, 0.25)  # of scale, orientation, x, y
HIGH = (1.0, 2 * math.pi, 0.75, 0.75)
RADIUS = 0.22  # of the disc that holds a shape of scale 1, as a part of the image's side
EDGE = 0.5  # softness of the edges in pixels: brightness falls from 0.88 to 0.12 over 4 times this
CHUNK = 1024  # images drawn at once


@dataclass(frozen=True, eq=False, repr=False)
class Sprites:
    """Shapes: `images` (n, 1, size, size) in [0, 1] and their `factors` (n, 5), called `names`.

    >>> import pushforward as pf
    >>> sprites = pf.datasets.sprites(4, seed=0)
    >>> sprites.images.shape, sprites.names
    (torch.Size([4, 1, 32, 32]), ('shape', 'scale', 'orientation', 'x', 'y'))
    """

    images: Tensor
    factors: Tensor
    names: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"Sprites(images {tuple(self.images.shape)}, factors {tuple(self.factors.shape)}: {', '.join(self.names)})"
        )


@checked
def sprites(n: int, *, seed: Seed, size: int = 32) -> Sprites:
    r"""Images of one white shape on black, n of them, with the five factors of each.

    `images` is (n, 1, size, size), float32 in [0, 1]; `factors` is (n, 5), float32, independent and uniform:

    | column | name | range | meaning |
    |---|---|---|---|
    | 0 | shape | 0, 1, 2 | square, ellipse, heart |
    | 1 | scale | [0.5, 1) | 1: the shape fits a disc of radius 0.22 of the image's side |
    | 2 | orientation | [0, 2π) | radians, clockwise on the screen |
    | 3, 4 | x, y | [0.25, 0.75) | centre, from the left and from the top, as a part of the image's side |

    A square looks the same after a turn by π/2 and an ellipse after π; a heart only after 2π. Brightness is
    $1 / (1 + e^{d / 0.5})$ with d the distance to the outline in pixels (to first order), negative inside, so
    images are smooth functions of the last four factors: `render(factors, size)` can be differentiated.

    Raises `BadInput` if n is not a positive integer or `size` is below 8.

    >>> sprites(2, seed=0)
    Sprites(images (2, 1, 32, 32), factors (2, 5): shape, scale, orientation, x, y)

    Source: the factors are those of dSprites (Matthey, Higgins, Hassabis, Lerchner 2017), here continuous;
    the images are computed, no file of theirs is used, and carry no licence.
    """
    if not isinstance(n, int) or n < 1:
        raise BadInput(f"`sprites(n={n!r})`: n should be a positive integer. Ask for at least 1 image.")
    if not isinstance(size, int) or size < 8:
        raise BadInput(f"`sprites(size={size!r})`: shapes need images of at least 8 × 8. Use `size=8` or more.")
    draws = generator(seed)
    shape = integers(len(SHAPES), (n, 1), seed=draws)
    low, high = torch.tensor(LOW), torch.tensor(HIGH)
    rest = low + (high - low) * uniform((n, 4), seed=draws)
    factors = torch.cat([shape.float(), rest], dim=1)
    images = torch.cat([render(part, size) for part in factors.split(CHUNK)])
    return Sprites(images=images, factors=factors, names=NAMES)


def render(factors: Tensor, size: int = 32) -> Tensor:
    """The images (n, 1, size, size) of factors (n, 5), smooth in all factors but the shape.

    >>> render(torch.tensor([[1.0, 1.0, 0.0, 0.5, 0.5]]), 32)[0, 0, 16, [4, 8, 16]].round(decimals=1)
    tensor([0.0000, 0.3000, 1.0000])
    """
    shape, scale, angle, x, y = factors[:, :, None, None].unbind(1)  # each (n 1 1)
    pixel = (torch.arange(size, dtype=factors.dtype, device=factors.device) + 0.5) / size
    across, down = pixel[None, None, :] - x, pixel[None, :, None] - y
    radius = RADIUS * scale
    u = (angle.cos() * across + angle.sin() * down) / radius  # (n size size), the shape's own coordinates
    v = (angle.cos() * down - angle.sin() * across) / radius
    distance = torch.where(shape == 0, _square(u, v), torch.where(shape == 1, _ellipse(u, v), _heart(u, v)))
    return torch.sigmoid(-distance * radius * size / EDGE).unsqueeze(1)  # (n size size) -> (n 1 size size)


# Signed distances to the outlines, to first order and negative inside; all shapes fit the unit disc.
# The 1e-12 keeps the gradient finite at the centre.


def _square(u: Tensor, v: Tensor, half: float = 0.74) -> Tensor:
    return (u**8 + v**8 + 1e-12) ** (1 / 8) - half


def _disc(u: Tensor, v: Tensor, radius: float) -> Tensor:
    return (u**2 + v**2 + 1e-12).sqrt() - radius


def _ellipse(u: Tensor, v: Tensor, long: float = 1.0, short: float = 0.55) -> Tensor:
    level = ((u / long) ** 2 + (v / short) ** 2 + 1e-12).sqrt()
    slope = ((u / long**2) ** 2 + (v / short**2) ** 2 + 1e-12).sqrt() / level
    return (level - 1) / slope


def _heart(u: Tensor, v: Tensor, corner: float = 0.72, blend: float = 0.04) -> Tensor:
    v = v - 0.31 * corner  # puts the centre of mass at the origin
    half = corner / math.sqrt(2)  # of the side of a square on its tip, and the radius of a disc on each upper side
    parts = torch.stack(
        [
            _square((u + v) / math.sqrt(2), (u - v) / math.sqrt(2), half),
            _disc(u - corner / 2, v + corner / 2, half),
            _disc(u + corner / 2, v + corner / 2, half),
        ]
    )
    return -blend * torch.logsumexp(-parts / blend, dim=0)  # a soft minimum: the union
