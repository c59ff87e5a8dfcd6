"""`density`: how likely a generator makes an input, and along which directions its density is spread."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput, OffManifold
from pushforward.generator import Generator, Preimages, jacobians
from pushforward.manifold.densities.result import Density
from pushforward.points import read
from pushforward.rng import Seed, generator
from pushforward.runs import Folder, recorded

# Jacobians at once.
CHUNK = 64
# Samples of the generator with which an input's density is compared if no inputs are given.
REFERENCE = 500


@recorded
@steady
@checked
def density(
    gen: Generator,
    x: object,
    *,
    reference: object = None,
    tolerance: float | None = None,
    seed: Seed,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    progress: bool = False,
) -> Density:
    r"""The density of inputs x (n, ...) under a generator, by the area formula, summed over all preimages:

    $\log p(x) = \log \sum_{z \in G^{-1}(x)} p(z) / \sqrt{\det J_G^\top J_G}(z)$.

    $p(z)$ is the law on the latent, `gen.law`: the one that was learned if there is one. One input without batch axis
    is taken as a batch of one. An input is on the manifold if something within `tolerance` (root mean square, units of
    the data) is generated; by default that is `gen.reach`, within which hardly any input of the training law is not.
    Others are flagged by `on_manifold` and have log-density −∞ and percentile 0; what is nearest to them is described.
    `reference` (m, ...) are inputs among which the `percentile` is; by default samples of the generator. Where the
    Jacobian is singular the density is infinite.

    With `run=`, a folder, the result is kept there, and read when the same is asked again.

    Raises `OffManifold` if no input is on the manifold, and what `gen.preimages` raises.

    >>> from pushforward.latents import Circle
    >>> class Ellipse(torch.nn.Module):
    ...     def forward(self, features):
    ...         return features * torch.tensor([3.0, 1.0])
    >>> gen = Generator.wrap(Ellipse(), Circle(), reads="features")
    >>> ellipse = density(gen, torch.tensor([[3.0, 0.0], [0.0, 1.0]]), seed=0)
    >>> ellipse.log_density.exp() * 2 * torch.pi  # the ends of the long axis are three times as dense
    tensor([1.0000, 0.3333])

    Source: Federer (1969) for the area formula; Gemici, Rezende, Mohamed (2016) for densities on manifolds.
    """
    draws = generator(seed)
    x = read(x, "`pf.density(gen, x)`")
    x = x[None] if isinstance(x, Tensor) and tuple(x.shape) == gen.shape else x
    if structure.length(x) == 0:
        raise BadInput("`pf.density(gen, x)`: x is empty; give at least one input.")
    preimages = gen.preimages(x, tolerance=tolerance, seed=draws, progress=progress)
    on = preimages.multiplicity > 0
    if not on.any():
        raise _off(preimages)
    near = gen.encode(x).unbind() if not on.all() else preimages.points
    points = [own if len(own) else z[None] for own, z in zip(preimages.points, near, strict=True)]
    return _flagged(density_at(gen, replace(preimages, points=points), reference=reference, seed=draws), on)


def _flagged(density: Density, on: Tensor) -> Density:
    """The same, of which only some inputs are on the manifold."""
    log_density, percentile = (
        torch.where(on, kept, none) for kept, none in ((density.log_density, -math.inf), (density.percentile, 0.0))
    )
    return replace(density, log_density=log_density, percentile=percentile, on_manifold=on)


def density_at(gen: Generator, preimages: Preimages, *, reference: object, seed: Seed) -> Density:
    """The density of inputs of which all preimages are known, at least one each."""
    counts = [len(z) for z in preimages.points]
    z = torch.cat(preimages.points)
    log_p = torch.cat([gen.law.log_density(part) - _log_volume(gen, part) for part in z.split(CHUNK)]).split(counts)
    best = torch.stack([part.argmax() for part in log_p]) + torch.tensor([0, *counts[:-1]]).cumsum(0).to(z.device)
    U, S, V = torch.linalg.svd(jacobians(gen, gen.latent, z[best]), full_matrices=False)
    return Density(
        log_density=torch.stack([part.logsumexp(0) for part in log_p]),
        singular_values=S,
        directions=U.mT.reshape(*S.shape, *gen.shape),
        latent_directions=V,
        multiplicity=preimages.multiplicity,
        percentile=_percentile(gen, torch.stack([part.max() for part in log_p]), reference, seed),
        points=z[best],
        residual=preimages.residual,
        on_manifold=torch.ones_like(preimages.multiplicity, dtype=torch.bool),
    )


def _log_volume(gen: Generator, z: Tensor) -> Tensor:
    """½ log det JᵀJ, by singular values: a determinant would underflow.  (n width) -> (n)"""
    return torch.linalg.svdvals(jacobians(gen, gen.latent, z)).log().sum(1)


def _percentile(gen: Generator, log_p: Tensor, reference: object, seed: Seed) -> Tensor:
    """The share of reference inputs below each density, all at one preimage: to find others would take long."""
    z = gen.law.sample(REFERENCE, seed=seed).to(log_p) if reference is None else gen.encode(reference)
    others = torch.cat([gen.law.log_density(part) - _log_volume(gen, part) for part in z.split(CHUNK)])
    return (others[None] < log_p[:, None]).double().mean(1)


def _off(preimages: Preimages) -> OffManifold:
    best, count = int(preimages.residual.argmin()), len(preimages.residual)
    return OffManifold(
        f"`density`: {count} of {count} inputs are not on the generator's manifold: what it generates "
        f"nearest to input {best} is {float(preimages.residual[best]):.3g} away (root mean square), more than the "
        f"tolerance {preimages.tolerance:.3g}. They have no density. Train the generator on inputs like these, ask at "
        "`gen(gen.encode(x))`, or give a larger `tolerance=`."
    )
