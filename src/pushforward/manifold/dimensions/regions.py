"""The dimension of parts of the data, and whether they have different ones."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.dimensions.features import around
from pushforward.manifold.dimensions.reading import Reading, judged
from pushforward.points import BUDGET

FEWER = 48  # centres that the wide judge reads, which takes its time
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


def parts_of(whole: Reading) -> Parts:
    """What the judge that reads all points says about the surroundings of every centre."""
    clues = whole.clues
    if whole.judge == "product":  # of independent factors, whose dimensions are the same everywhere together
        return Parts(clues.X[clues.centres], whole.posterior.expand(len(clues.centres), -1))
    centres = clues.centres if whole.judge == "fine" else clues.centres[:FEWER]
    posteriors = [judged(clues, around(clues, c, NEAREST), whole.judge) for c in range(len(centres))]
    return Parts(clues.X[centres], torch.nn.utils.rnn.pad_sequence(posteriors, batch_first=True))


def spread_over(parts: Parts, X: Tensor) -> Tensor:
    """For every row of X the estimate of the part whose centre is nearest.  (n d) -> (n)"""
    blocks = X.split(max(1, BUDGET // len(parts.centres)))
    return torch.cat([parts.estimates[torch.cdist(rows, parts.centres).argmin(1)] for rows in blocks])


def mixture(parts: Parts) -> list[Tensor]:
    """The centres (c,) of each component where the dimension clearly differs, as masks; empty for one dimension.

    A part counts where the judge is sure of its dimension give or take one. Neighbouring dimensions count as one
    component, so that a doubtful 9 or 10 is not called mixed.
    """
    left, kinds = _sure(parts), parts.estimates
    components: list[Tensor] = []
    while left.sum() >= SMALLEST * len(kinds):
        best = int(kinds[left].mode().values)
        close = left & ((kinds - best).abs() <= max(1, round(0.2 * best)))
        if close.sum() >= SMALLEST * len(kinds):
            components.append(close)
        left = left & ~close
    return components if len(components) > 1 else []


def _sure(parts: Parts) -> Tensor:
    padded = torch.nn.functional.pad(parts.posteriors, (1, 1))
    near = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return near.gather(1, parts.posteriors.argmax(1, keepdim=True))[:, 0] >= SURE
