"""Activations at sampled inputs near x, by pairs w and −w: what the network does there beyond its linear part."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput, NotFinite
from pushforward.linear import Chart
from pushforward.net.neurons import Neurons
from pushforward.rng import Seed, generator, normal

# Default budget for the activations of one batch of inputs, in bytes.
MEMORY = 2**28
# How many samples there are at least.
LEAST = 32


@dataclass(frozen=True)
class Pairs:
    """One layer at inputs x(w) and x(−w), as parts of f that are odd and even in w.

    Their covariances add up to that of f, for the two parts are uncorrelated: Cov f = E[o oᵀ] + Cov e.
    """

    name: str
    odd: Tensor
    """(f(x(w)) − f(x(−w)))/2 (m, size)"""
    even: Tensor
    """(f(x(w)) + f(x(−w)))/2 − f(x) (m, size)"""
    centre: Tensor
    """f(x) (size)"""


def pairs(net: Neurons, chart: Chart, W: Tensor, *, memory: int = MEMORY) -> Iterator[Pairs]:
    """The layers at x(w) and x(−w) for every row of W, in float32 at least.  (m r) -> (m size) each

    Raises `NotFinite`, naming the layer.
    """
    like = structure.flat(chart.point)
    few = max(1, memory // (2 * net.activity * like.element_size()))
    with torch.no_grad():
        centre = net.record(structure.batch(chart.point))
        parts = [net.record(chart(torch.cat([w, -w]))) for w in W.to(like).split(few)]
    for i, layer in enumerate(net.table):
        f0 = _wide(centre[i])
        ends = [_wide(part[i]).unflatten(0, (2, -1)) for part in parts]
        up, down = torch.cat(ends, 1)  # (2 m size)
        if not (torch.isfinite(up).all() and torch.isfinite(down).all()):
            raise NotFinite(
                f"layer {layer.name!r} has NaN or infinite activations at inputs sampled near x; it is the first that "
                "has. Look at what the network does far from x, or give inputs of less variance."
            )
        yield Pairs(layer.name, (up - down) / 2, (up + down) / 2 - f0, f0[0])


def sampled_factor(net: Neurons, chart: Chart, samples: int, seed: Seed) -> Tensor:
    """F with F Fᵀ the covariance of activations at `samples` inputs, chosen as in `balanced`.  -> (a, samples)"""
    m = check_samples("by_sampling", samples) // 2
    W = balanced(m, chart.rank, seed=seed)
    rows = [
        torch.cat([pair.odd / m**0.5, (pair.even - pair.even.mean(0)) / (m - 1) ** 0.5])
        for pair in pairs(net, chart, W)
    ]
    return torch.cat(rows, 1).T


def balanced(m: int, r: int, *, seed: Seed) -> Tensor:
    """Coordinates w that are orthogonal in groups of r, with the lengths of Gaussian ones.  -> (m, r)

    If m ≥ r they are then whitened, WᵀW/m = I, so that the covariance of anything linear comes out exactly.

    Source: orthogonal Monte Carlo (Choromanski, Rowland, Chen, Weller 2019); moment matching (Barraquand 1995).
    """
    draws = generator(seed)
    lengths = normal((m, r), seed=draws, dtype=torch.float64).norm(dim=1, keepdim=True)
    sizes = [min(r, m - start) for start in range(0, m, r)]
    frames = [torch.linalg.qr(normal((r, n), seed=draws, dtype=torch.float64)).Q.T for n in sizes]
    W = torch.cat(frames) * lengths
    if m < r:
        return W.float()
    values, U = torch.linalg.eigh(W.T @ W / m)
    return (W @ (U * values.rsqrt()) @ U.T).float()


def check_samples(method: str, samples: int) -> int:
    """The number of samples; raises `BadInput` unless it is even and large enough."""
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < LEAST or samples % 2:
        raise BadInput(
            f"`{method}(samples={samples!r})`: an even number of at least {LEAST} is needed, for inputs come in pairs "
            "w and −w."
        )
    return samples


def _wide(values: Tensor) -> Tensor:
    return values.float() if values.dtype.itemsize < 4 else values
