"""Where training points come from: anything with rows, or a stream that can be started again."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from pushforward.rng import generator, permutation

# Rows read at a time.
CHUNK = 256


class Source(ABC):
    """`count` points of one `shape`, handed out in a random order that depends on the seed and the epoch alone."""

    count: int
    shape: tuple[int, ...]

    @abstractmethod
    def epoch(self, seed: int, skip: int) -> Iterator[Tensor]:
        """All points once, in the order of this seed, some rows at a time, without the first `skip`."""

    @abstractmethod
    def parts(self) -> Iterator[Tensor]:
        """All points once, in their own order, some rows at a time."""


class Indexed(Source):
    """Points that can be asked for by number: `rows(index)` gives them."""

    def __init__(self, rows: Callable[[Tensor], Tensor], count: int, shape: tuple[int, ...]):
        self.rows, self.count, self.shape = rows, count, shape

    def epoch(self, seed: int, skip: int) -> Iterator[Tensor]:
        """In the order of a random permutation."""
        for index in permutation(self.count, seed=seed)[skip:].split(CHUNK):
            yield self.rows(index)

    def parts(self) -> Iterator[Tensor]:
        """From the first to the last."""
        for index in torch.arange(self.count).split(CHUNK):
            yield self.rows(index)


class Streamed(Source):
    """Points that come batch by batch, as often as asked, mixed in a pool of `pool` rows."""

    def __init__(self, stream: Callable[[], Iterable[Tensor]], count: int, shape: tuple[int, ...], *, pool: int):
        self.stream, self.count, self.shape, self.pool = stream, count, shape, pool

    def epoch(self, seed: int, skip: int) -> Iterator[Tensor]:
        """Every row that comes in takes the place of a random one of the pool, which goes out."""
        draws = generator(seed)
        for rows in self._mixed(draws):
            yield rows[skip:]
            skip = max(0, skip - len(rows))

    def _mixed(self, draws: torch.Generator) -> Iterator[Tensor]:
        pool: Tensor | None = None
        filled = 0
        for part in self.parts():
            for rows in part.split(min(CHUNK, self.pool)):
                if pool is None:
                    pool = rows.new_empty((self.pool, *self.shape))
                room = min(self.pool - filled, len(rows))
                pool[filled : filled + room] = rows[:room]
                filled, rest = filled + room, rows[room:]
                if len(rest):
                    slots = permutation(self.pool, seed=draws)[: len(rest)]
                    out = pool[slots].clone()
                    pool[slots] = rest
                    yield out
        if pool is not None:
            for slots in permutation(filled, seed=draws).split(CHUNK):
                yield pool[slots]

    def parts(self) -> Iterator[Tensor]:
        """As they come."""
        yield from self.stream()


def batches(source: Source, size: int, *, seed: int, start: int = 0) -> Iterator[Tensor]:
    """Batches of `size` points without end, from batch number `start` on, epoch after epoch.

    Batch i is always the same for one seed, wherever one starts: so a resumed run sees what it would have seen.
    """
    epoch, skip = divmod(start * size, source.count)
    buffer: list[Tensor] = []
    while True:
        for rows in source.epoch((seed + epoch) % 2**63, skip):
            buffer.append(rows)
            while sum(map(len, buffer)) >= size:
                together = torch.cat(buffer)
                yield together[:size]
                buffer = [together[size:]]
        epoch, skip = epoch + 1, 0


def some(source: Source, count: int, *, seed: int) -> Tensor:
    """The first points of a random order, at most `count`.  -> (≤ count, *shape)"""
    buffer: list[Tensor] = []
    for rows in source.epoch(seed, 0):
        buffer.append(rows[: count - sum(map(len, buffer))])
        if sum(map(len, buffer)) >= count:
            break
    return torch.cat(buffer)
