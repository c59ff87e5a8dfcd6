"""`TopInputs`: the inputs that activate each module most."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class TopInputs:
    """For each of m modules the k inputs that drive it most.

    `index` (m, k): their numbers in X, strongest first. `strength` (m, k, m): how far each of them moves every
    module, the mean absolute z-score of its neurons, in standard deviations over X. `examples`: those inputs
    themselves (m, k, ...) if X is one tensor, else None. `count` of the `total` inputs in X were looked at.
    """

    index: Tensor
    strength: Tensor
    examples: Tensor | None
    count: int
    total: int
