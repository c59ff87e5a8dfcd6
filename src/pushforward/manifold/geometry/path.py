"""From chains of latent points to `Path`s: lengths of links, jumps, densities, and where the map is no immersion."""

import torch
from torch import Tensor

from pushforward.generator import jacobians
from pushforward.manifold.geometry.arcs import arcs
from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.immersion import MEMORY, Immersion
from pushforward.manifold.geometry.result import Path
from pushforward.manifold.geometry.singularities import Singularities, singularities

# Jacobians at once.
CHUNK = 64


@torch.no_grad()
def paths(
    im: Immersion,
    z: Tensor,
    converged: Tensor,
    *,
    density: bool,
    residual: Tensor | None = None,
    straight: Tensor | None = None,
) -> tuple[Path, ...]:
    """What is known of chains (n, t, width); one at a fold of the map is not converged."""
    n, t, width = z.shape
    X = im.points(z)
    links = arcs(im, z)
    jumps = torch.isinf(im.latent.distance(z[:, :-1].reshape(-1, width), z[:, 1:].reshape(-1, width))).reshape(n, -1)
    seen, rise = _along(im, z) if density or im.gen is None else (None, None)
    E = energy(X).tolist()
    return tuple(
        Path(
            latents=z[i],
            points=X[i].reshape(t, *im.shape),
            links=links[i],
            jumps=jumps[i],
            energy=E[i],
            converged=bool(converged[i]) and not (seen is not None and seen.folds[i].any()),
            log_density=None if rise is None else rise[i],
            residual=None if residual is None else residual[i],
            straight=None if straight is None else float(straight[i]),
            singular_values=None if seen is None else seen.values[i],
            folds=None if seen is None else seen.folds[i],
        )
        for i in range(n)
    )


def _along(im: Immersion, z: Tensor) -> tuple[Singularities, Tensor | None]:
    """Singularities along chains, and log densities (n, t) where the map has some, from the same Jacobians."""
    size = max(1, MEMORY // (8 * im.size * im.latent.dim * z.shape[1]))
    parts = [
        (singularities(im, lot, J), None if im.gen is None else rises(im, lot.flatten(0, 1), J.flatten(0, 1)))
        for lot in z.split(size)
        for J in (im.jacobians(lot),)
    ]
    seen = Singularities(*(torch.cat(column) for column in zip(*(part[0] for part in parts), strict=True)))
    rise = [part[1] for part in parts if part[1] is not None]
    return seen, torch.cat(rise).reshape(z.shape[:2]) if rise else None


def log_density(im: Immersion, z: Tensor) -> Tensor:
    r"""$\log p(z) - \tfrac12 \log\det J^\top J$ at latent points of a generator.  (n width) -> (n)"""
    return torch.cat([rises(im, part, jacobians(im.paint, im.latent, part)) for part in z.split(CHUNK)])


def rises(im: Immersion, z: Tensor, J: Tensor) -> Tensor:
    """The same where the Jacobians (n, d, k) are known."""
    law = im.latent if im.gen is None else im.gen.law
    return law.log_density(z) - torch.linalg.svdvals(J).log().sum(1)
