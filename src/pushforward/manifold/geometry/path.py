"""`Path`: a sequence of points on a manifold, how long it is, and whether it is tight."""

from dataclasses import dataclass, fields
from pathlib import Path as File
from typing import Any

import torch
from torch import Tensor

from pushforward.draw import draw
from pushforward.generator import jacobians
from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.straight import doubled
from pushforward.store import load, save

CHUNK = 64
"""Jacobians at once."""


@dataclass(frozen=True, eq=False, repr=False)
class Path:
    r"""A sequence of t points on a manifold, from `points[0]` to `points[-1]`.

    `latents` (t, width) and their images `points` (t, *shape). `links` (t − 1,): the length of each link, of the curve
    that is straight in the latent between its ends; where these lie in different pieces, of the `jumps` (t − 1,), it is
    their distance, for there is nothing of the manifold between them. `energy`: $(t - 1) \sum_i |x_{i+1} - x_i|^2$.
    `converged`: whether no small change makes the energy less; a path that was not tightened is not converged.
    `log_density` (t,): of the generator at each latent point, in nats, not summed over other preimages; None for maps
    that are no generators. `residual` (2,): root mean square distance of the inputs that were asked for from the ends.
    """

    latents: Tensor
    points: Tensor
    links: Tensor
    jumps: Tensor
    energy: float
    converged: bool
    log_density: Tensor | None = None
    residual: Tensor | None = None

    @property
    def length(self) -> float:
        """The sum of all links."""
        return float(self.links.double().sum())

    @property
    def spacing(self) -> float:
        """The longest link over the mean: 1 where all are equal."""
        return float(self.links.max() / self.links.mean()) if self.length > 0 else 1.0

    @property
    def gap(self) -> float:
        """The longest jump between pieces, in units of the mean link; 0 if there is none."""
        return float(self.links[self.jumps].max() / self.links.mean()) if self.jumps.any() else 0.0

    def __len__(self) -> int:
        return len(self.latents)

    def __repr__(self) -> str:
        told = [f"length {self.length:.4g} in {len(self.links)} steps", "tight" if self.converged else "not tight"]
        if self.jumps.any():
            count = int(self.jumps.sum())
            told.append(f"{count} jump{'s' * (count > 1)} between pieces, the longest {self.gap:.1f} mean steps")
        if self.log_density is not None:
            told.append(f"lowest log density {float(self.log_density.min()):.2f}")
        return f"Path({', '.join(told)})"

    def plot(self, straight: "Path | None" = None, **options: Any) -> Any:
        """The points as a strip, beside a cross-fade and the `straight` line if it is given: a matplotlib figure."""
        return draw("geodesic_figure", self, straight=straight, **options)

    def save(self, path: str | File) -> File:
        """Write everything to one safetensors file, atomically."""
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        tensors = {name: value for name, value in held.items() if isinstance(value, Tensor)}
        numbers = {name: held[name] for name in ("energy", "converged")}
        return save(path, tensors, numbers | {"kind": "Path"})

    @staticmethod
    def load(path: str | File) -> "Path":
        """Read what `save` wrote. Raises `UnreadableFile` for another file."""
        tensors, numbers = load(path, "Path")
        numbers.pop("kind")
        return Path(**tensors, **numbers)


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
