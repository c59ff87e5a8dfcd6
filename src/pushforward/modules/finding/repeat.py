"""Whether sets are found again, from other inputs and other neurons."""

import torch
from torch import Tensor

from pushforward.modules.finding.rows import Rows
from pushforward.rng import Seed, generator, permutation, sample

# Inputs from which on halves of them are compared, and neurons from which on some are left out
HALVES, MANY = 4, 100


def redraws(rows: Rows, times: int, *, seed: Seed) -> list[tuple[Tensor, Tensor]]:
    """Parts of the rows, `times` of them: which neurons take part, and at which inputs.

    Half of the inputs, then the other half, then another half; and 80 % of the neurons where there are many.
    """
    draws, n = generator(seed), len(rows.U)
    order, parts = torch.arange(n), list[tuple[Tensor, Tensor]]()
    for time in range(times):
        if n >= HALVES:
            order = permutation(n, seed=draws) if time % 2 == 0 else order.flip(0)
        neurons = torch.arange(rows.size)
        if rows.size >= MANY:
            neurons = sample(rows.size, int(0.8 * rows.size), seed=draws)
        parts.append((neurons, order[: n // 2] if n >= HALVES else order))
    return parts


def best_matches(labels: Tensor, others: Tensor, count: int, *, more: Tensor | None = None) -> Tensor:
    """For each of the sets 0 … count − 1 of a labelling (m,) the Jaccard index with its best match in another (count,).

    `more`: further sets (q, m), of other levels of a hierarchy, that are as good a match.

    >>> best_matches(torch.tensor([0, 0, 1, 1, -1]), torch.tensor([0, 0, 0, 1, 1]), 2)
    tensor([0.6667, 0.3333])
    """
    there = [others == c for c in range(int(others.max()) + 1)] + [one > 0 for one in (() if more is None else more)]
    sets = [labels == b for b in range(count)]
    return torch.tensor([max((_jaccard(a, c) for c in there if c.any()), default=0.0) for a in sets])


def _jaccard(a: Tensor, b: Tensor) -> float:
    return float((a & b).sum() / (a | b).sum().clamp_min(1))
