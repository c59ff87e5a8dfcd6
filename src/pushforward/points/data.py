"""Data in whatever form it comes, as a `Source` of rows."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from pushforward.errors import BadInput
from pushforward.points.sources import Indexed, Source, Streamed

MEMORY = 2**30
"""Data sets and streams of fewer bytes than this are read once and kept."""
POOL = 2**28
"""Bytes of the pool in which a larger stream is mixed."""


def source(X: Any, *, memory: int = MEMORY) -> Source:
    """A `Source` of the points of X: a tensor or array (n, ...), a torch `Dataset`, or an iterable of batches.

    Items and batches may be pairs (x, y) of which x is taken. What is not in memory and has more than `memory` bytes is
    streamed anew in every epoch. Raises `BadInput` for what cannot be points, and for a larger iterator that
    runs only once.
    """
    if isinstance(X, Tensor):
        rows = _points(X).detach()
        return Indexed(lambda index: rows[index.to(rows.device)], len(rows), tuple(rows.shape[1:]))
    if isinstance(X, np.ndarray):
        shape = tuple(_points(_tensor(X[:1])).shape[1:])
        return Indexed(lambda index: _tensor(X[index.numpy()]), len(X), shape)
    if isinstance(X, Dataset) and not isinstance(X, IterableDataset):
        return _dataset(X, memory)
    if isinstance(X, Iterable):
        return _iterable(X, memory)
    raise BadInput(
        f"data of type {type(X).__name__} was given; a tensor or array (n, ...), a torch Dataset or an iterable of "
        "batches is needed. Convert it with `torch.as_tensor`."
    )


def _dataset(X: Any, memory: int) -> Source:
    """Any map-style data set: held if small, asked item by item if large."""

    def rows(index: Tensor) -> Tensor:
        return _points(torch.stack([_tensor(_first(X[i])) for i in index.tolist()]))

    if len(X) == 0:
        raise BadInput("the data set is empty: a generator needs points. Check its folder or its filter.")
    one = rows(torch.tensor([0]))
    lazy = Indexed(rows, len(X), tuple(one.shape[1:]))
    if one.nbytes * len(X) > memory:
        return lazy
    return source(torch.cat(list(lazy.parts())))


def _iterable(X: Any, memory: int) -> Source:
    """A stream of batches: held if small, started anew in each epoch if large."""
    held: list[Tensor] = []
    count = size = 0
    shape: tuple[int, ...] | None = None
    again = iter(X) is not X
    for rows in _stream(X):
        shape = shape or tuple(rows.shape[1:])
        count, size = count + len(rows), size + rows.nbytes
        if size <= memory:
            held.append(rows)
        elif not again:
            raise BadInput(
                f"an iterator that runs only once gave more than {memory} bytes, too much to keep, and training goes "
                "over the data many times. Give what can be iterated again: a DataLoader, or a class with `__iter__`."
            )
        else:
            held.clear()
    if shape is None:
        raise BadInput("the data is empty: a generator needs points. An iterator that was used before has none left.")
    if size <= memory:
        return source(torch.cat(held))
    pool = min(count, max(1, POOL * count // size))
    return Streamed(lambda: _stream(X), count, shape, pool=pool)


def _stream(X: Iterable[Any]) -> Iterator[Tensor]:
    """The batches of X, checked to be alike."""
    shape: tuple[int, ...] | None = None
    for batch in X:
        rows = _points(_tensor(_first(batch)))
        shape = shape or tuple(rows.shape[1:])
        if tuple(rows.shape[1:]) != shape:
            raise BadInput(
                f"batches of points {shape} and of {tuple(rows.shape[1:])} were given; all must be alike. A list is "
                "taken for a list of batches: for single points use `torch.stack(X)`."
            )
        yield rows


def _first(item: Any) -> Any:
    """The x of a pair (x, y)."""
    return item[0] if isinstance(item, tuple | list) and len(item) else item


def _tensor(x: Any) -> Tensor:
    try:
        return torch.as_tensor(np.require(x, requirements=["C", "W"]) if isinstance(x, np.ndarray) else x)
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(
            f"a point of type {type(x).__name__} was given; tensors or arrays of numbers are needed. Convert it, "
            "`np.asarray(image)`."
        ) from reason


def _points(X: Tensor) -> Tensor:
    if not (X.is_floating_point() or X.dtype == torch.uint8):
        raise BadInput(
            f"data of {str(X.dtype)[6:]} was given; floating-point numbers or uint8 images are needed. If these are "
            "labels, give the inputs instead; if not, convert them, `X.float()`."
        )
    if X.ndim < 2:
        raise BadInput(
            f"data of shape {tuple(X.shape)} was given; one row per point is needed. Numbers are points as "
            "`X[:, None]`, one point is a batch as `X[None]`; labels are not needed."
        )
    if X[:1].numel() == 0:
        raise BadInput(f"data of shape {tuple(X.shape)} is empty; a generator needs points. Check how it was selected.")
    return X
