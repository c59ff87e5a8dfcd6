"""Points that stay where they are, on disk or in memory, and are read when they are asked for."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Self

import numpy as np
import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.points.forms import form
from pushforward.points.items import Batch, joined
from pushforward.points.reader import EMPTY, stream

# Points that come in batches only are kept in memory up to so many bytes, and beyond in a file that has no name.
KEPT = 2**26


@dataclass(frozen=True)
class Stock:
    """`count` points; `at(index)` reads those with some numbers, as a batch."""

    count: int
    at: Callable[[Tensor], Batch]

    def take(self, numbers: Sequence[int] | Tensor) -> Batch:
        """Some of the points, as a batch."""
        return self.at(torch.as_tensor(numbers, dtype=torch.long))

    def item(self, i: int) -> Batch:
        """Point number i, without batch axis."""
        return structure.item(self.take([i]), 0)

    def through(self, f: Callable[[Batch], Batch]) -> Self:
        """The same points, of which every batch goes through `f`."""
        return type(self)(self.count, lambda index: f(self.at(index)))


def stock(X: object, what: str) -> Stock:
    """The points of X, in any form that `read` takes, without loading all of them.

    Arrays, files of arrays and data sets are read at the numbers asked for. What gives batches only (an iterable, a
    `DataLoader` with its workers, a large .parquet) is gone through once, and written to a temporary file beyond 64 MB.
    Raises what `read` does, and `BadInput` where there are no points.

    >>> stock(torch.arange(6.0).reshape(3, 2), "X").item(1)
    tensor([2., 3.])
    """
    if isinstance(X, Stock):
        return X
    one = form(X, what)
    if one.at is None or one.count is None:
        return _gathered(stream(X, what), what)
    count = one.count()
    if count == 0:
        raise BadInput(f"{what}: X is empty; one input or more is needed.")
    return Stock(count, one.at)


def _gathered(parts: Iterator[Batch], what: str) -> Stock:
    """The points of some batches: in memory while they are few, then in a file."""
    few: list[Batch] = []
    size = 0
    for part in parts:
        few.append(part)
        size += sum(t.nbytes for t in structure.leaves(part).values())
        if size > KEPT:
            return _in_files(few, parts)
    if not few:
        raise BadInput(f"{what}: {EMPTY}")
    whole = joined(few)
    return Stock(structure.length(whole), lambda index: structure.take(whole, index))


def _in_files(few: list[Batch], parts: Iterator[Batch]) -> Stock:
    """Every part of the points in a temporary file, which goes when nobody reads it any more."""
    like = structure.item(few[0], 0)
    files = {name: tempfile.TemporaryFile() for name in structure.leaves(like)}  # noqa: SIM115 (kept open)
    count = 0

    def write(batch: Batch) -> int:
        for name, t in structure.leaves(batch).items():
            files[name].write(t.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
        return structure.length(batch)

    while few:
        count += write(few.pop(0))
    for part in parts:
        count += write(part)
    rows = {name: _Rows(files[name], t) for name, t in structure.leaves(like).items()}
    return Stock(count, lambda index: structure.rebuild(like, lambda name, _: rows[name].read(index)))


class _Rows:
    """The rows of a file of tensors like one."""

    def __init__(self, file: IO[bytes], like: Tensor):
        file.flush()
        self.file, self.like = file, like.detach().cpu()
        size = self.like.nbytes
        if size:
            self.bytes = np.memmap(file, np.uint8, "r").reshape(-1, size)

    def read(self, index: Tensor) -> Tensor:
        """Some rows, in memory of their own.  -> (n ...)"""
        if not self.like.nbytes:
            return self.like.new_zeros(len(index), *self.like.shape)
        some = torch.from_numpy(np.asarray(self.bytes[index.numpy()])).view(-1).view(self.like.dtype)
        return some.reshape(len(index), *self.like.shape)
