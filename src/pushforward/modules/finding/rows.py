"""The rows of the factor as unit vectors, and how much any two of them overlap."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.rng import Seed, generator, sample

# A row shorter than this share of the longest row of its layer at any input does not move: what is left is rounding,
# which takes all directions, and the neuron is dead at that x
DEAD = 1e-5
# Layers whose largest number is beyond 2 to the power of this, or below its inverse, are brought near 1, by at most …
FAR, LARGEST = 30, 120
# What is added up over inputs is at most about 1 at each, and counted in units of this: so no order of them matters
QUANTUM = 2.0**-40


class Rows(NamedTuple):
    """Unit rows at n inputs, U (n, m, r), zero where dead, and `alive` (n, m).

    `layer` (m,) and `channel` (m,) say which neurons the wiring distinguishes; see `null`. `sketched`: of how many
    random mixtures of directions the rows consist, 0 if they are no mixtures.
    """

    U: Tensor
    alive: Tensor
    layer: Tensor
    channel: Tensor
    sketched: int = 0

    @property
    def size(self) -> int:
        """How many neurons there are."""
        return self.U.shape[1]

    def neurons(self, index: Tensor) -> "Rows":
        """Some of the neurons."""
        return Rows(self.U[:, index], self.alive[:, index], self.layer[index], self.channel[index], self.sketched)

    def inputs(self, some: slice) -> "Rows":
        """Some of the inputs."""
        return self._replace(U=self.U[some], alive=self.alive[some])

    def part(self, neurons: Tensor, inputs: Tensor) -> "Rows":
        """Some of the neurons at some of the inputs."""
        U, alive = self.U[inputs[:, None], neurons], self.alive[inputs[:, None], neurons]
        return Rows(U, alive, self.layer[neurons], self.channel[neurons], self.sketched)

    def compact(self) -> "Rows":
        """The same in a basis of the span of the rows at each input, of its own: with all their inner products."""
        if self.size >= self.U.shape[2]:
            return self
        return self._replace(U=torch.linalg.qr(self.U.mT, mode="r").R.mT.contiguous())


def longest(length: Tensor, layer: Tensor) -> Tensor:
    """The longest row of each layer: lengths (a,) → (layers,)."""
    return length.new_zeros(int(layer.max()) + 1).scatter_reduce(0, layer, length, "amax")


def in_range(F: Tensor, layer: Tensor) -> Tensor | None:
    """What neurons of factors F (..., a, r) are multiplied by (a,), a power of two for each layer; None for nothing.

    In single precision the square of what is beyond 1e-19 or 1e19 is lost: the wiring may have any scale.
    """
    if F.dtype != torch.float32 or not F.numel():
        return None
    largest = torch.linalg.vector_norm(F.detach(), torch.inf, dim=-1)  # without a copy of F
    most = longest(largest.reshape(-1, F.shape[-2]).amax(0), layer.to(F.device))
    exponent = torch.frexp(most).exponent
    far = (exponent.abs() > FAR) & (most > 0) & torch.isfinite(most)
    if not far.any():
        return None
    return torch.where(far, 2.0 ** -exponent.clamp(-LARGEST, LARGEST), 1.0)[layer.to(F.device)]


def unit_rows(F: Tensor, length: Tensor, longest_rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows of factors F (..., m, r) divided by their lengths (..., m), zero where dead, and which are alive (..., m).

    `longest_rows` (m,): the longest rows of their layers at any input. F is used up: it is large.
    """
    alive = length > DEAD * longest_rows
    scale = torch.where(alive, 1 / length.clamp_min(torch.finfo(F.dtype).tiny), 0)
    return F.mul_(scale[..., None]), alive


def squared(cosine: Tensor, sketched: int) -> Tensor:
    r"""$R_{ij}$ (..., m, m), the squares of cosines of rows.

    If the K = `sketched` columns of those are random mixtures of more directions, the square is too large by about
    1/K for rows that are unrelated; what is subtracted makes its expectation right to second order in 1/K (Olkin,
    Pratt 1958). It is not cut off at zero: that would bias what is near zero.
    """
    R = cosine.square()
    if not sketched:
        return R
    K, rest = sketched, 1 - R
    series = 1 + 2 * rest / (K + 1) * (1 + 4 * rest / (K + 3) * (1 + 6 * rest / (K + 5)))
    return 1 - (K - 2) / (K - 1) * rest * series


def squares(rows: Rows) -> Tensor:
    r"""$\sum_x R_{ij}^x$ (m, m): squared correlations of neurons i and j, over the inputs at which both are alive."""
    total = rows.U.new_zeros(rows.size, rows.size)
    for U, alive in zip(rows.U, rows.alive, strict=True):
        R = squared(U @ U.T, rows.sketched)
        total += R * torch.outer(alive, alive) if rows.sketched else R
    return total.fill_diagonal_(0)


def coalive(rows: Rows) -> Tensor:
    """At how many inputs two neurons are both alive.  (m, m)"""
    alive = rows.alive.to(rows.U)
    return alive.T @ alive


def overlap(rows: Rows, total: Tensor | None = None) -> Tensor:
    r"""$\bar R_{ij}$ (m, m): the squared correlation of neurons i and j, averaged over inputs at which both are alive.

    The diagonal is 0. In [0, 1] but for the noise of random mixtures; pairs never alive together have 0. `total`: the
    `squares` of the rows, if they are known.
    """
    return (squares(rows) if total is None else total) / coalive(rows).clamp_min_(1)


def chance(rows: Rows) -> float:
    r"""The overlap of two random neurons: $\langle M, M \rangle / \mathrm{tr}(M)^2$, $M = U^\top U$, mean over inputs.

    At least 1/r; more where few directions carry most of the activity.
    """
    M = rows.U.transpose(1, 2) @ rows.U
    return float((M.square().sum((1, 2)) / M.diagonal(dim1=1, dim2=2).sum(1).clamp_min(1e-12).square()).mean())


def excess(rows: Rows) -> Tensor:
    """How much more than chance neurons overlap, (m, m), negative parts cut off: the graph that is clustered."""
    return (overlap(rows) - chance(rows)).clamp_min_(0)


def spread(layer: Tensor, channel: Tensor, size: int, *, seed: Seed) -> Tensor:
    """About `size` neurons in increasing order: equally many of each layer, with all channels of a position or none."""
    if len(layer) <= size:
        return torch.arange(len(layer))
    draws = generator(seed)
    chosen: list[Tensor] = []
    grids = sorted((grid(layer, channel, int(b)) for b in layer.unique()), key=Tensor.numel)
    for i, neurons in enumerate(grids):
        quota = (size - sum(map(len, chosen))) // (len(grids) - i)  # what small layers leave goes to large ones
        channels, positions = neurons.shape
        if positions == 1:
            chosen.append(neurons[sample(channels, quota, seed=draws), 0])
        else:
            some = sample(positions, max(1, quota // channels), seed=draws)
            chosen.append(neurons[:, some].reshape(-1))
    return torch.cat(chosen).sort().values


def grid(layer: Tensor, channel: Tensor, which: int) -> Tensor:
    """The neurons of one layer by (channel, position)."""
    members = (layer == which).nonzero()[:, 0]
    order = members[channel[members].argsort(stable=True)]
    return order.reshape(len(channel[members].unique()), -1)


def whole(x: Tensor) -> Tensor:
    """The nearest whole numbers of quanta, on the CPU."""
    return (x.double() / QUANTUM).round().long().cpu()


def real(sums: Tensor) -> Tensor:
    """What `whole` has counted, in float64."""
    return sums.double() * QUANTUM
