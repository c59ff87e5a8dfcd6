"""A generator or any map from latent points to points, seen the same way by everything that measures with it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput, NotFinite
from pushforward.generator import Generator, Paint, jacobians
from pushforward.latents import Gaussian, Latent
from pushforward.points import read

Map = Generator | Callable[[Tensor], Tensor]
"""A generator, or a function from latent points (n, k) to points (n, *shape)."""
Points = Tensor | np.ndarray
"""Inputs of a generator, or latent points of a function; one of them or a batch."""
# Bytes of Jacobians in memory at a time.
MEMORY = 2**28
# Numbers of points, or of tangents, that are made at once.
TOGETHER = 2**19


@dataclass(frozen=True, eq=False)
class Immersion:
    """$f$ from a latent manifold into $R^d$, points flattened. `gen` is the generator, if it is one."""

    paint: Paint
    latent: Latent
    shape: tuple[int, ...]
    gen: Generator | None

    @property
    def size(self) -> int:
        """The dimension d of the space around."""
        return torch.Size(self.shape).numel()

    @torch.no_grad()
    def points(self, z: Tensor) -> Tensor:
        """Latent points (..., width) to points (..., d)."""
        flat = z.reshape(-1, z.shape[-1])
        X = self.images(flat)
        if not torch.isfinite(X).all():
            raise NotFinite(
                f"the map makes NaN or infinity at latent point {flat[~torch.isfinite(X).all(1)][0].tolist()}. Keep "
                "away from there, or look at the map."
            )
        return X.reshape(*z.shape[:-1], self.size)

    @torch.no_grad()
    def images(self, z: Tensor) -> Tensor:
        """The same of rows (n, width), with whatever NaN or infinity the map makes."""
        rows = max(1, TOGETHER // self.size)
        return torch.cat([self.paint(part).flatten(1) for part in z.split(rows)])

    def jacobians(self, z: Tensor) -> Tensor:
        """(..., width) to Jacobians in the latent's frame (..., d, k)."""
        flat = z.reshape(-1, z.shape[-1])
        J = torch.cat([jacobians(self.paint, self.latent, part) for part in flat.split(self._rows)])
        return J.reshape(*z.shape[:-1], *J.shape[1:])

    @property
    def _rows(self) -> int:
        return max(1, TOGETHER // (self.size * self.latent.dim))  # every tangent is as large as a point


def immersion(mapping: Map, z: Tensor | None = None) -> Immersion:
    """The map with the shape of its points; a function is called at latent points z (n, k) for that."""
    if isinstance(mapping, Generator):
        return Immersion(mapping, mapping.latent, mapping.shape, mapping)
    if not callable(mapping):
        raise BadInput(
            f"a {type(mapping).__name__} was given; a `pf.Generator` is needed, or a function from latent points "
            "(n, k) to points (n, ...)."
        )
    assert z is not None
    try:
        with torch.no_grad():
            X = mapping(z)
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(
            f"the function failed at latent points {tuple(z.shape)}: {reason}. Write it for (n, k)."
        ) from reason
    if not isinstance(X, Tensor) or X.ndim < 2 or len(X) != len(z) or not X.is_floating_point():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"the function makes {structure.describe(X)} of latent points {tuple(z.shape)}; one floating-point tensor "
            f"({len(z)}, ...) is needed, a point in every row. Write it for batches, or wrap it in `torch.vmap`."
        )
    return Immersion(mapping, Gaussian(z.shape[1]), tuple(X.shape[1:]), None)


def latent_points(mapping: Map, z: object) -> tuple[Immersion, Tensor]:
    """The immersion, and latent points (..., width) of the right kind on it, detached."""
    if not isinstance(z, Tensor) or not z.is_floating_point() or z.ndim < 1 or not z.numel():
        raise BadInput(f"latent points {structure.describe(z)} were given; a floating-point tensor (..., k) is needed.")
    z = z.detach()
    if not torch.isfinite(z).all():
        raise NotFinite("latent points with NaN or infinity were given. Remove them.")
    im = immersion(mapping, z.reshape(-1, z.shape[-1]))
    if z.shape[-1] != im.latent.width:
        raise BadInput(
            f"latent points {tuple(z.shape)} were given; those of {im.latent!r} have {im.latent.width} numbers each."
        )
    return im, z if im.gen is None else z.to(im.gen.scaling.scale)


def encoded(mapping: Map, x: object, what: str, *, latents: bool) -> tuple[Immersion, Tensor]:
    """The immersion, and the latent points of a batch x: of a generator's inputs, or as they are.  -> (n width)"""
    x = read(x, what)
    if not isinstance(mapping, Generator) or latents:
        if isinstance(x, Tensor) and x.ndim != 2:
            raise BadInput(f"{what} is {structure.describe(x)}; latent points of this map are needed, one in a row.")
        return latent_points(mapping, x)
    return immersion(mapping), mapping.encode(x)


def batched(mapping: Map, x: Points, *, latents: bool) -> bool:
    """Whether x has a batch axis: inputs of a generator (n, *shape), or latent points (n, width)."""
    single = 1 if latents or not isinstance(mapping, Generator) else len(mapping.shape)
    return x.ndim > single


@steady
@checked
def metric(mapping: Map, z: Tensor) -> Tensor:
    r"""The metric that $f$ pulls back to its latent space, $g(z) = J^\top J$: (k, k) at z (k,), (n, k, k) at z (n, k).

    Of a generator at latent points z (width,) or (n, width): in the orthonormal frame of the latent, which for cubes,
    Gaussians and atlases are its coordinates. A curve z(t) has the squared speed $\dot z^\top g \dot z$.

    Raises `BadInput` for other shapes, `NotFinite` for NaN.

    >>> import torch
    >>> metric(lambda z: 2 * z, torch.zeros(2))
    tensor([[4., 0.],
            [0., 4.]])

    Source: Arvanitidis, Hansen, Hauberg (2018).
    """
    im, z = latent_points(mapping, z)
    J = im.jacobians(z)
    return J.mT @ J
