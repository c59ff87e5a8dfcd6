"""The residual stream: what enters each of a stack of equal blocks, and what leaves the last."""

from collections.abc import Iterable, Iterator

from torch import Tensor, nn

from pushforward.errors import UnknownLayer
from pushforward.net.names import asks_for, joined


class Stream:
    """Follows the stream through the stacks of blocks of a model for one pass.

    A stack is an `nn.ModuleList` or `nn.Sequential` of blocks of one class, each of which takes what the one before it
    gave: the same tensor. In the `first` passes this is checked; `unseen` says where it fails.
    """

    def __init__(self, model: nn.Module, *, first: bool):
        self.first = first
        self.blocks = {path: (stack, number) for stack, paths in _stacks(model) for number, path in enumerate(paths)}
        """The stack and the number of each block."""
        self.unseen: dict[str, str] = {}
        self._nested: set[str] = set()
        self._by_name: list[str] = []
        self._last: dict[str, Tensor] = {}
        self._ran: dict[str, int] = {}

    def enter(self, path: str, inputs: Iterable[Tensor]) -> tuple[str, Tensor] | None:
        """The name and value of the layer that enters the first block of a stack."""
        if path not in self.blocks:
            return None
        stack, number = self.blocks[path]
        streams = [t for t in inputs if t.is_floating_point()]
        if number == 0 and streams:
            return f"{joined(stack, 'residual')}.0", streams[0]
        if self.first and not any(t is self._last.get(stack) for t in streams):
            self._fail(stack, f"what enters block {number} is not what left the block before it")
        return None

    def leave(self, path: str) -> str:
        """The name of the layer that leaves a block; empty if this module is none."""
        if path not in self.blocks:
            return ""
        stack, number = self.blocks[path]
        if self._ran.get(stack, -1) >= number:
            self._fail(stack, f"block {number} runs more than once, or after a later one")
        self._ran[stack] = number
        return f"{joined(stack, 'residual')}.{number + 1}"

    def left(self, path: str, value: Tensor) -> None:
        """What a block gave to the next."""
        self._last[self.blocks[path][0]] = value

    def doubtful(self, name: str) -> bool:
        """Whether a layer of this name belongs to a stack in which no stream is seen, or within blocks of another."""
        stream = name.rpartition(".")[0]
        by_name = any(asks_for(name, pattern, "residual") for pattern in self._by_name)
        return stream in self.unseen or (stream in self._nested and not by_name)

    def check(self, patterns: Iterable[str]) -> None:
        """Raise `UnknownLayer` if one stream is asked for and there are several; those within blocks do not count."""
        names = [joined(stack, "residual") for stack in self._ran]
        names = [name for name in names if name not in self.unseen]
        outer = [name for name in names if not any(_inside(name, other) for other in names)]
        self._by_name = [pattern for pattern in patterns if not pattern.startswith("residual")]
        self._nested = {*names} - {*outer}
        if len(outer) > 1 and any(pattern.startswith("residual") for pattern in patterns):
            raise UnknownLayer(
                f'`Neurons(layers=["residual"])`: there are {len(outer)} stacks of blocks, each with its own stream. '
                f'Say which, such as `layers=[{outer[0]!r}]`, or `["*.residual"]` for all: {", ".join(outer)}.'
            )

    def _fail(self, stack: str, why: str) -> None:
        self.unseen.setdefault(joined(stack, "residual"), why)


def _stacks(model: nn.Module) -> Iterator[tuple[str, list[str]]]:
    """The lists of at least two blocks of one class, and these blocks; a layer of PyTorch's own is no block."""
    for path, module in model.named_modules():
        if not isinstance(module, nn.ModuleList | nn.Sequential) or len(module) < 2:
            continue
        if len({type(block) for block in module}) == 1 and not _is_layer(next(module.children())):
            yield path, [joined(path, name) for name in module._modules]


def _is_layer(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.nn.modules") and not any(True for _ in module.children())


def _inside(name: str, other: str) -> bool:
    """Whether a stream runs within the blocks of another."""
    stack = other.removesuffix("residual")
    return name != other and name.startswith(stack)
