"""Directions of a layer as neurons: latents of a sparse autoencoder, probes, principal components."""

from collections.abc import Mapping

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.net.names import asks_for
from pushforward.net.recorder import Entry

Directions = Mapping[str, Tensor]
"""By name or pattern of a layer, the directions W (channels, k) that stand for its channels: a = Wᵀ h."""


def checked(directions: Directions | None) -> dict[str, Tensor]:
    """The directions that the caller of `Neurons` gives. Raises `BadInput`."""
    if directions is None:
        return {}
    if not isinstance(directions, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"`Neurons(directions={type(directions).__name__})`: a dict from the name of a layer to its directions "
            "(channels, k) is needed."
        )
    for name, W in directions.items():
        if not isinstance(W, Tensor) or W.ndim != 2 or not W.is_floating_point() or W.shape[1] == 0:  # pyright: ignore[reportUnnecessaryIsInstance]
            given = tuple(W.shape) if isinstance(W, Tensor) else type(W).__name__  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadInput(f"`Neurons(directions={{{name!r}: ...}})`: {given}; a tensor (channels, k) is needed.")
        if not torch.isfinite(W).all():
            raise BadInput(f"`Neurons(directions={{{name!r}: ...}})` holds NaN or infinity.")
    return {name: W.detach() for name, W in directions.items()}


def read(entries: list[Entry], directions: Mapping[str, Tensor]) -> list[Entry]:
    """The recorded values, those of the named layers along their directions. Raises `BadInput` for other widths."""
    return [_along(entry, directions) for entry in entries] if directions else entries


def _along(entry: Entry, directions: Mapping[str, Tensor]) -> Entry:
    name = next((name for name in directions if asks_for(entry.name, name, entry.kind)), None)
    if name is None:
        return entry
    channel = 1 if entry.channels_first and entry.value.ndim > 2 else entry.value.ndim - 1
    value, W = entry.value.movedim(channel, -1), directions[name]
    if value.shape[-1] != len(W):
        raise BadInput(
            f"`Neurons(directions={{{name!r}: ...}})`: they have {len(W)} channels, layer {entry.name!r} has "
            f"{value.shape[-1]}. Give W (channels, k)."
        )
    return entry._replace(value=(value @ W.to(value)).movedim(-1, channel), heads=0)
