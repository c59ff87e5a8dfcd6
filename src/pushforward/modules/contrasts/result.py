"""`Contrast`, an input on which two blocks differ with two traversals from it; `Contrasts`, a table of many."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.modules.contrasts.near_copies import Copy
from pushforward.modules.contrasts.traversal import Traversal
from pushforward.modules.contrasts.verdict import Verdict
from pushforward.result import Columns, Result


@dataclass(frozen=True)
class Candidate:
    """An input on which the blocks overlap little: the number of the start it came from, and its percentile.

    `input` is one input without batch axis; `overlap` the RV coefficient of the blocks there.
    """

    start: int
    input: object
    overlap: float
    percentile: float

    def __repr__(self) -> str:
        return f"Candidate(start {self.start}, overlap {self.overlap:.3f}, percentile {self.percentile:.1%})"


@dataclass(frozen=True, eq=False, repr=False)
class Contrast(Result):
    """What two sets of neurons do: an input on which they work with different properties, and how to vary them.

    - `input`: one input, without batch axis; `overlap`: the RV coefficient of the two blocks there, 0 for
      different properties and 1 for the same. `candidates`: inputs considered, least overlap first; `chosen`: which.
    - `a`: the traversal in which A moves and B is kept fixed; `b`: the other way round.
    - `dead`: how many neurons of A and of B never move and were left out. `usual`: whether the input is inside the
      distribution. `products`: Jacobian products used, by the search and all traversals.
    - `copies`: pairs of a neuron of A and a neuron of B that are copies of each other: exact, negated, scaled or nearly
      so; the 5 closest. Where there are any, the blocks are not separable.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> net, inputs, X = pf.Neurons(torch.nn.Identity()), pf.Gaussian.isotropic((4,)), normal((30, 4), seed=0)
    >>> c = pf.contrast(net, inputs, [0, 1], [2, 3], start=X, starts=4, seed=0)
    >>> c.overlap, c.a.verdict.kind, c.b.verdict.kind, c.copies
    (0.0, 'kept fixed', 'kept fixed', ())
    """

    input: object
    overlap: float
    candidates: tuple[Candidate, ...]
    chosen: int
    a: Traversal
    b: Traversal
    dead: tuple[int, int]
    usual: bool
    products: int
    copies: tuple[Copy, ...] = ()

    @property
    def verdict(self) -> str:
        """What came out, in words."""
        where = "" if self.usual else "the input itself lies outside the distribution; "
        if self.a.verdict.good and self.b.verdict.good and self.a.reached and self.b.reached:
            said = "; ".join(t.verdict.reason for t in (self.a, self.b))
            apart = "A and B are separable: either moves while the other is kept fixed"
            return f"{where}{apart} (overlap {self.overlap:.3f}): {said}"
        parts = (f"{t.names[0]} moves, {t.names[1]} should stay: {t.verdict}" for t in (self.a, self.b))
        return where + "; ".join(part.rstrip(".") for part in parts)

    def columns(self) -> Columns:
        """A row for each frame of both traversals, with which of the blocks moves."""
        a, b = self.a.columns(), self.b.columns()
        moves = [t.names[0] for t in (self.a, self.b) for _ in t.moved]
        return {"moves": moves, **{name: [*a[name], *b[name]] for name in a}}

    def _outcome(self) -> str:
        """What came out, without the reasons: each traversal says its own."""
        where = "" if self.usual else "the input itself lies outside the distribution; "
        ways = (self.a, self.b)
        if all(t.verdict.good and t.reached for t in ways):
            return f"{where}A and B are separable: either moves while the other is kept fixed"
        return where + "; ".join(f"{t.names[0]} moves: {t.verdict.kind}" for t in ways)

    def _brief(self) -> str:
        return f"overlap {self.overlap:.3f}; A: {self.a.verdict.kind}, B: {self.b.verdict.kind}"

    def summary(self) -> str:
        """Where it is, what came out, and both traversals with their numbers."""
        best = self.candidates[self.chosen]
        lines = [
            f"contrast at start {best.start}, overlap {self.overlap:.3f}, percentile {best.percentile:.1%}",
            f"  {self._outcome()}",
            *(f"  {line}" for t in (self.a, self.b) for line in str(t).split("\n")),
        ]
        dead = [f"{n} of {who}" for who, n in zip("AB", self.dead, strict=True) if n]
        lines += [f"  never moving, left out: {', '.join(dead)}"] if dead else []
        lines.append(f"  {self.products} Jacobian products")
        return "\n".join(lines)


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(Result):
    """The least off-target change of every pair of m modules.

    - `leak` (m, m): in row i and column j how much j moves, as a share of i, where i moves and j is kept fixed, at the
      worst frame; NaN on the diagonal and for pairs not done yet. `moved` (m, m): how far i came, in σ. `overlap`
      (m, m): at the input of the contrast. `peak` (m, m): how much the neuron of j that moves most does, as a share of
      i; NaN throughout in files of earlier versions.
    - `verdicts`: by (i, j), in words. `names` of the modules, and how many neurons each has, `sizes`. `distance`: how
      far modules were to be moved. `of`: what all of it follows from, as JSON, if there
      was a checkpoint; a file is continued only if that is the same.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> net, inputs, X = pf.Neurons(torch.nn.Identity()), pf.Gaussian.isotropic((4,)), normal((30, 4), seed=0)
    >>> table = pf.contrast(net, inputs, {"left": [0, 1], "right": [2, 3]}, start=X, starts=4, seed=0)
    >>> table.names, table.sizes, table.leak.shape
    (('left', 'right'), (2, 2), torch.Size([2, 2]))
    """

    leak: Tensor
    moved: Tensor
    overlap: Tensor
    verdicts: tuple[tuple[int, int, Verdict], ...]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    distance: float
    of: str
    peak: Tensor = field(default_factory=lambda: torch.zeros(0, 0))

    def __post_init__(self) -> None:
        if self.peak.shape != self.leak.shape:
            object.__setattr__(self, "peak", torch.full_like(self.leak, torch.nan))

    @checked
    def verdict(self, i: int, j: int) -> Verdict:
        """What came out where module i moves and module j is kept fixed. Raises `BadInput` for pairs there are not."""
        for a, b, verdict in self.verdicts:
            if (a, b) == (i, j):
                return verdict
        raise BadInput(
            f"`verdict({i}, {j})`: there is no such pair; give two different modules of 0 … {len(self.names) - 1}."
        )

    @property
    def done(self) -> int:
        """How many pairs have been contrasted, both ways at once."""
        return len(self.verdicts) // 2

    def columns(self) -> Columns:
        """A row for each pair that is done: which module moves, which is kept fixed, the numbers and the verdict."""
        pairs = [(i, j, verdict.kind) for i, j, verdict in self.verdicts]
        at = lambda t: [float(t[i, j]) for i, j, _ in pairs]  # noqa: E731
        return {
            "moves": [self.names[i] for i, _, _ in pairs],
            "fixed": [self.names[j] for _, j, _ in pairs],
            "leak": at(self.leak),
            "peak": at(self.peak),
            "moved": at(self.moved),
            "overlap": at(self.overlap),
            "verdict": [kind for *_, kind in pairs],
        }

    def _brief(self) -> str:
        return f"{len(self.names)} modules, {self._counts()}"

    def summary(self) -> str:
        """The table: a row for each module that moves, a column for each that is kept fixed."""
        width = max(10, *(len(name) for name in self.names)) + 2
        head = "moves ↓ fixed →".ljust(width + 8) + "".join(name.rjust(width) for name in self.names)
        rows = [
            f"{name} ({self.sizes[i]})".ljust(width + 8)
            + "".join(self._cell(i, j).rjust(width) for j in range(len(self.names)))
            for i, name in enumerate(self.names)
        ]
        return "\n".join([f"off-target change at {self.distance} σ, {self._counts()}", head, *rows])

    def _counts(self) -> str:
        pairs = len(self.names) * (len(self.names) - 1) // 2
        kinds = [verdict.kind for *_, verdict in self.verdicts]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        return f"{self.done} of {pairs} pairs: {counts or 'none yet'}"

    def _cell(self, i: int, j: int) -> str:
        if i == j:
            return "·"
        if torch.isnan(self.leak[i, j]):
            return "…"
        short = "*" if self.moved[i, j] < 0.98 * self.distance else ""
        return f"{float(self.leak[i, j]):.1%}{short}"
