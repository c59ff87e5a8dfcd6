"""`density`: how likely a generator makes an input, and along which directions its density is spread."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pushforward.draw import draw
from pushforward.errors import OffManifold
from pushforward.generator import Generator, Preimages, jacobians
from pushforward.rng import Seed, generator

CHUNK = 64
"""Jacobians at once."""
REFERENCE = 500
"""Samples of the generator with which an input's density is compared if no inputs are given."""


@dataclass(frozen=True, eq=False)
class Density:
    r"""The density of n inputs under a generator with k-dimensional latent space.

    `log_density` (n,): of the law pushed forward, per k-dimensional volume in the units of the data, in nats.
    `singular_values` (n, k) of the generator's Jacobian at the likeliest preimage, largest first: their reciprocals
    are the `factors` by which each direction spreads the latent's density. `directions` (n, k, *shape): the unit
    change of the input along each; `latent_directions` (n, k, k): the same in the latent's frame. `multiplicity` (n,):
    how many preimages were summed. `percentile` (n,): the share of reference inputs that are less dense, at the
    likeliest preimage. `points`
    (n, width): the likeliest preimages. `residual` (n,): root mean square distance of an input from what is
    generated there.
    """

    log_density: Tensor
    singular_values: Tensor
    directions: Tensor
    latent_directions: Tensor
    multiplicity: Tensor
    percentile: Tensor
    points: Tensor
    residual: Tensor

    @property
    def factors(self) -> Tensor:
        """1/σ (n, k): the density that each singular direction contributes."""
        return 1 / self.singular_values

    def plot(self, gen: Generator, **options: Any) -> Any:
        """The spectrum, and what each direction does to the first input: a matplotlib figure."""
        return draw("density_figure", self, gen=gen, **options)

    def __str__(self) -> str:
        lines = []
        for i in range(min(len(self.log_density), 10)):
            s = self.singular_values[i]
            lines.append(
                f"log density {float(self.log_density[i]):.2f} nats, denser than {float(self.percentile[i]):.0%} of "
                f"reference inputs; {int(self.multiplicity[i])} preimage(s); singular values {float(s[0]):.3g} … "
                f"{float(s[-1]):.3g}; {float(self.residual[i]):.2g} off what is generated"
            )
        more = len(self.log_density) - len(lines)
        return "\n".join([*lines, *[f"… and {more} more"] * (more > 0)])

    __repr__ = __str__


def density(
    gen: Generator,
    x: Tensor,
    *,
    reference: Tensor | None = None,
    tolerance: float | None = None,
    seed: Seed = 0,
) -> Density:
    r"""The density of inputs x (n, ...) under a generator, by the area formula, summed over all preimages:

    $\log p(x) = \log \sum_{z \in G^{-1}(x)} p(z) / \sqrt{\det J_G^\top J_G}(z)$.

    One input without batch axis is taken as a batch of one. An input is on the manifold if something within
    `tolerance` (root mean square, units of the data; by default what is typical for training inputs) is generated.
    `reference` (m, ...) are inputs among which the `percentile` is; by default samples of the generator. Where the
    Jacobian is singular the density is infinite.

    Raises `OffManifold` if an input is not on the manifold, and what `gen.preimages` raises.

    >>> from pushforward.latents import Circle
    >>> class Ellipse(torch.nn.Module):
    ...     def forward(self, features):
    ...         return features * torch.tensor([3.0, 1.0])
    >>> gen = Generator.wrap(Ellipse(), Circle(), reads="features")
    >>> found = density(gen, torch.tensor([[3.0, 0.0], [0.0, 1.0]]))
    >>> found.log_density.exp() * 2 * torch.pi  # the ends of the long axis are three times as dense
    tensor([1.0000, 0.3333])

    Source: Federer (1969) for the area formula; Gemici, Rezende, Mohamed (2016) for densities on manifolds.
    """
    draws = generator(seed)
    x = x[None] if tuple(x.shape) == gen.shape else x
    found = gen.preimages(x, tolerance=tolerance, seed=draws)
    if (found.multiplicity == 0).any():
        raise _off(found)
    return density_at(gen, found, reference=reference, seed=draws)


def density_at(gen: Generator, found: Preimages, *, reference: Tensor | None, seed: Seed) -> Density:
    """The density of inputs of which all preimages are known, at least one each."""
    counts = found.multiplicity.tolist()
    z = torch.cat(found.points)
    log_p = torch.cat([gen.latent.log_density(part) - _log_volume(gen, part) for part in z.split(CHUNK)]).split(counts)
    best = torch.stack([part.argmax() for part in log_p]) + torch.tensor([0, *counts[:-1]]).cumsum(0).to(z.device)
    U, S, V = torch.linalg.svd(jacobians(gen, gen.latent, z[best]), full_matrices=False)
    return Density(
        log_density=torch.stack([part.logsumexp(0) for part in log_p]),
        singular_values=S,
        directions=U.mT.reshape(*S.shape, *gen.shape),
        latent_directions=V,
        multiplicity=found.multiplicity,
        percentile=_percentile(gen, torch.stack([part.max() for part in log_p]), reference, seed),
        points=z[best],
        residual=found.residual,
    )


def _log_volume(gen: Generator, z: Tensor) -> Tensor:
    """½ log det JᵀJ, by singular values: a determinant would underflow.  (n width) -> (n)"""
    return torch.linalg.svdvals(jacobians(gen, gen.latent, z)).log().sum(1)


def _percentile(gen: Generator, log_p: Tensor, reference: Tensor | None, seed: Seed) -> Tensor:
    """The share of reference inputs below each density, all at one preimage: to find others would take long."""
    z = gen.latent.sample(REFERENCE, seed=seed).to(log_p) if reference is None else gen.encode(reference)
    others = torch.cat([gen.latent.log_density(part) - _log_volume(gen, part) for part in z.split(CHUNK)])
    return (others[None] < log_p[:, None]).double().mean(1)


def _off(found: Preimages) -> OffManifold:
    worst, off = int(found.residual.argmax()), found.multiplicity == 0
    return OffManifold(
        f"`density`: {int(off.sum())} of {len(off)} inputs are not on the generator's manifold: what it generates "
        f"nearest to input {worst} is {float(found.residual[worst]):.3g} away (root mean square), more than the "
        f"tolerance {found.tolerance:.3g}. They have no density. Train the generator on inputs like these, ask at "
        "`gen(gen.encode(x))`, or give a larger `tolerance=`."
    )
