"""`holonomy`: how a frame comes back from a loop."""

from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.manifold.geometry.frames import frames, oriented
from pushforward.manifold.geometry.immersion import Map
from pushforward.manifold.geometry.path import Path
from pushforward.manifold.geometry.transport import along

OPEN = 3.0
"""A loop may be open by this many times its longest step."""


@dataclass(frozen=True, eq=False, repr=False)
class Holonomy:
    """What transport around a loop does to the tangent space at its start.

    `matrix` (k, k): in the orthonormal frame nearest to the map's derivatives there. `angles` (k,): of its eigenvalues,
    in radians, largest first. `turn`: the cosine of the largest angle between neighbouring tangent spaces; where it is
    small the loop has too few points.
    """

    matrix: Tensor
    angles: Tensor
    turn: float

    @property
    def orientable(self) -> bool:
        """Whether the loop keeps the orientation: no mirror image comes back."""
        return float(torch.linalg.det(self.matrix.double())) > 0

    @property
    def angle(self) -> float:
        """The rotation, in (−π, π] from the first coordinate towards the second on surfaces; else the largest one."""
        if len(self.matrix) == 2 and self.orientable:
            return float(torch.atan2(self.matrix[1, 0] - self.matrix[0, 1], self.matrix.trace()))
        return float(self.angles[0])

    def __repr__(self) -> str:
        kept = "orientation kept" if self.orientable else "ORIENTATION REVERSED"
        turned = f"rotates by {self.angle:.4g} rad" if self.orientable else "comes back as its mirror image"
        return f"Holonomy({turned}, {kept}, neighbouring tangent spaces cos ≥ {self.turn:.2f})"


@torch.no_grad()
def holonomy(mapping: Map, loop: Path | Tensor) -> Holonomy:
    r"""The rotation of a frame that is carried around a closed path: $2\pi(1 - \cos\theta)$ for latitude θ of a sphere.

    `loop` is a `Path`, or latent points (t, width); its last point is the first one again, or its neighbour: the last
    step leads from there to the start.

    Raises `BadInput` if the ends are further apart than that.

    >>> sphere = lambda z: torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), z[:, 0].cos()], 1)
    >>> t = torch.linspace(0, 2 * torch.pi, 101)
    >>> latitude = torch.stack([torch.full_like(t, torch.pi / 3), t], 1)
    >>> round(abs(holonomy(sphere, latitude).angle), 2)  # 2π(1 − cos π/3) = π
    3.14
    """
    im, z = along(mapping, loop)
    X = im.points(z)
    longest, open_ = float(X.diff(dim=0).norm(dim=1).max()), float((X[0] - X[-1]).norm())
    if open_ > OPEN * longest:
        raise BadInput(
            f"`holonomy`: the ends of this path are {open_:.3g} apart, and its longest step is {longest:.3g}. Give a "
            "closed loop, with its first point again at the end."
        )
    found, start = frames(im, torch.cat([z, z[:1]])), oriented(im.jacobians(z[0]))
    back = found.coefficients(start.mT) @ found.bases[0].mT
    H = start.mT @ back.mT
    return Holonomy(
        H, torch.linalg.eigvals(H.double()).angle().abs().sort(descending=True).values, float(found.cosines.min())
    )
