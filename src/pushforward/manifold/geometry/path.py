"""From chains of latent points to `Path`s: lengths of links, jumps, densities."""

import torch
from torch import Tensor

from pushforward.generator import jacobians
from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.result import Path
from pushforward.manifold.geometry.straight import doubled

# Jacobians at once.
CHUNK = 64


@torch.no_grad()
def paths(
    im: Immersion, z: Tensor, converged: Tensor, *, density: bool, residual: Tensor | None = None
) -> tuple[Path, ...]:
    """What is known of chains (n, t, width)."""
    n, t, width = z.shape
    X = im.points(z)
    links = measured(im, z, X)
    jumps = torch.isinf(im.latent.distance(z[:, :-1].reshape(-1, width), z[:, 1:].reshape(-1, width))).reshape(n, -1)
    rises = log_density(im, z.flatten(0, 1)).reshape(n, t) if density and im.gen is not None else None
    E = energy(X).tolist()
    return tuple(
        Path(
            latents=z[i],
            points=X[i].reshape(t, *im.shape),
            links=links[i],
            jumps=jumps[i],
            energy=E[i],
            converged=bool(converged[i]),
            log_density=None if rises is None else rises[i],
            residual=None if residual is None else residual[i],
        )
        for i in range(n)
    )


def measured(im: Immersion, z: Tensor, X: Tensor) -> Tensor:
    """Lengths of the links of chains (n, t, width) with images X, of the curves and not of the chords.  -> (n t − 1)"""
    middle = im.points(doubled(im.latent, z)[:, 1::2])
    chord = X.diff(dim=1).norm(dim=2)
    halves = (middle - X[:, :-1]).norm(dim=2) + (X[:, 1:] - middle).norm(dim=2)
    return chord + 4 / 3 * (halves - chord).clamp_min(0)  # Richardson: chords fall short by their square


def log_density(im: Immersion, z: Tensor) -> Tensor:
    r"""$\log p(z) - \tfrac12 \log\det J^\top J$ at latent points of a generator.  (n width) -> (n)"""
    return torch.cat([rises(im, part, jacobians(im.paint, im.latent, part)) for part in z.split(CHUNK)])


def rises(im: Immersion, z: Tensor, J: Tensor) -> Tensor:
    """The same where the Jacobians (n, d, k) are known."""
    return im.latent.log_density(z) - torch.linalg.svdvals(J).log().sum(1)
