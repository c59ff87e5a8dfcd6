"""Which triangles of an even net each of their corners sees as a Delaunay triangle of its tangent plane."""

from collections import Counter

import torch
from torch import Tensor

from pushforward.points import Near, nearest

Triangle = tuple[int, int, int]
# Neighbours among which a star is looked for, and how many say what the spacing is.
AROUND, SPACED = 24, 4
# Triangles whose circle is wider than so many spacings span a hole: an even net leaves none much wider than one.
WIDE = 1.1
# Neighbours more across than along, or whose tangent plane is turned so that areas shrink to less, are on other sheets.
STEEP, TURNED = 1.0, 0.3
# Points looked at together.
BLOCK = 200
TINY = 1e-6


def stars(y: Tensor, frames: Tensor) -> Counter[Triangle]:
    """How many of its corners see each triangle: three, where tangent planes agree.  (n d), (n d 2)

    Source: Boissonnat, Ghosh (2014) for complexes of stars in tangent spaces.
    """
    length, to = nearest(y, y, min(AROUND + 1, len(y)))
    near = Near(length[:, 1:], to[:, 1:])
    votes: Counter[Triangle] = Counter()
    for part in torch.arange(len(y)).split(BLOCK):
        votes.update(map(_triangle, _seen(y, frames, near, part).tolist()))
    return votes


def _triangle(corners: list[int]) -> Triangle:
    a, b, c = sorted(corners)
    return a, b, c


def _seen(y: Tensor, frames: Tensor, near: Near, part: Tensor) -> Tensor:
    """The triangles (t, 3) that the points `part` (n,) see."""
    to = near.indices[part]
    spacing = near.distances[part, :SPACED].mean(1)[:, None]
    way = (y[to] - y[part][:, None]) / spacing[..., None]  # (n k d)
    along = way @ frames[part]  # (n k 2)
    across = (way.square().sum(2) - along.square().sum(2)).clamp_min(0).sqrt()
    turn = torch.linalg.det(frames[part].mT[:, None] @ frames[to]).abs()
    beside = (across <= STEEP * along.norm(dim=2)) & (turn >= TURNED)
    first, second = torch.triu_indices(to.shape[1], to.shape[1], 1)
    centre, flat = _centres(along[:, first], along[:, second])
    fits = beside[:, first] & beside[:, second] & ~flat & (centre.norm(dim=2) <= WIDE)
    power = along.square().sum(2)[:, None] - 2 * centre @ along.mT  # (n pairs k)
    inside = (power < -TINY) & beside[:, None]
    for corner in (first, second):
        inside.scatter_(2, corner.expand(len(part), -1)[..., None], value=False)
    row, pair = (fits & ~inside.any(2)).nonzero(as_tuple=True)
    return torch.stack([part[row], to[row, first[pair]], to[row, second[pair]]], 1)


def _centres(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Centres of the circles through 0, a and b, and which of them are no triangles.  (n 2) twice -> (n 2), (n)"""
    det = 2 * (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
    flat = det.abs() < TINY
    aa, bb = a.square().sum(-1), b.square().sum(-1)
    centre = torch.stack([b[..., 1] * aa - a[..., 1] * bb, a[..., 0] * bb - b[..., 0] * aa], -1)
    return centre / torch.where(flat, torch.ones_like(det), det)[..., None], flat
