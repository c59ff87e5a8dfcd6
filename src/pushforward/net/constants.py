"""Tensors that travel with an input and do not move: hidden from whatever moves all floating-point parts."""

from collections.abc import Mapping

import torch
from torch import Tensor

from pushforward import structure

WHOLE = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
BITS, SHAPE = "bits of ", "shape of "


def hidden(t: Tensor) -> object:
    """A tensor as one of whole numbers with the same bits, if it is floating-point: whole numbers do not move."""
    return {BITS + str(t.dtype)[6:]: t.detach().view(WHOLE[t.itemsize])} if t.is_floating_point() else t.detach()


def outline(t: Tensor) -> object:
    """The shape and dtype of a tensor (n, ...), without its numbers.  -> (n, 0, ...)"""
    whole = torch.int8 if t.is_floating_point() else t.dtype
    return {SHAPE + str(t.dtype)[6:]: t.new_empty((len(t), 0, *t.shape[1:]), dtype=whole)}


def fixed(x: object) -> object:
    """A batch with all its floating-point parts hidden."""
    return structure.rebuild(x, lambda _, t: hidden(t))


def shown(x: object, *, double: bool = False) -> object:
    """The inverse of `fixed`; of `outline` NaN, which shows wherever it has an effect. `double`: in that precision."""
    if isinstance(x, Mapping):
        name = next(iter(x), "") if len(x) == 1 else ""
        for mark in (BITS, SHAPE):
            if isinstance(name, str) and name.startswith(mark):
                return _tensor(x[name], getattr(torch, name.removeprefix(mark)), mark, double)
        return {key: shown(part, double=double) for key, part in x.items()}
    if isinstance(x, tuple):
        return tuple(shown(part, double=double) for part in x)
    return x


def _tensor(t: Tensor, dtype: torch.dtype, mark: str, double: bool) -> Tensor:
    if mark == BITS:
        t = t.view(dtype)
    else:
        nothing = float("nan") if dtype.is_floating_point else 0
        t = torch.full((len(t), *t.shape[2:]), nothing, dtype=dtype, device=t.device)
    return t.double() if double and dtype.is_floating_point else t
