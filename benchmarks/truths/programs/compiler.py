"""From a program to the weights of a transformer that runs it exactly on one-hot tokens.

The residual stream has one direction for the token that begins each sequence, one for each token and each position, and
those of every variable. A head scores how many tests a position passes; with nothing to select it sees the beginning,
where all variables are zero. A unit of an MLP is on at one value of a variable, or above a threshold.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import torch
from torch import Tensor

from truths.blocks import Weights
from truths.programs.language import Aggregate, Map, Positions, Select, Stream, Tokens, Variable, Width
from truths.programs.parts import Program

SHARP = 30.0
"""Score of a passed test, before the softmax."""

START = 0
"""The direction of the token that begins a sequence."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """A program as blocks on a residual stream of `width` numbers, the first 1 + vocabulary + length its input.

    `place` says where in the stream the output is; `variables` is all that it computes.
    """

    program: Program
    stream: Stream
    width: int
    place: slice
    output: Variable
    blocks: tuple[Weights, ...]
    variables: frozenset[Variable]

    @property
    def neurons(self) -> int:
        """How many value channels and units it has."""
        return sum(len(block.owner) + len(block.b) for block in self.blocks)

    @property
    def whole(self) -> bool:
        """Whether it has both heads and units: units alone look tokens up one by one and share nothing they read."""
        return all(any(len(part) for part in parts) for parts in zip(*[(b.Q, b.b) for b in self.blocks], strict=True))


@dataclass(frozen=True)
class _Unit:
    """One unit: what it reads (direction, weight), its bias, what it writes (direction, weight)."""

    reads: tuple[tuple[int, float], ...]
    bias: float
    writes: tuple[tuple[int, float], ...]


@lru_cache(maxsize=256)
def compiled(program: Program, stream: Stream) -> Compiled:
    """The program on sequences of this vocabulary and length."""
    output = program.build(stream)
    order = list(dict.fromkeys([stream.tokens, stream.positions, *_before(output)]))
    times, places, width = {}, {}, 1
    for v in order:
        times[v] = 0 if isinstance(v, Tokens | Positions) else _next(max(times[x] for x in v.sources), v)
        places[v] = slice(width, width + v.width)
        width += v.width
    at: dict[int, list[Variable]] = defaultdict(list)
    for v in order:
        at[times[v]].append(v)
    blocks = tuple(
        _block(at[2 * i + 1], at[2 * i + 2], places, places[stream.positions], width)
        for i in range((max(times.values()) + 1) // 2)
    )
    return Compiled(program, stream, width, places[output], output, blocks, frozenset(order[2:]))


def _before(v: Variable) -> Iterator[Variable]:
    """A variable after all that it is computed from."""
    for source in v.sources:
        yield from _before(source)
    yield v


def _next(time: int, v: Variable) -> int:
    """The next turn of attention (odd) or of the MLP (even)."""
    return time + 1 + (time + 1) % 2 if isinstance(v, Map) else time + 1 + time % 2


def _block(
    attended: list[Variable], mapped: list[Variable], places: dict[Variable, slice], positions: slice, width: int
) -> Weights:
    heads = [_head(v, places, positions, width) for v in attended]
    k = max((len(Q.T) for Q, *_ in heads), default=0)
    pad = lambda M: torch.nn.functional.pad(M, (0, k - len(M.T)))  # noqa: E731
    stacked = lambda parts: torch.stack(parts) if parts else torch.zeros(0, width, k)  # noqa: E731
    values = [v for *_, v, _ in heads]
    places_of = [o for *_, o in heads]
    units = [unit for v in mapped for unit in _units(v, places)]
    W, b, U = _mlp(units, width)
    return Weights(
        Q=stacked([pad(Q) for Q, *_ in heads]),
        K=stacked([pad(K) for _, K, *_ in heads]),
        V=torch.cat([*values, torch.zeros(width, 0)], 1),
        P=torch.cat([*places_of, torch.zeros(0, width)]),
        owner=torch.arange(len(heads)).repeat_interleave(torch.tensor([len(o) for o in places_of], dtype=torch.long)),
        causal=torch.tensor([_select(v).causal for v in attended], dtype=torch.bool),
        W=W,
        b=b,
        U=U,
    )


def _select(v: Variable) -> Select:
    assert isinstance(v, Aggregate | Width)
    return v.select


def _head(v: Variable, places: dict[Variable, slice], positions: slice, width: int) -> tuple[Tensor, ...]:
    """Its Q and K (width, k), V (width, c) and P (c, width)."""
    select = _select(v)
    Q = torch.zeros(width, 1 + sum(test.key.size for test in select.tests))
    K = torch.zeros_like(Q)
    tests = len(select.tests)
    Q[positions, 0] = SHARP * (tests if isinstance(v, Width) else tests - 0.5)
    Q[START, 0], K[START, 0] = SHARP * tests, 1.0
    column = 1
    for test in select.tests:
        columns = slice(column, column + test.key.size)
        Q[places[test.query], columns] += SHARP * torch.tensor(test.table).float().reshape(test.query.size, -1)
        K[places[test.key], columns] = torch.eye(test.key.size)
        column += test.key.size
    c = v.width
    V, P = torch.zeros(width, c), torch.zeros(c, width)
    V[places[v.value] if isinstance(v, Aggregate) else slice(START, START + 1)] = torch.eye(c)
    P[:, places[v]] = torch.eye(c)
    return Q, K, V, P


def _units(v: Variable, places: dict[Variable, slice]) -> Iterator[_Unit]:
    """The units that compute a map."""
    assert isinstance(v, Map)
    if v.x.numbers:
        yield from _curve(v, places[v.x].start, places[v])
        return
    for i, value in enumerate(v.table):
        written = _written(v, value, places[v])
        if not written:
            continue
        if v.y is None:
            yield _Unit(((places[v.x].start + i, 2.0),), -1.0, written)
        else:
            row, column = divmod(i, v.y.size)
            reads = ((places[v.x].start + row, 2.0), (places[v.y].start + column, 2.0))
            yield _Unit(reads, -3.0, written)


def _written(v: Map, value: float | None, place: slice, scale: float = 1.0) -> tuple[tuple[int, float], ...]:
    """What stands for a value: its number, or 1 at its category."""
    if value is None or (v.numbers and value == 0):
        return ()
    return ((place.start, scale * value),) if v.numbers else ((place.start + int(value), scale),)


def _curve(v: Map, source: int, place: slice) -> Iterator[_Unit]:
    """Units that map a number: steps between its values to a category, straight lines between them to a number."""
    z, f = v.x.numbers, v.table
    top = max(1.0, z[-1])  # at the beginning of a sequence the number may be 1
    yield _Unit(((START, -2.0),), 1.0, _written(v, f[0], place))
    slopes = [0.0]
    for (a, fa), (b, fb) in pairwise(zip(z, f, strict=True)):
        if v.numbers:
            assert fa is not None
            assert fb is not None
            slopes.append((fb - fa) / (b - a))
            off = top - a + 1
            yield _Unit(((source, 1.0), (START, -off)), -a, ((place.start, slopes[-1] - slopes[-2]),))
        elif fa != fb:
            low, steep = (3 * a + b) / 4, 2 / (b - a)
            change = _written(v, fb, place) + _written(v, fa, place, -1.0)
            for after in (0.0, 1.0):
                reads = ((source, steep), (START, -steep * (top - low) - 1))
                yield _Unit(reads, -steep * low - after, tuple((d, w * (1 - 2 * after)) for d, w in change))


def _mlp(units: list[_Unit], width: int) -> tuple[Tensor, Tensor, Tensor]:
    W, U = torch.zeros(width, len(units)), torch.zeros(len(units), width)
    for u, unit in enumerate(units):
        for direction, weight in unit.reads:
            W[direction, u] += weight
        for direction, weight in unit.writes:
            U[u, direction] += weight
    return W, torch.tensor([unit.bias for unit in units]), U
