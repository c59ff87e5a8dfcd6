"""Single things as tensors: arrays, tables, pictures, numbers, and tuples and dicts of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeGuard, Union, cast

import numpy as np
import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

Batch: TypeAlias = Union[Tensor, tuple["Batch", ...], dict[str, "Batch"]]  # noqa: UP007 (it refers to itself)
"""Inputs: a tensor, or a tuple or dict of them for networks with several."""
Take = Callable[[Tensor | np.ndarray], Tensor | np.ndarray]
"""Which rows of an array are wanted; all, or some of them, before anything is copied."""
NUMBER = int | float | np.number
# The largest value of a picture with 16 bits.
DEEP = 2.0**16 - 1


def tensors(x: object, take: Take = lambda rows: rows) -> Batch:
    """Arrays, tables, and tuples and dicts of them, as tensors; what cannot be `BadInput` says.

    Numbers, strings and None inside a tuple or dict stay as they are: networks take such arguments.
    """
    if isinstance(x, tuple | Mapping):
        inside = lambda part: part if plain(part) else tensors(part, take)  # noqa: E731
        if isinstance(x, Mapping):
            return cast(Batch, {key: inside(part) for key, part in x.items()})
        return cast(Batch, tuple(inside(part) for part in x))
    if isinstance(x, Tensor):
        return cast(Tensor, take(_dense(x)))
    if is_picture(x):
        return cast(Tensor, take(picture(x)))
    if is_table(x):
        return cast(Tensor, take(table(x)))
    if isinstance(x, list | int | float):
        return tensors(
            _numbers(x) if numbers(x) else stacked([item(part) for part in cast(list[object], x)], "data"), take
        )
    if hasattr(x, "__array__"):
        return _array(take(cast(np.ndarray, x if hasattr(x, "shape") else np.asarray(x))))
    raise BadInput(
        f"an input of type {type(x).__name__} was given; a tensor or array, or a tuple or dict of them, is needed. "
        "Convert it with `torch.as_tensor` or `np.asarray`."
    )


def _dense(x: Tensor) -> Tensor:
    """The tensor; `BadInput` if it holds no numbers that one can count with."""
    layout = "nested" if x.is_nested else str(x.layout)[6:] if x.layout is not torch.strided else ""
    kind = "meta" if x.is_meta else "quantized" if x.is_quantized else layout
    if kind or (x.is_floating_point() and x.itemsize == 1):
        raise BadInput(
            f"a {kind or str(x.dtype)[6:]} tensor was given; a dense one of numbers is needed. Convert it, "
            "`x.to_dense()`, `x.dequantize()` or `x.float()`."
        )
    return x


def item(x: object) -> Batch:
    """One point of a data set: as `tensors`, where numbers are tensors in tuples and dicts, too."""
    if isinstance(x, Mapping):
        return cast(Batch, {key: part if isinstance(part, str) else item(part) for key, part in x.items()})
    if isinstance(x, tuple) and not numbers(x):
        return tuple(item(part) for part in x)
    return tensors(list(x) if isinstance(x, tuple) else x)


def stacked(items: Sequence[Batch], what: str) -> Batch:
    """Points of one structure as a batch. Raises `BadInput` where they are not alike.  n × (...) -> (n ...)"""
    first = items[0]
    for other in items[1:]:
        if not _alike(first, other):
            raise BadInput(
                f"{what}: points {structure.describe(first)} and {structure.describe(other)} were given; all must be "
                "alike. The items of a list or a data set are single points; batches come one by one, from a "
                "DataLoader or a generator, or joined, `torch.cat(X)`."
            )
    columns = {name: torch.stack([structure.leaves(one)[name] for one in items]) for name in structure.leaves(first)}
    return structure.rebuild(first, lambda name, _: columns[name])


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of one structure, end to end.  (n ...), (m ...), … -> (n + m + … ...)"""
    if len(batches) == 1:
        return batches[0]
    columns = {
        name: torch.cat([structure.leaves(one)[name] for one in batches]) for name in structure.leaves(batches[0])
    }
    return structure.rebuild(batches[0], lambda name, _: columns[name])


def _alike(a: Batch, b: Batch) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape
    return structure.skeleton(a) == structure.skeleton(b) and structure.describe(a) == structure.describe(b)


def plain(x: object) -> bool:
    """Whether it is a number, a string or None, which has no rows."""
    return x is None or isinstance(x, int | float | str)


def numbers(x: object) -> bool:
    """Whether it is a number, or a list of such of any depth: then it is a point, and no point with its label.

    A tuple of numbers is a point too, one of anything else is several things.
    """
    if isinstance(x, tuple):
        return all(isinstance(part, NUMBER) for part in x)
    return isinstance(x, NUMBER) or (isinstance(x, list) and all(numbers(part) for part in x))


def _numbers(x: object) -> Tensor:
    """Lists of any depth."""
    try:
        return torch.tensor(x)
    except (TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(
            f"{str(x)[:60]!r} was given, which is no array of numbers ({str(reason)[:80]}). Convert it, "
            "`np.asarray(rows, dtype='float32')`, rows of one length."
        ) from reason


def _array(x: Tensor | np.ndarray) -> Tensor:
    rows = np.asarray(x)
    if rows.dtype.kind not in "biufc" or rows.dtype.itemsize > 8 * (1 + (rows.dtype.kind == "c")):
        raise BadInput(f"an array of {rows.dtype} was given; numbers are needed. Convert it, `x.astype('float32')`.")
    rows = np.require(rows, rows.dtype.newbyteorder("="), ["C", "W"])
    return torch.from_numpy(rows if min(rows.strides, default=0) >= 0 else rows.copy())


def is_picture(x: object) -> "TypeGuard[Image]":
    """Whether it is an image of Pillow, which is imported already then."""
    return type(x).__module__.partition(".")[0] == "PIL" and hasattr(x, "getbands")


def picture(x: "Image") -> Tensor:
    """An image with values 0 … 1 in float32; transparency is left out.  -> (1 h w) if it is grey, else (3 h w)"""
    if x.mode.startswith(("I", "F")):
        values = torch.from_numpy(np.array(x, dtype=np.float32)) / (1.0 if x.mode == "F" else DEEP)
        return values[None]
    x = x.convert("L" if x.mode in ("1", "L", "LA", "La") else "RGB")
    values = torch.from_numpy(np.array(x, dtype=np.float32)) / 255
    return values[None] if values.ndim == 2 else values.movedim(-1, 0).contiguous()


def is_table(x: object) -> bool:
    """Whether it is a DataFrame, of pandas or polars."""
    return hasattr(x, "columns") and hasattr(x, "to_numpy") and hasattr(x, "__getitem__")


def table(x: object) -> Tensor:
    """The columns of a DataFrame, in its precision if all have one, else in that of `torch.get_default_dtype()`.

    Raises `BadInput` for columns that are not numbers.  -> (n columns)
    """
    names = list(getattr(x, "columns"))  # noqa: B009
    columns = [np.asarray(getattr(x, "__getitem__")(name)) for name in names]  # noqa: B009
    wrong = [
        f"{name!r} ({column.dtype})"
        for name, column in zip(names, columns, strict=True)
        if column.dtype.kind not in "biuf"
    ]
    if wrong or not columns:
        what = f"columns that are not numbers: {', '.join(wrong[:5])}" if wrong else "no columns"
        raise BadInput(
            f"the table has {what}. Choose those that are inputs, `frame[['x', 'y']]`, and convert them, "
            "`frame.astype('float32')`."
        )
    kinds = {column.dtype for column in columns}
    alike = len(kinds) == 1 and columns[0].dtype.kind == "f"
    rows = torch.from_numpy(np.stack(columns, axis=1))
    return rows if alike else rows.to(torch.get_default_dtype())
