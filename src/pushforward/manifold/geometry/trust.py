"""How far a change that was carried may be trusted to be the same property: what detours and a network make of it."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.geometry.frames import Frames, frames
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.rng import Seed, normal

# How far detours lead aside, as a share of the path's length, and in how many directions, to both sides of each.
ASIDE, NORMALS = 0.25, 2
# The squared angle between a carried change and the property's true change at the other end, in radians: what it is
# anyhow and for each radian between detours; with a network less anyhow, and so much of the squared angles to what it
# reads and between its responses on the way. By least squares of cosines, on hearts, squares and ellipses that were
# moved, turned and scaled in other ways than the benchmark's, seeds 100 and 101: 210 pairs, correlation 0.72 and 0.76.
ANYHOW, DETOUR = 0.06, 2.2
ANYHOW_READ, DETOUR_READ, READING, ALONG = 0.01, 1.16, 0.17, 0.28
# A network reads a property at the other end if some change there has a response so much like the first one.
READS = 0.9
# Points of a path beside which detours lead, at most.
POINTS = 64


class Doubt(NamedTuple):
    """The angle between what detours make of a change and what the path made, in radians, as root mean square."""

    detour: float

    @property
    def trust(self) -> float:
        """The cosine that a carried change is expected to have with the property's own change there."""
        return _cosine(ANYHOW + DETOUR * self.detour)

    def read_by(self, reading: float, best: float, alike: float) -> float:
        """The same where a network was asked.

        `reading`: the cosine with the change that it responds to most as to the first one, with a cosine `best` of
        responses; `alike`: how alike responses are on the way, at least.
        """
        squares = ANYHOW_READ + DETOUR_READ * self.detour
        if best >= READS:
            squares += READING * _arc(abs(reading)) ** 2
        return _cosine(squares + ALONG * _arc(max(0.0, alike)) ** 2)


def _cosine(squares: float) -> float:
    return math.cos(min(math.sqrt(squares), math.pi / 2))


def _arc(cosine: float) -> float:
    return math.acos(max(-1.0, min(1.0, cosine)))


def doubt(im: Immersion, z: Tensor, start: Tensor, draws: Seed) -> Doubt:
    """What makes a tangent change `start` (1, d) uncertain when it is carried along z (t, width)."""
    while len(z) % 2 and len(z) > POINTS:
        z = z[::2]
    spaces = frames(im, z)
    made = _carried(spaces, start)
    turns = [_angle(made, _carried(frames(im, way), start)) for way in detours(im, z, spaces, draws)]
    return Doubt(math.sqrt(sum(turn**2 for turn in turns) / max(1, len(turns))))


def detours(im: Immersion, z: Tensor, spaces: Frames, draws: Seed) -> list[Tensor]:
    """Ways (t, width) beside a path, half sines to both sides in some random directions across; none of a curve."""
    k, t = im.latent.dim, len(z)
    if k < 2 or t < 3:
        return []
    X, J = im.points(z), im.jacobians(z)
    reach = ASIDE * float(X.diff(dim=0).norm(dim=1).sum())
    first = (X[1] - X[0]) @ spaces.bases[0]
    first = first / first.norm().clamp_min(torch.finfo(first.dtype).tiny)
    across = normal((NORMALS if k > 2 else 1, k), seed=draws).to(z)
    across = across - (across @ first)[:, None] * first
    across = across / across.norm(dim=1, keepdim=True).clamp_min(torch.finfo(z.dtype).tiny)
    wave = reach * (math.pi * torch.linspace(0, 1, t, dtype=z.dtype, device=z.device)).sin()
    return [_beside(im, z, J, spaces, side * c, wave) for c in across for side in (1, -1)]


def _beside(im: Immersion, z: Tensor, J: Tensor, spaces: Frames, c: Tensor, wave: Tensor) -> Tensor:
    """Points moved along a direction with coefficients c (k,) at the start, carried along, by lengths (t,)."""
    coefficients = [c]
    for P in spaces.carriers:
        coefficients.append(P @ coefficients[-1])
    moves = wave[:, None] * torch.einsum("tdk,tk->td", spaces.bases, torch.stack(coefficients))
    v = (torch.linalg.pinv(J) @ moves[..., None])[..., 0]
    way = im.latent.project(im.latent.move(z, v))
    way[0], way[-1] = z[0], z[-1]
    return way


def _carried(spaces: Frames, v: Tensor) -> Tensor:
    return spaces.coefficients(v) @ spaces.bases[-1].mT


def _angle(a: Tensor, b: Tensor) -> float:
    """In radians; a right angle where one is 0."""
    return _arc(float(torch.cosine_similarity(a.flatten(), b.flatten(), dim=0)))
