"""The soft count of unrelated pairs, and what chance makes of it."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.modularity.correlation import TINY, Pairs, pairs, squared, unit
from pushforward.modules.modularity.units import Units
from pushforward.rng import generator, normal


class Count(NamedTuple):
    """Sums over the pairs of each two layers: what is `near` zero, and the `weight` of all pairs. Both (..., l, l)."""

    near: Tensor
    weight: Tensor

    def share(self) -> Tensor:
        """The share of pairs near zero, over all layers (...); 1 if every neuron stands alone."""
        return (self.near.sum((-1, -2)) + TINY) / (self.weight.sum((-1, -2)) + TINY)

    def shares(self) -> Tensor:
        """The same for each pair of layers (..., l, l)."""
        return (self.near + TINY) / (self.weight + TINY)


class Shape(NamedTuple):
    """What a count depends on beside the rows: γ in units of chance; how many layers and random mixtures there are."""

    gamma: float
    layers: int
    sketched: int
    chance: float | None = None
    """The mean of R that gamma is relative to; None for that of the rows themselves."""


def count(cosine: Tensor, units: Units, alive: Tensor, shape: Shape, *, held: bool = False) -> tuple[Count, Pairs]:
    r"""$\sum w_{ij} \gamma^2 / (\gamma^2 + R_{ij})$ over the pairs of each two layers, for cosines (..., m, m) of rows.

    $\gamma^2$ is `gamma` squared times the mean of R over all pairs: how near to zero is near depends on how many
    directions there are. So the count is about how uneven R is, and nothing is gained by making all of it small.
    `held`: nothing is differentiated through the weights, which is faster.
    """
    R = squared(cosine, shape.sketched)
    found = pairs(R.detach() if held else R, units.compared.to(R.device), alive.to(R))
    mean = chance(R, found)
    near = shape.gamma**2 * (mean if shape.chance is None else mean.new_tensor(shape.chance)).clamp_min(TINY)
    z = near / (near + (R.clamp_min(0) if shape.sketched else R))  # squares are not negative: one tensor less to keep
    member = torch.nn.functional.one_hot(units.layer, shape.layers).to(R)
    return Count(member.T @ (found.weight * z) @ member, member.T @ found.weight @ member), found


def chance(R: Tensor, found: Pairs) -> Tensor:
    """The mean of R over all pairs as they count (..., 1, 1)."""
    return (found.weight * R).sum((-1, -2), keepdim=True) / found.weight.sum((-1, -2), keepdim=True).clamp_min(TINY)


def against(U: Tensor, turned: Tensor, units: Units) -> Tensor:
    """Cosines (m, m) in a network whose neurons are mixed: of later layers' mixed rows with earlier layers' own.

    A layer of random weights is as likely as any rotation of it, whatever the layers before it are, but it is not
    independent of those after it, which read it.
    """
    before = (units.layer[:, None] < units.layer).to(U.device)
    across = U @ turned.T
    return torch.where(before, across, torch.where(before.T, across.T, turned @ turned.T))


def mixed(U: Tensor, share: Tensor, units: Units, alive: Tensor, *, seed: int) -> Tensor:
    """Unit rows (k, K) of the neurons that are `alive` (m,), rotated at random within each layer: U' = O D U.

    So layers keep their spectrum and the directions they work with. Rows are weighted by what their neurons count
    and have lengths as random rows have them (without, a layer of random weights would not be as likely as its
    rotations). Positions turn apart. A seed mixes a neuron with the same others at every input, as far as they live.
    """
    draws, group = generator(seed), units.mixed
    turned, place = torch.zeros_like(U), alive.cumsum(0) - 1
    lengths = 1 + share * (_lengths(U, alive, seed=seed + 1) - 1)  # rows that stand alone keep theirs
    rows = U * ((share + TINY).sqrt() * lengths)[:, None]
    for which in range(int(group.max()) + 1):
        members = (group == which).nonzero()[:, 0]
        moving = alive[members]
        G = normal((len(members), len(members)), seed=draws)[moving][:, moving]
        Q, R = torch.linalg.qr(G.double())  # Haar-random if G is Gaussian (Mezzadri 2007)
        index = place[members[moving]].to(rows.device)
        turned = turned.index_copy(0, index, (Q * R.diagonal().sign()).to(rows) @ rows[index])
    return unit(turned)


def _lengths(U: Tensor, alive: Tensor, *, seed: int) -> Tensor:
    """Lengths (k,) of Gaussian rows in as many dimensions as these seem to have, 1 / (mean squared cosine)."""
    k = len(U)
    mean = float(((U.detach() @ U.detach().T).square().sum() - k) / (k * (k - 1)))
    dimension = max(1, min(U.shape[1], round(1 / max(mean, TINY))))
    return normal((len(alive), dimension), seed=seed)[alive].norm(dim=1).to(U) / dimension**0.5
