"""`TopInputs`: the inputs that activate each module most."""

from dataclasses import dataclass, field

from torch import Tensor

from pushforward.result import Columns, Result


@dataclass(frozen=True, eq=False)
class Others:
    """Inputs beside those that activate modules most: numbers `index` (t,) in X, and the rest as in `TopInputs`."""

    index: Tensor
    strength: Tensor
    examples: Tensor | None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class TopInputs(Result):
    """For each of m modules the k inputs that activate it most.

    `index` (m, k): their numbers in X, strongest first. `strength` (m, k, m): how far each of them moves every
    module, the mean absolute z-score of its neurons, in standard deviations over X. `examples`: those inputs
    themselves (m, k, ...) if X is one tensor, else None. `words`: for each module what they say, where that was asked.
    `points` of the `total` inputs in X were used. `others`: some of those, evenly spaced, to compare
    with; None in files of earlier versions.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> layer = torch.nn.Linear(8, 8, bias=False)
    >>> layer.weight.data = torch.block_diag(normal((4, 4), seed=0), normal((4, 4), seed=1))
    >>> net, inputs, X = pf.Neurons(layer), pf.Gaussian.isotropic((8,)), normal((8, 8), seed=2)
    >>> modules = pf.find_modules(net, inputs, X, points=2, nulls=19, twin=False, seed=0)
    >>> modules.top_inputs(net, X, top=3).index
    tensor([[4, 3, 2],
            [3, 5, 1]])
    """

    index: Tensor
    strength: Tensor
    examples: Tensor | None
    points: int = field(metadata={"was": "count"})
    total: int
    words: tuple[tuple[str, ...], ...] = ()
    others: Others | None = None

    def columns(self) -> Columns:
        """A row for each module and input: the number of the input in X, and how far it moves its module."""
        m, k = self.index.shape
        own = self.strength.diagonal(dim1=0, dim2=2).T  # (m k m) -> (m k)
        return {
            "module": [b for b in range(m) for _ in range(k)],
            "rank": list(range(k)) * m,
            "input": self.index.flatten().tolist(),
            "strength": own.flatten().tolist(),
            **({"words": [said for row in self.words for said in row]} if self.words else {}),
        }

    def summary(self) -> str:
        """A line for each module."""
        lines = [f"top-activating inputs of {len(self.index)} modules, of {self.points:,} of {self.total:,} inputs:"]
        for b, index in enumerate(self.index.tolist()):
            strongest = f", the first by {float(self.strength[b, 0, b]):.2f} σ" if index else ""
            lines.append(f"  module {b}: inputs {', '.join(map(str, index))}{strongest}")
            lines += [f"    {said}" for said in self.words[b]] if self.words else []
        return "\n".join(lines)

    def _brief(self) -> str:
        m, k = self.index.shape
        return f"{k} inputs for each of {m} modules, of {self.points:,} inputs"
