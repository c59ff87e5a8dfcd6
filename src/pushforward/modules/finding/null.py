"""What the overlap graph looks like in a network of the same wiring and spectrum that has no modules."""

from collections.abc import Iterator

import torch
from torch import Tensor

from pushforward.modules.finding.rows import Rows, grid
from pushforward.rng import Seed, generator, rotation

# Of the regression that carries rows from input to input, as a share of their mean variance
RIDGE = 0.01


def rotated(rows: Rows, nulls: int, *, seed: Seed, across_layers: bool = False) -> Iterator[Rows]:
    r"""The same neurons, `nulls` times, with the channels of every layer rotated at random: $U' = O U$.

    Rotation keeps each layer's spectrum and the directions it works with, its dead neurons, and what
    the wiring gives for free (depth, position, weight sharing: all positions of a layer are rotated alike). What it
    destroys is that some channels work with some directions and others with others: modules.
    `across_layers=True` rotates all neurons together, for blocks that are whole layers (parallel branches).
    """
    draws = generator(seed)
    filled = _fill_dead(rows)
    everything = torch.arange(rows.size)
    grids = (
        [everything[:, None]]
        if across_layers
        else [grid(rows.layer, rows.channel, int(layer)) for layer in rows.layer.unique()]
    )
    for _ in range(nulls):
        U = torch.zeros_like(rows.U)
        for neurons in grids:
            Q = rotation(len(neurons), seed=draws).to(U)
            part = filled[:, neurons.reshape(-1)].reshape(len(U), len(neurons), -1)
            U[:, neurons.reshape(-1)] = (Q @ part).reshape(len(U), neurons.numel(), -1)
        U /= U.norm(dim=2, keepdim=True).clamp_min(1e-12)
        yield rows._replace(U=U * rows.alive[:, :, None])


def _fill_dead(rows: Rows) -> Tensor:
    r"""Rows with each dead one taken from another input at which the neuron is alive, $u_i^x = u_i^y B$.

    B (r, r) is the map that carries the rows of the same layer, where alive at both inputs, from y to x: exact
    for a layer whose Jacobian is (weights) · (what the inputs did before it). Without filling, a rotation would
    mix other neurons at other inputs, and the rotated network would be less consistent than any real one.
    """
    U, known = rows.U.clone(), rows.alive.clone()
    for shift in range(1, len(U)):
        for x, y in enumerate(torch.arange(len(U)).roll(-shift).tolist()):
            for layer in rows.layer.unique():
                take = (rows.layer == layer) & ~known[x] & rows.alive[y]
                if take.any():
                    both = (rows.layer == layer) & rows.alive[x] & rows.alive[y]
                    U[x, take] = _carry(rows.U[y, both], rows.U[x, both], rows.U[y, take])
            known[x] |= rows.alive[y]
        if known.all():
            break
    return U


def _carry(source: Tensor, target: Tensor, rows: Tensor) -> Tensor:
    """Rows (k, r) mapped as ridge regression maps source to target rows, back at unit length."""
    G = source.T @ source
    ridge = (RIDGE * G.diagonal().mean() + 1e-6) * torch.eye(len(G), dtype=G.dtype)
    carried = rows @ torch.linalg.solve(G + ridge, source.T @ target)
    return carried / carried.norm(dim=1, keepdim=True).clamp_min(1e-12)
