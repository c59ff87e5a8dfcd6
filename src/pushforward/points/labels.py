"""Points that come with their labels, of which only the points are wanted."""

import sys
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import LabelsDropped
from pushforward.points.items import numbers

ORDER = ("second", "third", "fourth")


class Labels:
    """What becomes of items (input, target, …): the input is taken, and it is said once that the rest is left out.

    With `whole`, items are handed on whole.
    """

    def __init__(self, what: str, *, whole: bool = False):
        self.what, self.whole, self.said = what, whole, False

    def input(self, item: object, *, batch: bool = False) -> object:
        """The x of (x, y); anything else as it is. A list or tuple of numbers alone is a point.

        `batch`: whether the item is a batch, of which the first axis is not told.
        """
        if not isinstance(item, tuple | list) or not len(item) or numbers(item):
            return item
        if self.whole:
            return tuple(item)
        if len(item) > 1 and not self.said:
            self.said = True
            warn(f"{self.what}: {_left_out(item, batch=batch)}")
        return next(iter(item))


def _left_out(item: Sequence[object], *, batch: bool) -> str:
    one = len(item) == 2
    parts = " and ".join(
        f"the {ORDER[i] if i < len(ORDER) else f'{i + 2}th'} part, {_described(part, batch=batch)}"
        for i, part in enumerate(item[1:])
    )
    return (
        f"the items are {'(input, target) pairs' if one else '(input, target, ...) tuples'}: {parts}, "
        f"{'was' if one else 'were'} left out. If that is right, give the inputs alone; several inputs of one network "
        "come as one part, `((a, b), target)`."
    )


def warn(text: str) -> None:
    """A `LabelsDropped` at the line outside of this library that asked for it."""
    level, frame = 1, sys._getframe(0)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "pushforward":
        frame, level = frame.f_back, level + 1
    warnings.warn(text, LabelsDropped, stacklevel=level)


def _described(part: object, *, batch: bool) -> str:
    """As `float32 (1,)`, or the type of what is no array."""
    if isinstance(part, np.ndarray | np.generic):
        part = torch.as_tensor(part) if part.dtype.kind in "biufc" else part
    if isinstance(part, Tensor):
        return f"{str(part.dtype)[6:]} {tuple(part.shape[batch and part.ndim > 0 :])}"
    return type(part).__name__
