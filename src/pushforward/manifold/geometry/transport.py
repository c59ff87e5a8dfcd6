"""`transport`: a vector is carried along a path without turning in the manifold."""

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite
from pushforward.linear import structure
from pushforward.manifold.geometry.frames import frames
from pushforward.manifold.geometry.immersion import Immersion, Map, latent_points
from pushforward.manifold.geometry.path import Path


@torch.no_grad()
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
    found = frames(im, z)
    vectors = ambient(im, v, z)
    return (found.coefficients(vectors) @ found.bases[-1].mT).reshape(v.shape).to(v.dtype)


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
