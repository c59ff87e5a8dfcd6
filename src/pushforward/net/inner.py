"""Records what no module gives: the heads of attentions, their patterns, the residual stream."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from pushforward.net.heads import Attention, Mix, side
from pushforward.net.names import asks_for, joined
from pushforward.net.stream import Stream


class Asked(NamedTuple):
    """What is asked for, patterns by kind; of how many inputs; and whether in the first passes, which are checked."""

    patterns: Mapping[str, Sequence[str]]
    n: int
    first: bool = False


class Keep(Protocol):
    """Records a value under its name, and gives what the network is to go on with."""

    def __call__(self, name: str, value: Tensor, kind: str, *, heads: int = 0) -> Tensor:
        """Record it."""
        ...


class Inner:
    """Listens to the operations and modules of one pass; what is asked for goes to `keep`.

    A value whose name is in `edit` is kept too: what `keep` makes of it is what the network goes on with.
    """

    def __init__(self, asked: Asked, model: nn.Module, keep: Keep, edit: Mapping[str, object]):
        self.asked, self.keep, self.edit = asked, keep, edit
        self.names: list[str] = []
        """The layers that could be asked for, in order."""
        paths = [path for path, _ in model.named_modules()]
        self.attention = self.stream = None
        if {"heads", "pattern"} & set(asked.patterns):
            self.attention = Attention(asked.n, first=asked.first, modules=paths)
        if "residual" in asked.patterns:
            self.stream = Stream(model, first=asked.first)

    def operation(
        self,
        name: str,
        func: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: object,
        path: str,
    ) -> object:
        """An operation has run in a module: its result, edited if that is asked for."""
        mix = None if self.attention is None else self.attention.see(name, func, args, kwargs, result, path)
        if mix is None:
            return result
        self.names += [mix.name("heads"), mix.name("pattern")]
        if self._wants("pattern", mix.name("pattern")):
            self.keep(mix.name("pattern"), mix.pattern(), "pattern")
        value = side(mix.parts)
        new = self._heads(mix, value)
        heads = mix.parts.shape[1]
        return result if new is value else mix.back(new.unflatten(-1, (heads, -1)).transpose(1, 2))

    def enter(self, path: str, module: nn.Module, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor] | None:
        """A module starts: the tensor that enters a stack of blocks and what is to stand for it, if that is another."""
        if self.attention is not None:
            self.attention.enter(path, module)
        layer = None if self.stream is None else self.stream.enter(path, inputs)
        if layer is None:
            return None
        name, value = layer
        new = self._residual(name, value)
        return None if new is value else (value, new)

    def leave(self, path: str, value: Tensor) -> Tensor:
        """A module has given a value: what the network is to go on with."""
        name = "" if self.stream is None else self.stream.leave(path)
        if self.stream is None or not name:
            return value
        new = self._residual(name, value)
        self.stream.left(path, new)
        return new

    def close(self) -> list[tuple[str, str]]:
        """The pass has ended: what ran and cannot be told, with the reason. Raises `UnknownLayer` for two streams."""
        if self.stream is not None and self.asked.first:
            self.stream.check(self.asked.patterns["residual"])
        strange = [] if self.attention is None else self.attention.unseen
        return [*strange, *(self.stream.unseen.items() if self.stream is not None else ())]

    def doubtful(self, name: str) -> bool:
        """Whether a layer of this name has failed a check."""
        return any(part is not None and part.doubtful(name) for part in (self.attention, self.stream))

    def _heads(self, mix: Mix, value: Tensor) -> Tensor:
        """All heads as one layer if it is asked for, or else single ones."""
        count = mix.parts.shape[1]
        if self._wants("heads", mix.name("heads")):
            return self.keep(mix.name("heads"), value, "heads", heads=count)
        old = value.unflatten(-1, (count, -1)).unbind(-2)
        names = [f"{joined(mix.path, 'heads')}.{k}{mix.call}" for k in range(count)]
        new = [
            self.keep(name, part, "heads") if self._wants("heads", name) else part
            for name, part in zip(names, old, strict=True)
        ]
        return value if all(a is b for a, b in zip(new, old, strict=True)) else torch.cat(new, -1)

    def _residual(self, name: str, value: Tensor) -> Tensor:
        self.names.append(name)
        return self.keep(name, value, "residual") if self._wants("residual", name) else value

    def _wants(self, kind: str, name: str) -> bool:
        return name in self.edit or any(asks_for(name, one, kind) for one in self.asked.patterns.get(kind, ()))
