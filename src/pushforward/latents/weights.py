"""How likely each piece of a latent is."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.rng import Seed, uniform


def checked_weights(call: str, weights: Sequence[float] | None, count: int) -> tuple[float, ...]:
    """Weights as numbers, 1 unless given; raises `BadInput`, which names the call.

    >>> checked_weights("", None, 2)
    (1.0, 1.0)
    """
    given = [1.0] * count if weights is None else [float(w) for w in weights]
    if len(given) != count or not all(0 < w < math.inf for w in given):
        raise BadInput(
            f"`{call}(weights={weights!r})`: one positive weight for each of {count} pieces is needed. "
            "Leave a piece out rather than give it 0."
        )
    return tuple(given)


def shares(weights: Sequence[float]) -> tuple[float, ...]:
    """The same with sum 1."""
    return tuple(weight / sum(weights) for weight in weights)


def drawn_pieces(n: int, shares: Sequence[float], *, seed: Seed) -> Tensor:
    """Numbers of pieces, as likely as their shares.  -> (n)"""
    ends = torch.tensor(shares, dtype=torch.float64).cumsum(0)
    return torch.searchsorted(ends[:-1].contiguous(), uniform((n,), seed=seed, dtype=torch.float64), right=True)
