"""How likely each chart or component of a latent is."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.rng import Seed, uniform


def checked_weights(call: str, weights: Sequence[float] | None, n: int, part: str) -> tuple[float, ...]:
    """Weights as numbers, 1 by default; raises `BadInput`, which names the call and what a `part` is called.

    >>> checked_weights("Atlas", None, 2, "chart")
    (1.0, 1.0)
    """
    values = [1.0] * n if weights is None else [float(w) for w in weights]
    if len(values) != n or not all(0 < w < math.inf for w in values):
        raise BadInput(
            f"`{call}(weights={weights!r})`: one positive weight for each of {n} {part}s is needed. "
            f"Leave a {part} out rather than give it 0."
        )
    return tuple(values)


def shares(weights: Sequence[float]) -> tuple[float, ...]:
    """The same with sum 1."""
    return tuple(weight / sum(weights) for weight in weights)


def draw_pieces(n: int, shares: Sequence[float], *, seed: Seed) -> Tensor:
    """Numbers of charts or components, as likely as their shares.  -> (n)"""
    ends = torch.tensor(shares, dtype=torch.float64).cumsum(0)
    return torch.searchsorted(ends[:-1].contiguous(), uniform((n,), seed=seed, dtype=torch.float64), right=True)
