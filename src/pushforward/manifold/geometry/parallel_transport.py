"""`transport`: a vector is carried along a path without turning in the manifold."""

import warnings

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput, NotFinite, PrecisionWarning
from pushforward.manifold.geometry.arcs import arcs
from pushforward.manifold.geometry.frames import Settled, oriented, settled
from pushforward.manifold.geometry.immersion import Immersion, Map, latent_points
from pushforward.manifold.geometry.result import Holonomy, Path

# A loop may be open by this many times its longest step.
OPEN = 3.0
# The straight line in the latent over an opening is part of the loop if it is at most so many times as long as that.
DIRECT = 1.5
# An opening that is a smaller part of the longest step is none.
ROUNDING = 1e-4


@torch.no_grad()
@steady
@checked
def holonomy(mapping: Map, loop: Path | Tensor, *, refine: bool = True) -> Holonomy:
    r"""The rotation of a frame that is carried around a closed path: $2\pi(1 - \cos\theta)$ for latitude θ of a sphere.

    `loop` is a `Path`, or latent points (t, width); its last point is the first one again, or its neighbour: the last
    step leads from there to the start. Links are halved, straight in the latent, until the rotation changes by less
    than 0.001 rad, unless `refine` is False. Points where a coordinate has no meaning,
    as at a pole, are passed over.

    Raises `BadInput` if the ends are further apart than three steps, and where the map loses directions on the way.

    >>> sphere = lambda z: torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), z[:, 0].cos()], 1)
    >>> t = torch.linspace(0, 2 * torch.pi, 7)
    >>> latitude = torch.stack([torch.full_like(t, torch.pi / 3), t], 1)
    >>> round(abs(holonomy(sphere, latitude).angle), 2)  # 2π(1 − cos π/3) = π
    3.14
    """
    im, z = along(mapping, loop)
    X = im.points(z)
    longest, gap = float(X.diff(dim=0).norm(dim=1).max()), float((X[0] - X[-1]).norm())
    if gap > OPEN * longest:
        raise BadInput(
            f"`holonomy`: the ends of this path are {gap:.3g} apart, and its longest step is {longest:.3g}. Give a "
            "closed loop, with its first point again at the end."
        )
    if gap <= ROUNDING * longest:
        gap = 0.0
    elif float(arcs(im, z[None, [-1, 0]])) <= DIRECT * gap:
        z, gap = torch.cat([z, z[:1]]), 0.0
    around = _whole(im, z, "holonomy", closed=True, refine=refine)
    if around.rank < im.latent.dim:
        raise BadInput(
            f"`holonomy`: the map moves in {around.rank} of its {im.latent.dim} directions along this loop: there is "
            f"no tangent space of dimension {im.latent.dim} to turn. Give a map with as many latent numbers as it uses."
        )
    spaces, start = around.spaces, oriented(im.jacobians(z[0]))
    back = spaces.coefficients(start.mT) @ spaces.bases[0].mT
    H = start.mT @ back.mT
    return Holonomy(
        matrix=H,
        angles=torch.linalg.eigvals(H.double()).angle().abs().sort(descending=True).values,
        turn=float(spaces.cosines.min()),
        converged=around.converged if refine else None,
        error=around.error if refine else None,
        gap=gap,
        folds=int(around.folds.sum()),
    )


@torch.no_grad()
@steady
@checked
def transport(mapping: Map, v: Tensor, path: Path | Tensor, *, refine: bool = True) -> Tensor:
    r"""The vector at the end of a path that is parallel to v at its start, in the space around: the shape of v.

    v (*shape), or several (m, *shape), or flat, is a change of the first point; what of it is not tangent to the
    manifold is dropped first (`carry` says how much). `path` is a `Path`, or latent points (t, width). From each
    tangent space to the next goes the rotation nearest to the projection between them: no second derivatives, inner
    products are kept, and charts may change on the way. The result differs from Levi-Civita transport by an error that
    falls as the square of the number of steps; links are halved, straight in the latent, until the rotation along the
    path changes by less than 0.001 rad, unless `refine` is False.

    Raises `BadInput` for other shapes and where the map loses directions at an end or at several points of the way,
    `NotFinite` for NaN. Warns (`PrecisionWarning`) where the rotation has not settled, and where the map moves in fewer
    directions than it has latent numbers all along.

    >>> circle = lambda z: torch.cat([z.cos(), z.sin()], 1)
    >>> quarter = torch.linspace(0, torch.pi / 2, 10)[:, None]
    >>> transport(circle, torch.tensor([0.0, 1.0]), quarter).round(decimals=4) + 0.0
    tensor([-1.,  0.])

    Sources: Singer, Wu (2012) for the rotation; Shao, Kumar, Fletcher (2018) for transport in the space around.
    """
    im, z = along(mapping, path)
    vectors = ambient(im, v, z)
    way = _whole(im, z, "transport", closed=False, refine=refine)
    _tell(im, way, refine=refine)
    return (way.spaces.coefficients(vectors) @ way.spaces.bases[-1].mT).reshape(v.shape).to(v.dtype)


def _whole(im: Immersion, z: Tensor, what: str, *, closed: bool, refine: bool) -> Settled:
    """Frames along a path on which the map has as many directions everywhere, but at single points inside."""
    way = settled(im, z, closed=closed, refine=refine)
    if way.lost is not None:
        raise BadInput(
            f"`{what}`: the map moves in fewer directions at {way.lost.tolist()} than elsewhere on the way, where it "
            f"has {way.rank}: there is no tangent space to carry to. Keep away from there, or use `carry`, which says "
            "what is lost."
        )
    return way


def _tell(im: Immersion, way: Settled, *, refine: bool) -> None:
    if way.folds.any():
        place = way.z[way.folds][0].tolist()
        what = f"the map folds at {place}, and what it makes of the path turns back there"
    elif way.rank < im.latent.dim:
        what = f"the map moves in {way.rank} of its {im.latent.dim} directions along the path; v was carried in these"
    elif refine and not way.converged:
        what = (
            f"the rotation along the path still changes by {way.error:.2g} rad with {way.steps} steps, or neighbouring "
            f"tangent spaces are far apart (cosine {float(way.spaces.cosines.min()):.2f}): give a path with more points"
        )
    else:
        return
    warnings.warn(f"`transport`: {what}.", PrecisionWarning, stacklevel=7)


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
