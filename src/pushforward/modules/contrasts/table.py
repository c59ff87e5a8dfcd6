"""A table of contrasts: which module can be moved while which other is kept fixed, for every pair."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from pushforward.errors import BadInput, UnreadableFile
from pushforward.linear import Inputs
from pushforward.modules.contrasts.blocks import BlockLike, checked, disjoint, members
from pushforward.modules.contrasts.pair import Knobs, contrast_pair
from pushforward.modules.contrasts.result import Contrast, Contrasts
from pushforward.modules.contrasts.verdict import Verdict
from pushforward.modules.finding import Modules
from pushforward.net import Neurons
from pushforward.rng import Seed, generator, integers
from pushforward.shards import each_result
from pushforward.training import expect, identity, resumable

# Changed whenever verdicts are: no table holds verdicts of two kinds
RULES = "mean and worst neuron, percentile and z"


@resumable
def contrast_table(
    net: Neurons,
    inputs: Inputs,
    modules: Modules | Sequence[BlockLike] | Mapping[str, BlockLike] | BlockLike,
    *,
    start: object,
    seed: Seed,
    knobs: Knobs,
    checkpoint: str | Path | None = None,
    progress: bool = False,
) -> Contrasts:
    """The table of the least off-target change between modules: `contrast` for every pair, both ways.

    In the printed table `*` marks modules that did not come as far as they should.

    >>> from pushforward.inputs import Gaussian
    >>> from pushforward.modules import contrast
    >>> from pushforward.rng import normal
    >>> layer = torch.nn.Linear(4, 4, bias=False)
    >>> layer.weight.data = torch.eye(4)
    >>> net = Neurons(torch.nn.Sequential(layer, torch.nn.Tanh()))
    >>> blocks = {"left": [0, 1], "right": [2, 3]}
    >>> print(contrast(net, Gaussian.isotropic((4,)), blocks, start=normal((30, 4), seed=0), seed=0, starts=4))
    off-target change at 0.5 σ, 1 of 1 pairs: 2 kept fixed
    moves ↓ fixed →             left       right
    left (2)                       ·        0.0%
    right (2)                   0.0%           ·
    """
    net, inputs, start = checked(net, inputs, start)
    blocks = _blocks(net, modules)
    seeds = integers(2**31, (len(blocks), len(blocks)), seed=generator(seed))
    of = "" if checkpoint is None else json.dumps(_identity(net, inputs, blocks, start, seeds, knobs))
    table = _resumed(checkpoint, _empty(blocks, knobs.distance, of))
    pairs = list(_open(table))

    def contrasted(k: int) -> _Entry:
        nonlocal table
        i, j = pairs[k]
        c = contrast_pair(net, inputs, blocks[i][1], blocks[j][1], start=start, seed=int(seeds[i, j]), knobs=knobs)
        entry = _Entry.of(c)
        if checkpoint is not None:
            table = _with(table, i, j, entry)
            table.save(checkpoint)
        return entry

    found = each_result("contrasting", len(pairs), contrasted, _Entry, divided=True, show=progress)
    if checkpoint is not None:
        return table
    for (i, j), one in zip(pairs, found, strict=True):
        table = _with(table, i, j, one)
    return table


@dataclass(frozen=True)
class _Entry:
    """What a table keeps of a contrast, of the way in which A moves and of the other."""

    leak: tuple[float, float]
    moved: tuple[float, float]
    peak: tuple[float, float]
    verdict: tuple[Verdict, Verdict]
    overlap: float

    @classmethod
    def of(cls, c: Contrast) -> Self:
        a, b = c.a, c.b
        return cls(
            (a.leak, b.leak),
            (float(a.moved[-1]), float(b.moved[-1])),
            (a.worst_leak, b.worst_leak),
            (a.verdict, b.verdict),
            c.overlap,
        )


def _blocks(net: Neurons, modules: Modules | Mapping[str, BlockLike] | Iterable[object]) -> list[tuple[str, Tensor]]:
    if isinstance(modules, Modules):
        sets: dict[str, object] = {f"module {b}": block for b, block in enumerate(modules.blocks)}
    elif isinstance(modules, Mapping):
        sets = {str(name): which for name, which in modules.items()}
    else:
        sets = {which if isinstance(which, str) else f"block {b}": which for b, which in enumerate(modules)}
    if len(sets) < 2:
        raise BadInput(
            f"`contrast(net, inputs, modules)`: {len(sets)} modules were given; two or more are needed. Where "
            "none are significant, `find_modules(count=2)` gives the best there are; layers are "
            "modules, too: `['fc1', 'fc2']`."
        )
    blocks = [(name, members(net, which, name)) for name, which in sets.items()]
    for i, (_, A) in enumerate(blocks):
        for _, B in blocks[i + 1 :]:
            disjoint(A, B)
    return blocks


def _identity(
    net: Neurons, inputs: Inputs, blocks: list[tuple[str, Tensor]], start: object, seeds: Tensor, knobs: Knobs
) -> dict[str, object]:
    """All that a table follows from."""
    neurons = (tuple(net.table), net.unit, net.positions, net.directions, net.start)
    return {
        **identity(
            network=net.model, neurons=neurons, inputs=inputs, start=start, modules=blocks, seed=seeds, rules=RULES,
            **knobs._asdict(),
        )
    }  # fmt: skip


def _empty(blocks: list[tuple[str, Tensor]], distance: float, of: str) -> Contrasts:
    nothing = torch.full((len(blocks), len(blocks)), torch.nan, dtype=torch.float64)
    names, sizes = tuple(name for name, _ in blocks), tuple(len(block) for _, block in blocks)
    return Contrasts(nothing, nothing.clone(), nothing.clone(), (), names, sizes, distance, of)


def _resumed(path: str | Path | None, empty: Contrasts) -> Contrasts:
    if path is None or not Path(path).exists():
        return empty
    table = Contrasts.load(path)
    try:
        theirs = json.loads(table.of)
    except ValueError:  # it was a digest
        theirs = None
    expect(path, {"identity": theirs, "format": 2}, json.loads(empty.of))
    if table.names != empty.names or table.leak.shape != empty.leak.shape:
        raise UnreadableFile(f"the table {path} is not of {len(empty.names)} modules. Delete it to start anew.")
    return table


def _open(table: Contrasts) -> Iterator[tuple[int, int]]:
    m = len(table.names)
    return ((i, j) for i in range(m) for j in range(i + 1, m) if torch.isnan(table.leak[i, j]))


def _with(table: Contrasts, i: int, j: int, c: _Entry) -> Contrasts:
    leak, moved, overlap, peak = (t.clone() for t in (table.leak, table.moved, table.overlap, table.peak))
    verdicts = list(table.verdicts)
    for way, (a, b) in enumerate(((i, j), (j, i))):
        leak[a, b], moved[a, b], overlap[a, b], peak[a, b] = c.leak[way], c.moved[way], c.overlap, c.peak[way]
        verdicts.append((a, b, c.verdict[way]))
    return replace(table, leak=leak, moved=moved, overlap=overlap, peak=peak, verdicts=tuple(verdicts))
