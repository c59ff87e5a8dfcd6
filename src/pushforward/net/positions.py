"""Which positions of a sequence are real, and which of them are neurons."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net.recorder import Entry

Chosen = int | str | slice | Sequence[int] | Tensor | None
"""`"last"`, an index (negative from the end), a slice, several indices or a boolean mask; None for all."""


class Positions(NamedTuple):
    """What is asked: which part of the input is the mask, which positions are neurons, and whether they are averaged.

    Neurons at masked positions are zero; a channel is averaged over the others. `"last"` is the last that is real.
    """

    mask: str | None
    chosen: Chosen
    pooled: bool

    @property
    def fixed(self) -> bool:
        """Whether there are as many neurons however long a sequence is."""
        return self.pooled or isinstance(self.chosen, int | str)

    def of(self, entries: list[Entry], x: object) -> list[Entry]:
        """The recorded values of a batch with padding taken out and positions taken. Raises `BadInput`.

        What runs does not depend on the mask's values, so that it can be traced.
        """
        mask = None if self.mask is None else _mask(x, self.mask)
        if mask is None and self.chosen is None:
            return entries
        n, T = structure.length(x), _length(x) if mask is None else mask.shape[1]
        index = None if self.chosen is None else _indices(self.chosen, n, T, mask)
        weight = None if mask is None else mask.float()
        if weight is not None and self.pooled and index is None:
            weight = weight * (T / weight.sum(1, keepdim=True))  # the mean over all is then that over real ones
        return [self._taken(entry, n, T, index, weight) for entry in entries]

    def check(self, x: object) -> None:
        """Raise `BadInput` if nothing of some inputs of a batch is real."""
        mask = None if self.mask is None else _mask(x, self.mask)
        if mask is not None and not mask.any(1).all():
            raise BadInput(f"`{self.mask}` is 0 everywhere for some inputs: nothing of them is real. Leave them out.")

    def _taken(self, entry: Entry, n: int, T: int, index: Tensor | None, weight: Tensor | None) -> Entry:
        value = entry.value
        if value.ndim < 3 or n not in value.shape[:2]:
            return entry
        batch = 0 if value.shape[0] == n else 1
        channel = (1 - batch if batch < 2 else 0) if entry.channels_first else value.ndim - 1
        for axis in (k for k in range(value.ndim) if k not in (batch, channel) and entry.value.shape[k] == T):
            view = [1] * value.ndim
            view[batch], view[axis] = n, -1
            if weight is not None:
                value = value * weight.to(value).reshape(view)
            if index is not None and not (
                entry.kind == "pattern" and axis == value.ndim - 1
            ):  # any key, chosen queries
                shape = list(value.shape)
                shape[axis] = index.shape[1]
                value = value.gather(axis, index.to(value.device).reshape(view).expand(shape))
        return entry._replace(value=value)


def checked(mask: str | None, chosen: Chosen, *, pooled: bool) -> Positions:
    """What the caller of `Neurons` asks for. Raises `BadInput`."""
    if not (mask is None or isinstance(mask, str)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"`Neurons(mask={type(mask).__name__})`: the name of the part of the input that says which positions are "
            "real is needed, such as 'attention_mask'; None takes all as real."
        )
    if isinstance(chosen, str) and chosen != "last":
        raise BadInput(
            f"`Neurons(positions={chosen!r})`: 'last', an index, a slice, several or a boolean mask is needed."
        )
    return Positions(mask, chosen, pooled)


def _mask(x: object, name: str) -> Tensor | None:
    """The part of a batch that is called so, as booleans (n, T); None if there is none."""
    found = next((t for key, t in structure.leaves(x).items() if key.split(".")[-1] == name), None)
    if found is None:
        return None
    if found.ndim != 2 or found.is_floating_point():
        raise BadInput(
            f"`{name}` is {tuple(found.shape[1:])} of {str(found.dtype)[6:]} for one input; one whole number or "
            "boolean for each position, (T,), is needed: 1 where it is real, 0 for padding. `mask=None` ignores it."
        )
    mask = found != 0
    T = _length(x)
    if mask.shape[1] != T:
        raise BadInput(f"`{name}` has {mask.shape[1]} positions, the input {T}. Give one number for each position.")
    return mask


def _length(x: object) -> int:
    """How many positions the first moving part has."""
    part = next(iter(structure.moving(x).values()), None)
    if part is None or part.ndim < 2:
        raise BadInput(f"`positions=`: the input {structure.describe(x)} has no axis of positions (n, T, ...).")
    return part.shape[1]


def _indices(chosen: Chosen, n: int, T: int, mask: Tensor | None) -> Tensor:
    """The positions taken of each of n inputs (n, k)."""
    if isinstance(chosen, str):
        last = torch.full((n,), T - 1) if mask is None else T - 1 - mask.long().cpu().flip(1).argmax(1)
        return last[:, None]
    everywhere = torch.arange(T)
    try:
        taken = everywhere[torch.as_tensor(chosen) if isinstance(chosen, Sequence) else chosen]
    except (IndexError, TypeError) as reason:
        raise BadInput(f"`Neurons(positions={chosen!r})`: the input has {T} positions, 0 … {T - 1}.") from reason
    if taken.numel() == 0:
        raise BadInput(f"`Neurons(positions={chosen!r})`: that is none of the {T} positions of the input.")
    return taken.reshape(1, -1).expand(n, -1)
