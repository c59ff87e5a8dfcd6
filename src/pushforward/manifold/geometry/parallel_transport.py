"""`transport`: a vector is carried along a path without turning in the manifold."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput, NotFinite
from pushforward.manifold.geometry.immersion import Immersion, Map, latent_points
from pushforward.manifold.geometry.result import Holonomy, Path

# A direction counts as tangent if its singular value is above this share of the largest on the way.
RANK = 1e-4


class Frames(NamedTuple):
    """Orthonormal bases of tangent spaces (t, d, k), with zeros for directions in which the map does not move.

    `carriers` (t − 1, k, k) say how coefficients change from one to the next; `cosines` (t − 1,) are those of the
    largest angle between neighbouring tangent spaces.
    """

    bases: Tensor
    carriers: Tensor
    cosines: Tensor

    def coefficients(self, v: Tensor) -> Tensor:
        """Of vectors at the first point, carried to the last.  (m d) -> (m k)"""
        c = v @ self.bases[0]
        for P in self.carriers:
            c = c @ P.mT
        return c


@torch.no_grad()
def frames(im: Immersion, z: Tensor) -> Frames:
    r"""Frames along latent points z (t, width).

    Coefficients are carried by the rotation nearest to the projection from one tangent space to the next, the polar
    factor of $U_{i+1}^\top U_i$: inner products are kept exactly, and the error falls as the square of the step.
    """
    U, S, _ = torch.linalg.svd(im.jacobians(z), full_matrices=False)
    U = U * (RANK * S.max() < S)[:, None]
    A, cosines, B = torch.linalg.svd(U[1:].mT @ U[:-1])
    on = cosines > RANK  # the others are directions that either point lacks, or right angles
    least = torch.where(on, cosines, torch.inf).amin(1).clamp(0, 1)
    return Frames(U, (A * on[:, None]) @ B, torch.where(on.any(1), least, 0))


def oriented(J: Tensor) -> Tensor:
    """The orthonormal frame nearest to the columns of J, which it names.  (d k) -> (d k)"""
    U, _, V = torch.linalg.svd(J, full_matrices=False)
    return U @ V


# A loop may be open by this many times its longest step.
OPEN = 3.0


@torch.no_grad()
@steady
@checked
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
    spaces, start = frames(im, torch.cat([z, z[:1]])), oriented(im.jacobians(z[0]))
    back = spaces.coefficients(start.mT) @ spaces.bases[0].mT
    H = start.mT @ back.mT
    return Holonomy(
        H, torch.linalg.eigvals(H.double()).angle().abs().sort(descending=True).values, float(spaces.cosines.min())
    )


@torch.no_grad()
@steady
@checked
def transport(mapping: Map, v: Tensor, path: Path | Tensor) -> Tensor:
    r"""The vector at the end of a path that is parallel to v at its start, in the space around: the shape of v.

    v (*shape), or several (m, *shape), or flat, is a change of the first point; what of it is not tangent to the
    manifold is dropped first (`carry` says how much). `path` is a `Path`, or latent points (t, width). From each
    tangent space to the next goes the rotation nearest to the projection between them: no second derivatives, inner
    products are kept, and charts may change on the way. The result differs from Levi-Civita transport by an error that
    falls as the square of the number of steps.

    Raises `BadInput` for other shapes, `NotFinite` for NaN.

    >>> circle = lambda z: torch.cat([z.cos(), z.sin()], 1)
    >>> quarter = torch.linspace(0, torch.pi / 2, 10)[:, None]
    >>> transport(circle, torch.tensor([0.0, 1.0]), quarter).round(decimals=4) + 0.0
    tensor([-1.,  0.])

    Sources: Singer, Wu (2012) for the rotation; Shao, Kumar, Fletcher (2018) for transport in the space around.
    """
    im, z = along(mapping, path)
    spaces = frames(im, z)
    vectors = ambient(im, v, z)
    return (spaces.coefficients(vectors) @ spaces.bases[-1].mT).reshape(v.shape).to(v.dtype)


def along(mapping: Map, path: Path | Tensor) -> tuple[Immersion, Tensor]:
    """The latent points (t, width) of a path."""
    z = path.latents if isinstance(path, Path) else path
    im, z = latent_points(mapping, z)
    if z.ndim != 2 or len(z) < 2:
        raise BadInput(
            f"a path {structure.describe(z)} was given; a `Path` or latent points (t, {im.latent.width}) are needed, "
            "at least two."
        )
    return im, z


def ambient(im: Immersion, v: Tensor, like: Tensor) -> Tensor:
    """Vectors in the space around as rows.  (*shape) or (m, *shape), or flat -> (m d)"""
    flat = (im.size,)
    one = isinstance(v, Tensor) and tuple(v.shape) in (im.shape, flat)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not one and (not isinstance(v, Tensor) or tuple(v.shape[1:]) not in (im.shape, flat)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"a vector {structure.describe(v)} was given; a change of a point is needed, {tuple(im.shape)} or flat, or "
            f"several as (m, {', '.join(map(str, im.shape))})."
        )
    if not torch.isfinite(v).all():
        raise NotFinite("a vector with NaN or infinity was given. Look at where it comes from.")
    return v.detach().to(like).reshape(-1, im.size)
