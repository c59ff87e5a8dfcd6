"""The soft count of unrelated pairs, and what chance makes of it."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.finding import squared
from pushforward.modules.modular.units import Units
from pushforward.rng import generator, normal, uniform

# A row shorter than this share of the median row of its layer does not move: the neuron is dead at this input
FLOOR = 1e-3
# A neuron counts half if it overlaps with the others this many times as much as the average one does
COMPANY = 0.1
# A direction that a layer reads less than this, in units of the average one, is not read
UNREAD = 1e-2
# Squared correlations below this are rounding
TINY = 1e-6


class Pairs(NamedTuple):
    """What each pair counts, `weight` (..., m, m), and what each neuron does, `share` (..., m), for its `company`."""

    weight: Tensor
    share: Tensor
    company: Tensor


class Kin(NamedTuple):
    """Which neurons are of one layer, `own` (m, m), and which of these are `copies`: one function but for its scale."""

    own: Tensor
    copies: Tensor

    def some(self, chosen: Tensor) -> "Kin":
        """A part of them, by mask."""
        return Kin(*(part[chosen][:, chosen] for part in self))


def living(F: Tensor, layer: Tensor) -> Tensor:
    """Which rows of factors F (n, m, K) move (n, m); nothing is differentiated through this choice."""
    length = F.detach().norm(dim=2)
    moving = torch.where(length > 0, length, torch.nan)
    alive = torch.zeros_like(length, dtype=torch.bool)
    for which in layer.unique():
        members = layer == which
        alive[:, members] = length[:, members] > FLOOR * moving[:, members].nanmedian(1, keepdim=True).values
    return alive


def unit(F: Tensor) -> Tensor:
    """Rows at unit length; those that are zero stay."""
    return F / F.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(F.dtype).tiny ** 0.5)


def pairs(R: Tensor, compared: Tensor, alive: Tensor, kin: Kin | None = None) -> Pairs:
    r"""How much each pair counts, so that nothing is gained by copies of a neuron or by neurons that stand alone.

    n parallel neurons count as one, $1 / \sum_j R_{ij}^8$, and are not compared with each other. A neuron that
    overlaps with no other would be a module of its own: it fades out, $h_i = a_i / (a_i + 0.1\,\bar a)$, where $a_i$ is
    the mean of its $R_{ij}$. R is (..., m, m), with any leading axes; neurons not `alive` (..., m) count as little.
    `kin` (R is (m, m) then) says which parallel neurons are copies: others of one layer count as many as they are, and
    are company. What runs through several layers is shared out among these.
    """
    eye = torch.eye(R.shape[-1], dtype=R.dtype, device=R.device)
    same = R.clamp(0, 1).square().square().square() * (1 - eye)
    single = alive * (1 / (1 + same.sum(-1)) if kin is None else _single(same, eye, kin))
    both = compared * single[..., :, None] * single[..., None, :]
    distinct = (1 - same) * both
    peers = distinct if kin is None else (1 - same * (~kin.own | kin.copies)) * both
    overlap = (peers * R).sum(-1).clamp_min(0) / peers.sum(-1).clamp_min(TINY)
    mean = (single * overlap).sum(-1, keepdim=True) / single.sum(-1, keepdim=True).clamp_min(TINY)
    company = overlap / (overlap + COMPANY * mean + TINY)
    return Pairs(distinct * company[..., :, None] * company[..., None, :], single * company, company)


def _single(same: Tensor, eye: Tensor, kin: Kin) -> Tensor:
    """What each neuron counts (m,): 1 / its copies, times its layer's part of all that is parallel to it."""
    copies = 1 + (same * kin.copies).sum(-1)
    parallel = (same + eye) / copies
    return (parallel * kin.own).sum(-1) / parallel.sum(-1) / copies


class Count(NamedTuple):
    """Sums over the pairs of each two layers: what is `near` zero, and the `weight` of all pairs. Both (..., l, l)."""

    near: Tensor
    weight: Tensor

    def share(self) -> Tensor:
        """The share of pairs near zero, over all layers (...); 0 if every neuron stands alone."""
        return self.near.sum((-1, -2)) / (self.weight.sum((-1, -2)) + TINY)

    def shares(self) -> Tensor:
        """The same for each pair of layers (..., l, l)."""
        return self.near / (self.weight + TINY)


class Shape(NamedTuple):
    """What a count depends on beside the rows: γ in units of chance; how many layers and random mixtures there are."""

    gamma: float
    layers: int
    sketched: int
    chance: float | None = None
    """The mean of R that gamma is relative to; None for that of the rows themselves."""


def count(
    cosine: Tensor, units: Units, alive: Tensor, shape: Shape, *, kin: Kin | None = None, detach: bool = False
) -> tuple[Count, Pairs]:
    r"""$\sum w_{ij} \gamma^2 / (\gamma^2 + R_{ij})$ over the pairs of each two layers, for cosines (..., m, m) of rows.

    $\gamma^2$ is `gamma` squared times the mean of R over all pairs: how near to zero is near depends on how many
    directions there are. So the count is about how uneven R is, and nothing is gained by making all of it small.
    `detach`: nothing is differentiated through the weights, which is faster.
    """
    R = squared(cosine, shape.sketched)
    weights = pairs(R.detach() if detach else R, units.compared.to(R.device), alive.to(R), kin)
    mean = chance(R, weights)
    near = shape.gamma**2 * (mean if shape.chance is None else mean.new_tensor(shape.chance)).clamp_min(TINY)
    z = near / (near + (R.clamp_min(0) if shape.sketched else R))  # squares are not negative: one tensor less to keep
    member = torch.nn.functional.one_hot(units.layer, shape.layers).to(R)
    return Count(member.T @ (weights.weight * z) @ member, member.T @ weights.weight @ member), weights


def chance(R: Tensor, weights: Pairs) -> Tensor:
    """The mean of R over all pairs as they count (..., 1, 1)."""
    return (weights.weight * R).sum((-1, -2), keepdim=True) / weights.weight.sum((-1, -2), keepdim=True).clamp_min(TINY)


def against(U: Tensor, rotated: Tensor, units: Units) -> Tensor:
    """Cosines (m, m) in a network whose neurons are mixed: of later layers' mixed rows with earlier layers' own.

    A layer of random weights is as likely as any rotation of it, whatever the layers before it are, but it is not
    independent of those after it, which read it.
    """
    before = (units.layer[:, None] < units.layer).to(U.device)
    across = U @ rotated.T
    return torch.where(before, across, torch.where(before.T, across.T, rotated @ rotated.T))


def dealt(U: Tensor, units: Units, alive: Tensor, *, seed: int) -> Tensor:
    """Unit rows (k, K) of the neurons that are `alive` (m,), with the entries of each dealt out over the directions.

    That is done at random, so a row is as sparse as it was. An entry is taken, with a random sign, in units of the root
    mean square of its column in its layer. A seed deals a neuron alike at every input.
    """
    draws = generator(seed)
    order = uniform((len(alive), U.shape[1]), seed=draws)[alive].argsort(1).to(U.device)
    signs = normal((len(alive), U.shape[1]), seed=draws)[alive].sign().to(U)
    layer, rows = units.layer[alive], torch.zeros_like(U)
    for which in layer.unique():
        members = (layer == which).nonzero()[:, 0].to(U.device)
        square = U[members].square().mean(0)
        size = (square + UNREAD**2 * square.mean() + TINY**2).sqrt()
        entries = (U[members] / size).gather(1, order[members]) * signs[members]
        rows = rows.index_copy(0, members, entries * size)
    return unit(rows)


def mixed(U: Tensor, share: Tensor, units: Units, alive: Tensor, *, seed: int) -> Tensor:
    """Unit rows (k, K) of the neurons that are `alive` (m,), rotated at random within each layer: U' = O D U.

    So layers keep their spectrum and the directions they work with. Rows are weighted by what their neurons count
    and have lengths as random rows have them (without, a layer of random weights would not be as likely as its
    rotations). Positions are rotated independently. A seed mixes a neuron with the same others at every input, as
    far as they live.
    """
    draws, group = generator(seed), units.mixed
    rotated, place = torch.zeros_like(U), alive.cumsum(0) - 1
    lengths = 1 + share * (_lengths(U, alive, seed=seed + 1) - 1)  # rows that stand alone keep theirs
    rows = U * ((share + TINY).sqrt() * lengths)[:, None]
    for which in range(int(group.max()) + 1):
        members = (group == which).nonzero()[:, 0]
        moving = alive[members]
        G = normal((len(members), len(members)), seed=draws)[moving][:, moving]
        Q, R = torch.linalg.qr(G.double())  # Haar-random if G is Gaussian (Mezzadri 2007)
        index = place[members[moving]].to(rows.device)
        rotated = rotated.index_copy(0, index, (Q * R.diagonal().sign()).to(rows) @ rows[index])
    return unit(rotated)


def _lengths(U: Tensor, alive: Tensor, *, seed: int) -> Tensor:
    """Lengths (k,) of Gaussian rows in as many dimensions as these seem to have, 1 / (mean squared cosine)."""
    k = len(U)
    mean = float(((U.detach() @ U.detach().T).square().sum() - k) / (k * (k - 1)))
    dimension = max(1, min(U.shape[1], round(1 / max(mean, TINY))))
    return normal((len(alive), dimension), seed=seed)[alive].norm(dim=1).to(U) / dimension**0.5
