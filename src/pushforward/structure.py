"""One input or a batch of them, as a tensor, a tuple or a dict: which parts move and which stay."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import BadInput

# Some structure: what comes out is like what went in.
S = TypeVar("S")


def leaves(x: object) -> dict[str, Tensor]:
    """The tensors of an input, by name.

    >>> list(leaves((torch.zeros(2), {"mask": torch.ones(2)})))
    ['0', '1.mask']
    """
    parts: dict[str, Tensor] = {}
    rebuild(x, lambda name, t: parts.setdefault(name, t))
    return parts


def rebuild(x: object, change: Callable[[str, Tensor], object], name: str = "") -> Any:
    """The same structure with every tensor or array t replaced by `change(name, t)`; numbers, strings and None stay."""
    join = lambda key: f"{name}.{key}" if name else str(key)  # noqa: E731
    if isinstance(x, Tensor):
        if x.layout is not torch.strided or x.is_nested or x.is_quantized:
            raise BadInput(
                f"a {'nested' if x.is_nested else str(x.layout)[6:]} tensor was given; a dense one is needed."
            )
        return change(name, x)
    if isinstance(x, np.ndarray):
        return change(name, _from_numpy(x))
    if isinstance(x, Mapping):
        return {key: rebuild(value, change, join(key)) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return tuple(rebuild(value, change, join(i)) for i, value in enumerate(x))
    if x is None or isinstance(x, bool | int | float | str):
        return x
    raise BadInput(
        f"an input of type {type(x).__name__} was given; a tensor or array, or a tuple or dict of them, is needed. "
        "Convert it with `torch.as_tensor`."
    )


def _from_numpy(x: np.ndarray) -> Tensor:
    try:
        return torch.from_numpy(
            x
            if x.flags.writeable and x.flags.c_contiguous and x.dtype.isnative
            else np.array(x, x.dtype.newbyteorder("="), order="C")
        )
    except TypeError as reason:
        raise BadInput(
            f"an array of {x.dtype} was given; numbers are needed. Convert it, `x.astype('float32')`."
        ) from reason


def tensors(x: object) -> Any:
    """The same structure with arrays as tensors."""
    return rebuild(x, lambda _, t: t)


def skeleton(x: object) -> str:
    """All of an input but its tensors: equal for inputs of one structure with the same numbers and strings."""
    return repr(rebuild(x, lambda name, _: name))


def batch(x: S, n: int = 1) -> S:
    """One input as a batch of n copies.  (...) -> (n, ...)"""
    return rebuild(x, lambda _, t: t[None].expand((n, *t.shape)))


def item(X: S, i: int) -> S:
    """Input number i of a batch, cloned: a view would drag the whole batch along as its base."""

    def take_one(_: str, t: Tensor) -> Tensor:
        if t.ndim == 0:
            raise BadInput("a single number was given; a batch (n, ...) is needed. One input is a batch as `x[None]`.")
        if not -len(t) <= i < len(t):
            raise BadInput(f"input number {i} was asked for, of a batch of {len(t)}. Give a batch with inputs in it.")
        return t[i].clone()

    return rebuild(X, take_one)


def take(X: S, i: object) -> S:
    """One input of a batch (without batch axis) for a number i; for a slice, several numbers or a mask a smaller batch.

    >>> take(torch.arange(6.0).reshape(3, 2), -1)
    tensor([4., 5.])

    Raises `BadInput` for numbers beyond the batch, and for what is no number, slice, list or tensor of one axis.
    """
    n, X = length(X), tensors(X)
    if isinstance(i, int | np.integer) and not isinstance(i, bool):
        if not -n <= i < n:
            raise BadInput(f"`take(X, {i})`: the batch has {n} inputs, 0 … {n - 1}.")
        return item(X, int(i))
    chosen = i if isinstance(i, slice) else _index(i, n)
    return rebuild(X, lambda _, t: t[chosen if isinstance(chosen, slice) else chosen.to(t.device)].clone())


def _index(i: object, n: int) -> Tensor:
    try:
        index = torch.as_tensor(i)
        index = index.long() if index.numel() == 0 and index.is_floating_point() else index
        taken = torch.arange(n)[index.cpu()]
    except (IndexError, TypeError, ValueError, RuntimeError) as reason:
        raise BadInput(
            f"`take(X, {str(i)[:60]})`: the batch has {n} inputs, 0 … {n - 1}. Give a number, a slice, a list or "
            "tensor of numbers, or a mask of n booleans."
        ) from reason
    if index.ndim != 1:
        raise BadInput(f"`take(X, {str(i)[:60]})`: numbers on one axis are needed, not {tuple(index.shape)}.")
    return taken


def length(X: object) -> int:
    """How many inputs a batch holds."""
    parts = leaves(X)
    sizes = {len(t) if t.ndim else -1 for t in parts.values()}
    if len(sizes) != 1 or -1 in sizes:
        raise BadInput(
            f"a batch needs one common first axis; {describe(X)} was given. One input is a batch as `x[None]`; "
            "a tuple is one batch with several parts; several batches come one by one, as from a DataLoader."
        )
    return sizes.pop()


def moving(x: object) -> dict[str, Tensor]:
    """The floating-point tensors of an input: those with a derivative."""
    return {name: t for name, t in leaves(x).items() if t.is_floating_point()}


def flat(x: object) -> Tensor:
    """The moving parts of one input, end to end.  -> (d,)"""
    return torch.cat([t.reshape(-1) for t in moving(x).values()])


def unflat(v: Tensor, like: S) -> S:
    """The inverse of `flat`: `like` with its moving parts taken from v, which may carry leading axes.

    (..., d) -> the structure of `like` with moving parts (..., *shape)
    """
    offset = 0

    def take(_: str, t: Tensor) -> Tensor:
        nonlocal offset
        if not t.is_floating_point():
            return t.expand((*v.shape[:-1], *t.shape))
        offset += t.numel()
        return v[..., offset - t.numel() : offset].reshape((*v.shape[:-1], *t.shape)).to(t.dtype)

    return rebuild(like, take)


def describe(x: object) -> str:
    """The shapes of an input, for messages: `(1, 28, 28)` or `{ids: (7,) int64, mask: (7,)}`."""
    parts = {
        name: f"{tuple(t.shape)}" + ("" if t.dtype == torch.float32 else f" {str(t.dtype)[6:]}")
        for name, t in leaves(x).items()
    }
    if list(parts) == [""]:
        return parts[""]
    return "{" + ", ".join(f"{name}: {shape}" for name, shape in parts.items()) + "}"
