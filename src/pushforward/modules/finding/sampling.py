"""Which neurons are looked at: a sample, in which copies count once."""

from typing import NamedTuple

from torch import Tensor

from pushforward.errors import BadInput
from pushforward.modules.finding.copies import originals
from pushforward.modules.finding.overlaps import shared_squares
from pushforward.modules.finding.rows import Rows, overlap, spread
from pushforward.modules.finding.source import Source, rows_of
from pushforward.rng import Seed


class Sample(NamedTuple):
    """The numbers `neurons` (s,) of the sample among all, their `rows`, and which are `originals` (k,), not copies.

    `squares` (s, s): those of the rows. `longest` (layers,): the longest row of each layer at any input, by which a
    neuron is alive or dead.
    """

    neurons: Tensor
    rows: Rows
    squares: Tensor
    originals: Tensor
    longest: Tensor

    @property
    def copies(self) -> int:
        """How many of the sample are copies of others in it."""
        return len(self.neurons) - len(self.originals)


def sampled(src: Source, size: int, *, seed: Seed) -> Sample:
    """About `size` neurons, equally many of each layer. Raises `BadInput` if there are too few to fall into sets."""
    if src.neurons < 4:
        raise BadInput(f"there are {src.neurons} neurons; at least 4 are needed. Choose more `layers=`.")
    neurons = spread(src.layer, src.channel, size, seed=seed)
    rows, longest = rows_of(src, neurons, divided=True)
    if (moving := int(rows.alive.any(0).sum())) < 4:
        raise BadInput(
            f"only {moving} neurons respond to these inputs; at least 4 are needed. Are the inputs in the usual range?"
        )
    activity = None if src.activity is None else src.activity()[:, neurons]
    squares = shared_squares(rows)
    kept = originals(rows, activity, overlap(rows, squares.plain))
    if (left := int(rows.alive.any(0)[kept].sum())) < 4:
        raise BadInput(
            f"the {moving} neurons that respond to these inputs are copies of {left}; at least 4 different ones are "
            "needed. Choose more `layers=`."
        )
    return Sample(neurons, rows, squares.corrected, kept, longest)
