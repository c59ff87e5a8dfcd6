"""What every verb that takes data reads it with: all at once, in passing, as a source of training points, in pairs."""

from collections.abc import Iterator

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput, NotFinite
from pushforward.points.forms import Form, form
from pushforward.points.items import Batch, joined
from pushforward.points.sources import Indexed, Source, Streamed

# Bytes that are read into memory, at most.
MOST = 2**36
# Data sets and streams of fewer bytes than this are read once and kept for training.
MEMORY = 2**30
# Bytes of the pool in which a larger stream is mixed.
POOL = 2**28
EMPTY = (
    "the data is empty: points are needed. Check how it was selected, its folder or its filter; an iterator that was "
    "used before has none left."
)


def read(X: object, what: str = "X") -> Batch:
    """The inputs X as one batch in memory: a tensor (n, ...), or a tuple or dict of them. Tensors stay what they are.

    X is a tensor or array; a tuple or dict of them (several inputs of one network); a list of single points; a pandas
    or polars DataFrame (n, columns); a torch Dataset; a DataLoader or any other iterable of batches; or the path of a
    folder of images (values 0 … 1, (c, h, w), sorted by name) or of a file .npy, .npz, .csv, .parquet or .safetensors,
    with `:key` if there are several arrays. Of items (x, y, ...) x is taken, and `LabelsDropped` says what is left out.

    `what` is said in messages. Raises `BadInput` for what cannot be data, `UnreadableFile`, and `MissingPackage`.

    >>> read([[0.0, 1.0], [2.0, 3.0]]).shape
    torch.Size([2, 2])
    """
    one = form(X, what)
    return one.whole() if one.whole is not None else _gathered(one, what)


def stream(X: object, what: str = "X") -> Iterator[Batch]:
    """The inputs X of any form that `read` takes, some at a time: alike, none empty, and never all in memory.

    >>> [len(part) for part in stream(iter([torch.zeros(2, 3), torch.zeros(1, 3)]))]
    [2, 1]
    """
    return _parts(form(X, what), what)


def pairs(data: object, what: str) -> tuple[Batch, Batch]:
    """Inputs and targets: of a tuple (X, Y), each in any form that `read` takes, or of whatever has items (x, y).

    Raises `BadInput` where there are other than two, or not as many of one as of the other.
    """
    if isinstance(data, tuple):
        both = tuple(read(part, what) for part in data)
    else:
        whole = _gathered(form(data, what, labels=True), what)
        both = whole if isinstance(whole, tuple) else (whole,)
    if len(both) != 2:
        raise BadInput(
            f"{what}: data is {structure.describe(both)}; inputs and targets are "
            "needed: a pair (X, Y), a Dataset or DataLoader of pairs, or a function that draws them."
        )
    X, Y = both
    if structure.length(X) != structure.length(Y):
        raise BadInput(f"{what}: X holds {structure.length(X)} inputs and Y {structure.length(Y)} targets.")
    return X, Y


def source(X: object, *, what: str = "`Generator.fit(X)`", memory: int | None = None) -> Source:
    """A `Source` of the points of X, of any form that `read` takes: one tensor (n, ...) of floats or uint8 images.

    What is not in memory and has more than `memory` bytes is read anew in every epoch. Raises what `read` does, and
    `BadInput` for a larger iterator that runs only once.
    """
    one, memory = form(X, what), MEMORY if memory is None else memory
    count = one.count() if one.count is not None else 0
    if one.at is None or (one.whole is None and count == 0):
        return _streamed(one, what, memory)
    at = one.at
    points = lambda index: _trainable(at(index), what).detach()  # noqa: E731
    first = points(torch.arange(min(count, 1)))
    if one.whole is None and first.nbytes * count <= memory:
        return _streamed(one, what, memory)
    return Indexed(points, count, tuple(first.shape[1:]))


def _streamed(one: Form, what: str, memory: int) -> Source:
    """A stream of batches: kept if small, started anew in each epoch if large."""
    parts: list[Tensor] = []
    count = size = 0
    shape: tuple[int, ...] | None = None
    for part in _parts(one, what):
        rows = _trainable(part, what)
        shape = shape or tuple(rows.shape[1:])
        count, size = count + len(rows), size + rows.nbytes
        if size <= memory:
            parts.append(rows)
        elif not one.again:
            raise BadInput(
                f"{what}: an iterator that runs only once gave more than {memory} bytes, too much to keep, and "
                "training goes over the data many times. Give what can be iterated again: a DataLoader, or a "
                "class with `__iter__`."
            )
        else:
            parts.clear()
    if shape is None:
        raise BadInput(f"{what}: {EMPTY}")
    if size <= memory:
        return source(torch.cat(parts), what=what)
    pool = min(count, max(1, POOL * count // size))
    return Streamed(lambda: (_trainable(part, what) for part in _parts(one, what)), count, shape, pool=pool)


def _gathered(one: Form, what: str) -> Batch:
    parts, size = [], 0
    for part in _parts(one, what):
        parts.append(part)
        size += sum(t.nbytes for t in structure.leaves(part).values())
        if size > MOST:
            raise BadInput(
                f"{what}: the data has more than {MOST} bytes, and all of it is needed in memory here. Give some of "
                "the points: a few thousand drawn at random say as much."
            )
    if not parts:
        raise BadInput(f"{what}: {EMPTY}")
    return joined(parts)


def _parts(one: Form, what: str) -> Iterator[Batch]:
    """The batches that are not empty, checked to be alike."""
    like: str | None = None
    for part in one.batches():
        if structure.length(part) == 0:
            continue
        here = structure.describe(structure.item(part, 0))
        like = like or here
        if here != like:
            raise BadInput(
                f"{what}: batches of inputs {like} and of {here} were given; all must be alike. For single points give "
                "a list or `torch.stack(X)`."
            )
        yield part


def _trainable(X: Batch, what: str) -> Tensor:
    """Points that a generator can learn."""
    rows = real_points(X, what)
    if not (rows.is_floating_point() or rows.dtype == torch.uint8):
        raise BadInput(
            f"{what}: data of {str(rows.dtype)[6:]} was given; floating-point numbers or uint8 images are needed. If "
            "these are labels, give the inputs instead; if not, convert them, `X.float()`."
        )
    return rows


def real_points(X: Batch, what: str) -> Tensor:
    """One tensor of real points (n, ...), n ≥ 1. Raises `BadInput` for anything else."""
    if not isinstance(X, Tensor):
        raise BadInput(
            f"{what}: {structure.describe(X)} was given; real points as one tensor or array (n, ...) are needed. "
            "Choose a part, or join them, `torch.cat([a.flatten(1), b.flatten(1)], 1)`."
        )
    if X.is_complex():
        raise BadInput(
            f"{what}: X is complex; real points are needed. Use `torch.view_as_real(X)`, two real numbers for each."
        )
    if X.ndim and 0 in X.shape:
        raise BadInput(
            f"{what}: X of shape {tuple(X.shape)}: this is empty. Give points (n, ...). Check how it was selected."
        )
    if X.ndim < 2:
        raise BadInput(
            f"{what}: X of shape {tuple(X.shape)} is a single sample, or numbers without an axis; real points "
            "(n, ...) are needed, one in each row. Numbers are points as `X[:, None]`, one point is a batch as "
            "`X[None]`; labels are not needed."
        )
    return X


def rows(X: object, what: str, *, least: int = 1) -> Tensor:
    """Points of any form that `read` takes, as finite rows in double precision on the CPU.  (n ...) -> (n d)

    Raises `BadInput` for what cannot be points and for fewer than `least`, `NotFinite` for NaN and infinity.
    """
    flat = real_points(read(X, what), what).detach().flatten(1).cpu().double()
    if len(flat) < least:
        raise BadInput(f"{what}: {len(flat)} points were given; at least {least} are needed. Give more points.")
    bad = ~flat.isfinite().all(1)
    if bad.any():
        raise NotFinite(
            f"{what}: {int(bad.sum())} of {len(flat)} points have NaN or infinity, the first is number "
            f"{int(bad.nonzero()[0, 0])}. Leave them out: `X[X.flatten(1).isfinite().all(1)]`."
        )
    return flat
