"""`contrast_all`: which module can be moved while which other is held, for every pair."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pushforward import structure
from pushforward.draw import draw
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.contrasts.blocks import checked, disjoint, members
from pushforward.modules.contrasts.result import read, write
from pushforward.modules.contrasts.run import contrast
from pushforward.modules.contrasts.verdict import Verdict
from pushforward.modules.finding import Modules
from pushforward.net import Neurons
from pushforward.progress import track
from pushforward.rng import Seed, generator, integers

KIND = "Contrasts"


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts:
    """The best leakage of every pair of m modules.

    - `leak` (m, m): in row i and column j the leak of j where i moves and j is held, at the worst frame; NaN on the
      diagonal and for pairs not done yet. `moved` (m, m): how far i came, in σ. `overlap` (m, m): at the input found.
    - `verdicts`: by (i, j), in words. `names` of the modules, and how many neurons each has, `sizes`. `distance`: how
      far modules were to be moved. `of`: what was asked for; a file is gone on with only if it is the same.
    """

    leak: Tensor
    moved: Tensor
    overlap: Tensor
    verdicts: tuple[tuple[int, int, Verdict], ...]
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    distance: float
    of: str

    def verdict(self, i: int, j: int) -> Verdict:
        """What came out where module i moves and module j is held. Raises `BadInput` for pairs there are not."""
        for a, b, said in self.verdicts:
            if (a, b) == (i, j):
                return said
        raise BadInput(
            f"`verdict({i}, {j})`: there is no such pair; give two different modules of 0 … {len(self.names) - 1}."
        )

    @property
    def done(self) -> int:
        """How many pairs have been contrasted, both ways at once."""
        return len(self.verdicts) // 2

    def plot(self, **options: Any) -> Any:
        """The table as a heat map with numbers and verdicts: a matplotlib figure."""
        return draw("contrast_table_figure", self, **options)

    def save(self, path: str | Path) -> Path:
        """Write everything to one safetensors file, atomically."""
        return write(self, path, KIND)

    @staticmethod
    def load(path: str | Path) -> "Contrasts":
        """Read what `save`, or `contrast_all(path=...)`, wrote. Raises `UnreadableFile` for another file."""
        return read(path, KIND, {"Contrasts": Contrasts, "Verdict": Verdict})

    def __str__(self) -> str:
        width = max(10, *(len(name) for name in self.names)) + 2
        head = "moves ↓ held →".ljust(width + 8) + "".join(name.rjust(width) for name in self.names)
        rows = [
            f"{name} ({self.sizes[i]})".ljust(width + 8)
            + "".join(self._cell(i, j).rjust(width) for j in range(len(self.names)))
            for i, name in enumerate(self.names)
        ]
        pairs = len(self.names) * (len(self.names) - 1) // 2
        kinds = [said.kind for *_, said in self.verdicts]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        return "\n".join(
            [f"leakage at {self.distance} σ, {self.done} of {pairs} pairs: {counts or 'none yet'}", head, *rows]
        )

    __repr__ = __str__

    def _cell(self, i: int, j: int) -> str:
        if i == j:
            return "·"
        if torch.isnan(self.leak[i, j]):
            return "…"
        short = "*" if self.moved[i, j] < 0.98 * self.distance else ""
        return f"{float(self.leak[i, j]):.1%}{short}"


def contrast_all(
    net: Neurons,
    inputs: Inputs,
    modules: Modules | Sequence[Any] | Mapping[str, Any],
    start: Any,
    seed: Seed,
    *,
    path: str | Path | None = None,
    progress: bool = False,
    **options: Any,
) -> Contrasts:
    """The table of best leakage between modules: `contrast` for every pair, both ways.

    `modules`: what `find_modules` returns, or blocks as `contrast` takes them, in a sequence or by name. `options` are
    those of `contrast`. With a `path`, the table is written there after every pair, and a table that is there already
    is gone on with. In the printed table `*` marks modules that did not come as far as they should.

    Raises `BadInput` for fewer than two modules, for modules that share neurons, and for a `path` with another table;
    what `contrast` raises.

    >>> from pushforward.inputs import Gaussian
    >>> from pushforward.rng import normal
    >>> layer = torch.nn.Linear(4, 4, bias=False)
    >>> layer.weight.data = torch.eye(4)
    >>> net = Neurons(torch.nn.Sequential(layer, torch.nn.Tanh()))
    >>> blocks = {"left": [0, 1], "right": [2, 3]}
    >>> table = contrast_all(net, Gaussian.isotropic((4,)), blocks, start=normal((30, 4), seed=0), seed=0, starts=4)
    >>> print(table)
    leakage at 0.5 σ, 1 of 1 pairs: 2 held
    moves ↓ held →              left       right
    left (2)                       ·        0.0%
    right (2)                   0.0%           ·
    """
    start = checked(net, inputs, start)
    blocks = _blocks(net, modules)
    distance = float(options.get("distance", 0.5))
    seeds = integers(2**31, (len(blocks), len(blocks)), seed=generator(seed))
    table = _begun(path, _empty(blocks, distance, _stamp(blocks, start, seeds, options)))
    for i, j in track(list(_left(table)), "contrasting", show=progress):
        c = contrast(net, inputs, blocks[i][1], blocks[j][1], start, int(seeds[i, j]), **options)
        table = _with(table, i, j, c)
        if path is not None:
            table.save(path)
    return table


def _blocks(net: Neurons, modules: Any) -> list[tuple[str, Tensor]]:
    if isinstance(modules, Modules):
        given = {f"module {b}": block for b, block in enumerate(modules.blocks)}
    elif isinstance(modules, Mapping):
        given = {str(name): which for name, which in modules.items()}
    else:
        given = {which if isinstance(which, str) else f"block {b}": which for b, which in enumerate(modules)}
    if len(given) < 2:
        raise BadInput(
            f"`contrast_all`: {len(given)} modules were given; two or more are needed. Where none are significant, "
            "`find_modules(count=2)` gives the best there are; layers are modules, too: `['fc1', 'fc2']`."
        )
    blocks = [(name, members(net, which, name)) for name, which in given.items()]
    for i, (_, A) in enumerate(blocks):
        for _, B in blocks[i + 1 :]:
            disjoint(A, B)
    return blocks


def _stamp(blocks: list[tuple[str, Tensor]], start: Any, seeds: Tensor, options: dict[str, Any]) -> str:
    """A digest of what was asked for: blocks, inputs, seed and options."""
    digest = hashlib.sha256(repr(sorted(options.items())).encode())
    for t in (*(block for _, block in blocks), seeds, *structure.leaves(start).values()):
        digest.update(t.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _empty(blocks: list[tuple[str, Tensor]], distance: float, of: str) -> Contrasts:
    nothing = torch.full((len(blocks), len(blocks)), torch.nan, dtype=torch.float64)
    names, sizes = tuple(name for name, _ in blocks), tuple(len(block) for _, block in blocks)
    return Contrasts(nothing, nothing.clone(), nothing.clone(), (), names, sizes, distance, of)


def _begun(path: str | Path | None, empty: Contrasts) -> Contrasts:
    if path is None or not Path(path).exists():
        return empty
    found = Contrasts.load(path)
    if (found.of, found.names) != (empty.of, empty.names):
        raise BadInput(
            f"`contrast_all(path={str(path)!r})`: the table there is of other modules, inputs, seed or options. Give "
            "those it was made with, or another path."
        )
    return found


def _left(table: Contrasts) -> Iterator[tuple[int, int]]:
    m = len(table.names)
    return ((i, j) for i in range(m) for j in range(i + 1, m) if torch.isnan(table.leak[i, j]))


def _with(table: Contrasts, i: int, j: int, c: Any) -> Contrasts:
    leak, moved, overlap = table.leak.clone(), table.moved.clone(), table.overlap.clone()
    for (a, b), t in (((i, j), c.a), ((j, i), c.b)):
        leak[a, b], moved[a, b], overlap[a, b] = t.leak, t.moved[-1], c.overlap
    said = ((i, j, c.a.verdict), (j, i, c.b.verdict))
    return replace(table, leak=leak, moved=moved, overlap=overlap, verdicts=(*table.verdicts, *said))
