"""Who is who: the layers of a network and, for each of its neurons, layer, channel and position."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import UnknownLayer
from pushforward.net.names import asks_for, listed


@dataclass(frozen=True)
class Layer:
    """One recorded layer: `shape` is that of one input's activations, `start` its first neuron.

    `batch_axis` is where the recorded tensor has its batch; `channel_axis` counts within `shape`. `kind` is "heads",
    "pattern" or "residual" where a layer is no module's output; of `heads` its channels are those of each head in turn.
    """

    name: str
    shape: tuple[int, ...]
    batch_axis: int
    channel_axis: int
    start: int
    pooled: bool = False
    kind: str = ""
    heads: int = 0

    @property
    def size(self) -> int:
        """How many neurons the layer has."""
        return self.channels if self.pooled else math.prod(self.shape)

    @property
    def channels(self) -> int:
        """How many channels (or features) the layer has."""
        return self.shape[self.channel_axis] if self.shape else 1

    @property
    def stop(self) -> int:
        """One past the layer's last neuron."""
        return self.start + self.size

    def fits(self, value: Tensor, n: int) -> bool:
        """Whether a recorded tensor holds the activations of n inputs; at any positions, where these are averaged."""
        if value.ndim != len(self.shape) + 1 or value.shape[self.batch_axis] != n:
            return False
        shape = value.movedim(self.batch_axis, 0).shape[1:]
        if self.pooled and self.shape:
            return shape[self.channel_axis] == self.channels
        return shape == self.shape

    def rows(self, value: Tensor) -> Tensor:
        """The recorded tensor with one row per input.  (.. n ..) -> (n, size)"""
        value = value.movedim(self.batch_axis, 0)
        if self.pooled and len(self.shape) > 1:
            value = value.movedim(self.channel_axis + 1, 1).flatten(2).mean(2)
        return value.reshape(value.shape[0], self.size)

    def channel_name(self, channel: int) -> str:
        """A channel as a person writes it: `7`, or `5.7` for the seventh of the fifth head."""
        d = self.channels // self.heads if self.heads else 0
        return f"{channel // d}.{channel % d}" if d else str(channel)

    def part(self, address: str) -> Tensor | None:
        """The neurons of a channel `7`, of a head `5` or of a channel of a head `5.7`; None if there is none."""
        d = self.channels // max(self.heads, 1)
        sizes = (self.heads, d) if self.heads else (self.channels,)
        numbers = [int(number) if number.isdecimal() else -1 for number in address.split(".")]
        if len(numbers) > len(sizes) or not all(0 <= k < size for k, size in zip(numbers, sizes, strict=False)):
            return None
        channel = _channels(self)
        if self.heads and len(numbers) == 1:
            here = channel // d == numbers[0]
        else:
            here = channel == (numbers[0] * d + numbers[1] if self.heads else numbers[0])
        return self.start + here.nonzero()[:, 0]

    def position(self, neuron: int) -> tuple[int, tuple[int, ...]]:
        """Channel and position of a neuron, counted within the layer."""
        if self.pooled or not self.shape:
            return neuron, ()
        index = list(np.unravel_index(neuron, self.shape))
        channel = int(index.pop(self.channel_axis))
        return channel, tuple(int(i) for i in index)


@dataclass(frozen=True)
class Table(Sequence[Layer]):
    """The layers in the order in which they run; neuron i of the network belongs to one of them."""

    layers: tuple[Layer, ...]
    available: tuple[str, ...]
    """Every name that `layers=` of `Neurons` could have asked for."""
    unseen: tuple[tuple[str, str], ...] = ()
    """What runs and would be recorded but cannot be, and why."""

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, i):  # type: ignore[override]
        return self.layers[i]

    @property
    def size(self) -> int:
        """How many neurons there are."""
        return self.layers[-1].stop

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The names of all layers, if none is (part of) the model's output, which shows only at its end; else none."""
        names = frozenset(layer.name for layer in self.layers)
        return frozenset() if any(name.split(".")[0] == "output" for name in names) else names

    @cached_property
    def layer(self) -> Tensor:
        """The number of each neuron's layer (a,)."""
        sizes = torch.tensor([layer.size for layer in self.layers])
        return torch.repeat_interleave(torch.arange(len(self.layers)), sizes)

    @cached_property
    def channel(self) -> Tensor:
        """The channel of each neuron within its layer (a,)."""
        return torch.cat([_channels(layer) for layer in self.layers])

    def where(self, neuron: int) -> tuple[str, int, tuple[int, ...]]:
        """Layer name, channel and position of a neuron."""
        layer = self.layers[int(self.layer[neuron])]
        return layer.name, *layer.position(int(neuron) - layer.start)

    def label(self, neuron: int) -> str:
        """A neuron's name as a person writes it: `conv2.3[5,7]`."""
        name, channel, position = self.where(neuron)
        return f"{name}.{self.layers[int(self.layer[neuron])].channel_name(channel)}" + (
            f"[{','.join(map(str, position))}]" if position else ""
        )

    def select(self, patterns: Sequence[str]) -> Tensor:
        """The neurons that any pattern names (see `Neurons.select`)."""
        blocks = [self._match(pattern) for pattern in patterns]
        return torch.cat(blocks).unique() if blocks else torch.arange(self.size)

    def _match(self, pattern: str) -> Tensor:
        layers = [layer for layer in self.layers if _matches(layer, pattern)]
        if layers:
            return torch.cat([torch.arange(layer.start, layer.stop) for layer in layers])
        words = pattern.split(".")
        for count in (1, 2):
            name, address = ".".join(words[:-count]), ".".join(words[-count:])
            named = [layer for layer in self.layers if layer.name == name or _is_short(layer, name, whole=True)]
            parts = [part for part in (layer.part(address) for layer in named) if part is not None]
            if parts:
                return torch.cat(parts)
        raise UnknownLayer(
            f"`select({pattern!r})`: no layer has this name or pattern. Layers: "
            + listed(f"{layer.name} ({_counted(layer)})" for layer in self.layers)
            + ". Record others by `layers=`."
        )


def _matches(layer: Layer, pattern: str) -> bool:
    """Whether a pattern names a layer: exactly, by wildcard, as a parent module, or by the word for its kind."""
    name = layer.name
    return fnmatchcase(name, pattern) or name.startswith(f"{pattern}.") or name == pattern or _is_short(layer, pattern)


def _is_short(layer: Layer, pattern: str, *, whole: bool = False) -> bool:
    """Whether a pattern is `heads`, `*.heads` or the like; `whole`: and means this layer, not several by number."""
    numbered = [name.partition("#")[0].rpartition(".")[2].isdecimal() for name in (layer.name, pattern)]
    return bool(layer.kind) and asks_for(layer.name, pattern, layer.kind) and not (whole and len({*numbered}) > 1)


def _counted(layer: Layer) -> str:
    if layer.heads:
        return f"{layer.heads} heads of {layer.channels // layer.heads} channels"
    return f"{layer.channels} {'heads' if layer.kind == 'pattern' else 'channels'}"


def _channels(layer: Layer) -> Tensor:
    if layer.pooled or not layer.shape:
        return torch.arange(layer.size)
    view = [1] * len(layer.shape)
    view[layer.channel_axis] = -1
    return torch.arange(layer.channels).view(view).expand(layer.shape).reshape(-1)
