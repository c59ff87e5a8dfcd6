"""The forms in which data come, each as something that gives batches: the one place where it is told what X is."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.points.files import opened as opened_file
from pushforward.points.items import Batch, is_table, item, numbers, stacked, tensors
from pushforward.points.labels import Labels

# Points that are read together.
CHUNK = 256
# Rows of what is in memory that are handed on together.
SLICE = 16 * CHUNK
FORMS = (
    "a tensor or array (n, ...), a tuple or dict of them, a list of points, a table, a Dataset, a DataLoader or "
    "another iterable of batches, or the path of a folder of images or of a file"
)


@dataclass(frozen=True)
class Form:
    """How X is gone through.

    `batches()` gives its points in their order, some at a time. `at(index)` those with numbers among `count()`, if
    they can be asked for. `whole()` all of them, if they are in memory. `again`: whether it can be gone through again.
    """

    batches: Callable[[], Iterator[Batch]]
    at: Callable[[Tensor], Batch] | None = None
    count: Callable[[], int] | None = None
    whole: Callable[[], Batch] | None = None
    again: bool = True


@runtime_checkable
class Numbered(Protocol):
    """A map-style data set: torch's `Dataset`, or anything with a length whose items can be asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, i: int, /) -> object: ...


def form(X: object, what: str, *, labels: bool = False) -> Form:
    """The form of X. With `labels` items (input, target) stay whole. Raises `BadInput` for what cannot be data.

    A list or a data set holds single points, any other iterable batches. An item or batch (x, y, ...) gives x.
    """
    keep = Labels(what, whole=labels)
    if isinstance(X, str | os.PathLike):
        return form(opened_file(X), what, labels=labels)
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise BadInput(
            f"{what}: a sparse matrix ({type(X).__name__}) was given; a dense one is needed. Convert it, `X.toarray()`"
            ", or give its rows in batches, a generator of `X[i : i + 256].toarray()`."
        )
    if is_whole(X):
        return _whole(X)
    if isinstance(X, list):
        return _listed(X, keep)
    if isinstance(X, IterableDataset):
        return Form(lambda: _gathered(X, keep), again=True)
    if isinstance(X, Numbered) and not isinstance(X, type):
        return _numbered(X, keep)
    if isinstance(X, Iterable):
        return Form(lambda: _batches(X, keep), again=iter(X) is not X)
    raise BadInput(
        f"{what}: data of type {type(X).__name__} was given; {FORMS} is needed. Convert it with `torch.as_tensor`."
    )


def is_whole(X: object) -> bool:
    """Whether X is in memory (or mapped to it) and has rows."""
    if isinstance(X, type):
        return False
    if isinstance(X, Tensor | np.ndarray | tuple | Mapping) or is_table(X):
        return True
    return hasattr(X, "__array__") and hasattr(X, "shape")


def _whole(X: object) -> Form:
    def cut(start: int, stop: int) -> Batch:
        return tensors(X, lambda rows: rows[start:stop])

    def batches() -> Iterator[Batch]:
        for start in range(0, _length(X), SLICE):
            yield cut(start, start + SLICE)

    def at(index: Tensor) -> Batch:
        return tensors(X, lambda rows: rows[index.to(rows.device) if isinstance(rows, Tensor) else index.numpy()])

    return Form(batches, at, lambda: _length(X), lambda: tensors(X))


def _length(X: object) -> int:
    """How many rows there are, looked up without a copy."""
    sizes: set[int] = set()

    def note(rows: Tensor | np.ndarray) -> Tensor | np.ndarray:
        sizes.add(len(rows) if rows.ndim else -1)
        return rows[:0] if rows.ndim else rows

    tensors(X, note)
    if len(sizes) != 1 or -1 in sizes:
        return structure.length(tensors(X))  # raises, and says what the parts are
    return sizes.pop()


def _listed(X: list[object], keep: Labels) -> Form:
    """A list of single points: all of them at once."""
    if not X:
        return Form(lambda: iter(()))
    if numbers(X):
        return _whole(tensors([list(point) if isinstance(point, tuple) else point for point in X]))
    return _whole(stacked([item(keep.input(point)) for point in X], keep.what))


def _numbered(X: Numbered, keep: Labels) -> Form:
    def at(index: Tensor) -> Batch:
        return stacked([item(keep.input(X[i])) for i in index.tolist()], keep.what)

    def batches() -> Iterator[Batch]:
        for index in torch.arange(len(X)).split(CHUNK) if len(X) else ():
            yield at(index)

    return Form(batches, at, lambda: len(X))


def _gathered(X: Iterable[object], keep: Labels) -> Iterator[Batch]:
    """Single points that come one after the other, some together."""
    together: list[Batch] = []
    for point in X:
        together.append(item(keep.input(point)))
        if len(together) == CHUNK:
            yield stacked(together, keep.what)
            together = []
    if together:
        yield stacked(together, keep.what)


def _batches(X: Iterable[object], keep: Labels) -> Iterator[Batch]:
    for part in X:
        batch = tensors(keep.input(part, batch=True))
        if isinstance(batch, Tensor) and batch.ndim < 2:
            raise BadInput(
                f"{keep.what}: the iterable gives {structure.describe(batch)}; batches of points (n, ...) are needed. "
                "For single points give a list, `list(X)`; for numbers `x[:, None]`."
            )
        yield batch
