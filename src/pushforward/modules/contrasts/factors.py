"""What two blocks do at an input and around it, in units of each neuron's standard deviation."""

from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Chart, ConstantInputs
from pushforward.net import Neurons, push

# Inputs that go through the network at once
CHUNK = 64
# A neuron that varies by less than this share of its own size is constant
ROUNDING = 1e-6
T = TypeVar("T")


class Factor:
    r"""The rows of one block at one input, F (m, r) in float64, divided by $\sigma_i \sqrt m$.

    So |F w| is the root mean square movement of the block's neurons, in σ, to first order.
    """

    def __init__(self, F: Tensor):
        self.F = F

    @cached_property
    def M(self) -> Tensor:
        r"""$M = F^\top F$ (r, r): its trace is r times the mean squared speed."""
        return self.F.T @ self.F

    def speed(self, w: Tensor) -> float:
        """How fast the block moves along w, σ per unit of w."""
        return float((self.F @ w).norm())


class Block(NamedTuple):
    """Neurons in increasing order (m,), the standard deviation of each (m,), and how many more hardly ever move."""

    neurons: Tensor
    scale: Tensor
    dead: int

    @property
    def unit(self) -> Tensor:
        """What activations are divided by, so that the norm of a change is its root mean square in σ (m,)."""
        return self.scale * len(self.neurons) ** 0.5


class Pair(NamedTuple, Generic[T]):
    """Something of both blocks: first of the one that moves, then of the one that is kept fixed."""

    moved: T
    fixed: T

    @property
    def swapped(self) -> "Pair[T]":
        """The other way round."""
        return Pair(self.fixed, self.moved)

    def only(self: "Pair[Tensor]", i: int) -> "Pair[Tensor]":
        """Entry i of a batch, as a batch of one."""
        return Pair(self.moved[i : i + 1], self.fixed[i : i + 1])


class Probe:
    """A network seen by two blocks of its neurons; counts the Jacobian products it uses.

    `every` are all neurons that move, of the blocks or not, as a block of their own.
    """

    def __init__(self, net: Neurons, blocks: Pair[Block], every: Block):
        self.net, self.blocks, self.every, self.products = net, blocks, every, 0

    def swapped(self) -> "Probe":
        """The same network with the other block moved; it counts from zero."""
        return Probe(self.net, self.blocks.swapped, self.every)

    def factors(self, chart: Chart) -> Pair[Factor]:
        """The factors of both blocks at the chart's point."""
        F = push(self.net, ConstantInputs(chart), chart.point).factor.T  # (r a), as it lies in memory
        self.products += chart.rank
        return Pair(*(Factor((F[:, b.neurons.to(F.device)].cpu().double() / b.unit).T) for b in self.blocks))

    @torch.no_grad()
    def values(self, X: object) -> Pair[Tensor]:
        """Activations of both blocks for a batch of n inputs, (n, m) in float64 and in the units of `Factor`."""
        parts = [activations(self.net, part) for part in chunks(X)]
        return Pair(*(torch.cat([part[:, b.neurons].double() for part in parts]) / b.unit for b in self.blocks))

    @torch.no_grad()
    def selectivity(self, X: object) -> Tensor:
        """EPR: how the moved block changes on average since the first input, in σ, over how all others do.  -> (n)

        The mean of |change| over the block's neurons, divided by that over all other neurons that move; 0 at first.
        """
        first, parts = None, []
        moved = torch.isin(self.every.neurons, self.blocks.moved.neurons)
        for part in chunks(X):
            values = activations(self.net, part)[:, self.every.neurons].double()
            first = values[0] if first is None else first
            away = (values - first).abs() / self.every.scale
            parts.append(away[:, moved].mean(1) / away[:, ~moved].mean(1))
        return torch.cat(parts).nan_to_num(0.0, posinf=torch.inf)


def chunks(X: object) -> list[object]:
    """A batch in parts that go through a network at once."""
    n = structure.length(X)
    return [structure.rebuild(X, lambda _, t, i=i: t[i : i + CHUNK]) for i in range(0, n, CHUNK)]


def activations(net: Neurons, X: object) -> Tensor:
    """All activations of a batch, on the CPU.  -> (n a)"""
    return net(X).cpu()


@torch.no_grad()
def deviations(net: Neurons, X: object) -> Tensor:
    """The standard deviation of every neuron over n ≥ 2 inputs (a,), 0 where it is constant up to rounding."""
    total, square, shift, n = 0.0, 0.0, None, structure.length(X)
    for part in chunks(X):
        values = activations(net, part).double()
        shift = values.mean(0) if shift is None else shift
        total = total + (values - shift).sum(0)
        square = square + (values - shift).square().sum(0)
    assert isinstance(total, Tensor)
    assert isinstance(square, Tensor)
    assert shift is not None
    variance = (square - total.square() / n) / (n - 1)
    sigma = variance.clamp_min(0).sqrt()
    return torch.where(sigma > ROUNDING * (shift + total / n).abs(), sigma, 0)
