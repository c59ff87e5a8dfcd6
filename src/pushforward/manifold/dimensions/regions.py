"""The dimension of parts of the data, and whether they have different ones."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.dimensions.features import Clues, around, evidence
from pushforward.manifold.dimensions.network import Judge
from pushforward.points import BUDGET

NEAREST = 0.1  # share of all balls that speak for the surroundings of one
# How likely the dimension of a part must be, give or take one, and how large a share of the parts a component has.
SURE, SMALLEST = 0.9, 0.1


class Parts(NamedTuple):
    """The surroundings of each ball's centre: how likely each dimension is there, `posteriors` (c, J)."""

    centres: Tensor
    posteriors: Tensor

    @property
    def estimates(self) -> Tensor:
        """The most likely dimension of each part.  (c,)"""
        return self.posteriors.argmax(1) + 1


def parts_of(clues: Clues, judge: Judge) -> Parts:
    """What the judge says about the surroundings of every centre."""
    count = len(clues.centres)
    posteriors = [judge.posterior(evidence(clues, around(clues, c, NEAREST))) for c in range(count)]
    return Parts(clues.X[clues.centres], torch.nn.utils.rnn.pad_sequence(posteriors, batch_first=True))


def spread_over(parts: Parts, X: Tensor) -> Tensor:
    """For every row of X the estimate of the part whose centre is nearest.  (n d) -> (n)"""
    blocks = X.split(max(1, BUDGET // len(parts.centres)))
    return torch.cat([parts.estimates[torch.cdist(rows, parts.centres).argmin(1)] for rows in blocks])


def mixture(parts: Parts) -> tuple[tuple[int, float], ...]:
    """Dimensions that clearly differ and the share of parts that have each, lowest first; empty for one dimension.

    A part counts where the judge is sure of its dimension give or take one. Neighbouring dimensions count as one
    component, so that a doubtful 9 or 10 is not called mixed.
    """
    sure, kinds = _sure(parts), parts.estimates
    components: list[tuple[int, float]] = []
    rest = kinds[sure]
    while len(rest) >= SMALLEST * len(kinds):
        best = int(rest.mode().values)
        close = (rest - best).abs() <= max(1, round(0.2 * best))
        if close.sum() >= SMALLEST * len(kinds):
            components.append((best, float(close.sum()) / len(kinds)))
        rest = rest[~close]
    total = sum(share for _, share in components)
    return tuple(sorted((d, share / total) for d, share in components)) if len(components) > 1 else ()


def _sure(parts: Parts) -> Tensor:
    padded = torch.nn.functional.pad(parts.posteriors, (1, 1))
    near = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return near.gather(1, parts.posteriors.argmax(1, keepdim=True))[:, 0] >= SURE
