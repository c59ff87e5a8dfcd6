"""What the overlap graph looks like in a network of the same wiring and spectrum that has no modules."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from pushforward.modules.finding.overlaps import Overlaps, standardised
from pushforward.modules.finding.rows import Rows, coalive, grid, squares
from pushforward.rng import Seed, generator, integers, permutation, rotation
from pushforward.shards import each

# Of the regression that carries rows from input to input, as a share of their mean variance
RIDGE = 0.01
# Of the regression of who is alive on the rows, in the same unit: there may be fewer neurons than directions
GATE_RIDGE = 0.3
# Inputs of a shard, where dead rows are filled in
SHARD = 4


def rotated(rows: Rows, nulls: int, *, seed: Seed, across_layers: bool = False) -> Iterator[Rows]:
    r"""The same neurons, `nulls` times, with the channels of every layer rotated at random: $U' = O U$.

    Rotation keeps each layer's spectrum and the directions it works with, its dead neurons, and what
    the wiring gives for free (depth, position, weight sharing: all positions of a layer are rotated alike). What it
    destroys is that some channels work with some directions and others with others: modules. Which neurons are dead at
    an input follows their directions as it does in the network (rectifiers that point the same way are on together).
    `across_layers=True` rotates all neurons together, for blocks that are whole layers (parallel branches).
    """
    rotations = Rotations(rows)
    for number in numbers(nulls, seed=seed):
        yield rotations.copy(seed=number, across_layers=across_layers)


def numbers(count: int, *, seed: Seed) -> list[int]:
    """Seeds of `count` draws that are independent of each other, so that any rank can make any of them."""
    return integers(2**62, (count,), seed=seed).tolist()


class Rotations:
    """Networks of the same wiring as some rows; see `rotated`. What several steps need of the rows is computed once.

    `total`: the `squares` of the rows, if they are known.
    """

    def __init__(self, rows: Rows, total: Tensor | None = None):
        self.rows, self.filled = rows, _fill_dead(rows)
        self.gates = _Gates(self.filled, rows)
        self._sums = squares(rows) if total is None else total, coalive(rows)

    def overlaps(self, *, across: bool) -> Overlaps:
        """The overlaps of the rows themselves."""
        return standardised(*self._sums, self.rows, across=across)

    def copy(self, *, seed: Seed, across_layers: bool = False) -> Rows:
        """One of them."""
        rows, draws = self.rows, generator(seed)
        everything = torch.arange(rows.size)
        grids = (
            [everything[:, None]]
            if across_layers
            else [grid(rows.layer, rows.channel, int(layer)) for layer in rows.layer.unique()]
        )
        U = torch.zeros_like(rows.U)
        for neurons in grids:
            Q = rotation(len(neurons), seed=draws).to(U)
            part = self.filled[:, neurons.reshape(-1)].reshape(len(U), len(neurons), -1)
            U[:, neurons.reshape(-1)] = (Q @ part).reshape(len(U), neurons.numel(), -1)
        U /= U.norm(dim=2, keepdim=True).clamp_min(1e-12)
        alive = self.gates.alive(U, seed=draws)
        return rows._replace(U=U * alive[:, :, None], alive=alive)


class _Gates:
    """Which neurons are alive at an input, as far as their directions there say so.

    In every layer with neurons that are sometimes dead, alive (0 or 1) is regressed on the rows; what is left belongs
    to the neuron, and counts the more the worse the regression sorts them. A network with other rows has as many alive
    neurons in each layer, those that come out highest.
    """

    def __init__(self, filled: Tensor, rows: Rows):
        self.rows, self.layers = rows, _layers(rows)
        sometimes = rows.alive.any(0) & ~rows.alive.all(0)
        self.gated = [members[sometimes[members]] for members in self.layers if sometimes[members].any()]
        self.fits = [self._fit(filled[:, members], rows.alive[:, members]) for members in self.gated]

    def alive(self, U: Tensor, *, seed: Seed) -> Tensor:
        """For other unit rows U (n, m, r).  -> (n, m)"""
        alive = self.rows.alive.clone()
        for members, (slope, rest) in zip(self.gated, self.fits, strict=True):
            score = (U[:, members] @ slope)[:, :, 0] + rest[:, permutation(len(members), seed=seed)]
            rank = score.argsort(1, descending=True).argsort(1)
            alive[:, members] = rank < self.rows.alive[:, members].sum(1, keepdim=True)
        return alive

    @staticmethod
    def _fit(U: Tensor, alive: Tensor) -> tuple[Tensor, Tensor]:
        y = alive.to(U)[:, :, None]
        slope = _regressed(U, y - y.mean(1, keepdim=True), GATE_RIDGE)
        fit, count = (U @ slope)[:, :, 0], y.sum(1)
        rank = fit.argsort(1, descending=True).argsort(1)
        wrong = ((rank < count) & ~alive).sum(1, keepdim=True) / (count * (1 - count / y.shape[1])).clamp_min(1e-6)
        return slope, (y[:, :, 0] - fit) * wrong.clamp_max(1)


def _fill_dead(rows: Rows) -> Tensor:
    r"""Rows with each dead one taken from another input at which the neuron is alive, $u_i^x = u_i^y B$.

    B (r, r) is the map that carries the rows of the same layer, where alive at both inputs, from y to x: exact
    for a layer whose Jacobian is (weights) · (what the inputs did before it). Without filling, a rotation would
    mix other neurons at other inputs, and the rotated network would be less consistent than any real one.
    """
    ever = rows.alive.any(0)
    if (rows.alive == ever).all():
        return rows.U
    return torch.stack([one["rows"] for one in each("filling in", len(rows.U), partial(_filled, rows), size=SHARD)])


def _filled(rows: Rows, x: int) -> dict[str, Tensor]:
    """The rows at input x, dead ones from the next input at which they are alive."""
    U, known, members = rows.U[x].clone(), rows.alive[x] | ~rows.alive.any(0), _layers(rows)
    for y in (y % len(rows.U) for y in range(x + 1, x + len(rows.U))):
        if known.all():
            break
        missing = ~known & rows.alive[y]
        for layer in members:
            take = layer[missing[layer]]
            if len(take):
                both = layer[(rows.alive[x] & rows.alive[y])[layer]]
                U[take] = _carry(rows.U[y, both], rows.U[x, both], rows.U[y, take])
        known |= missing
    return {"rows": U}


def _layers(rows: Rows) -> list[Tensor]:
    """The neurons of every layer."""
    return [(rows.layer == layer).nonzero()[:, 0] for layer in rows.layer.unique()]


def _carry(source: Tensor, target: Tensor, rows: Tensor) -> Tensor:
    """Rows (k, r) mapped as ridge regression maps source to target rows, back at unit length."""
    carried = rows @ _regressed(source, target, RIDGE)
    return carried / carried.norm(dim=1, keepdim=True).clamp_min(1e-12)


def _regressed(X: Tensor, Y: Tensor, share: float) -> Tensor:
    """Ridge regression of Y (..., k, c) on X (..., k, r), the penalty a share of its mean variance.  -> (..., r, c)

    Solved in k or in r unknowns, whichever are fewer.
    """
    k, r = X.shape[-2:]
    ridge = (share / r * X.square().sum((-2, -1)) + 1e-6)[..., None, None]
    if k < r:
        return X.mT @ torch.linalg.solve(X @ X.mT + ridge * torch.eye(k).to(X), Y)
    return torch.linalg.solve(X.mT @ X + ridge * torch.eye(r).to(X), X.mT @ Y)
