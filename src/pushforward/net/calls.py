"""The calls of a model's modules in one pass: watched, replaced, and what they return taken apart."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

Forward = Callable[..., object]
Handler = Callable[[str, Forward, tuple[object, ...], dict[str, object]], object]
"""What stands for a module's `forward`: its name, the `forward` itself, and the arguments."""
# What a module may return beside tensors
PLAIN = (type(None), bool, int, float, str, torch.dtype, torch.device)


class Ended(BaseException):
    """A pass is over before its end. No `Exception`: a model that catches those is to let it through."""


@contextmanager
def intercepted(modules: Mapping[str, nn.Module], handler: Handler) -> Iterator[None]:
    """Inside the `with` block `handler` stands for the `forward` of each of the modules."""
    own = [(m.__dict__, m.__dict__.get("forward")) for m in modules.values()]
    try:
        for name, module in modules.items():
            module.__dict__["forward"] = _replacement(name, module.forward, handler)
        yield
    finally:
        for attributes, forward in own:
            attributes.pop("forward", None)
            if forward is not None:
                attributes["forward"] = forward


def _replacement(name: str, forward: Forward, handler: Handler) -> Forward:
    @wraps(forward)
    def run(*args: object, **kwargs: object) -> object:
        return handler(name, forward, args, kwargs)

    return run


class Output(NamedTuple):
    """How to take what a module returns apart into tensors with their batch axis first, and how to put it together."""

    spec: pytree.TreeSpec
    others: tuple[object, ...]
    """The leaves that are no tensors; None in place of tensors."""
    places: tuple[int, ...]
    """Which leaves are tensors."""
    axes: tuple[int | None, ...]
    """Where each tensor has its batch; None: it is the same for all inputs."""

    def parts(self, output: object, n: int) -> list[Tensor] | None:
        """The tensors (n, ...) in what the module returned for n inputs; None if it is not put together like this."""
        leaves, spec = pytree.tree_flatten(output)
        there = tuple(i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor))
        if spec != self.spec or there != self.places or _others(leaves) != self.others:
            return None
        tensors = [leaves[i] for i in there]
        pairs = list(zip(tensors, self.axes, strict=True))
        if any(axis is not None and (t.ndim <= axis or t.shape[axis] != n) for t, axis in pairs):
            return None
        return [t[None].expand(n, *t.shape) if axis is None else t.movedim(axis, 0) for t, axis in pairs]

    def whole(self, parts: list[Tensor]) -> object:
        """The inverse of `parts`."""
        leaves = list(self.others)
        for i, axis, t in zip(self.places, self.axes, parts, strict=True):
            leaves[i] = t[0] if axis is None else t.movedim(0, axis)
        return pytree.tree_unflatten(leaves, self.spec)


def output_of(two: object, three: object) -> Output | str:
    """How what a module returned for two and for three inputs is put together, or why it cannot be said."""
    leaves, spec = pytree.tree_flatten(two)
    larger, other = pytree.tree_flatten(three)
    opaque = next((leaf for leaf in leaves if not isinstance(leaf, (Tensor, *PLAIN))), None)
    if opaque is not None:
        return f"it returns a {type(opaque).__name__}"
    if spec != other or _others(leaves) != _others(larger):
        return "what it returns is put together otherwise for another number of inputs"
    places = tuple(i for i, leaf in enumerate(leaves) if isinstance(leaf, Tensor))
    if not places:
        return "it returns no tensor"
    axes: list[int | None] = []
    for i in places:
        a, b = leaves[i], larger[i]
        grown = [k for k, (p, q) in enumerate(zip(a.shape, b.shape, strict=False)) if p != q]
        if type(a) not in (Tensor, nn.Parameter) or a.layout != torch.strided or a.ndim != b.ndim:
            return f"it returns a {type(a).__name__} of another kind"
        if len(grown) > 1 or (grown and a.shape[grown[0]] != 2):
            return f"what it returns, {tuple(a.shape)} for two inputs, has no axis of inputs"
        axes.append(grown[0] if grown else None)
    return Output(spec, _others(leaves), places, tuple(axes))


def _others(leaves: list[object]) -> tuple[object, ...]:
    return tuple(None if isinstance(leaf, Tensor) else leaf for leaf in leaves)


def tensors_in(*values: object) -> list[Tensor]:
    """All tensors in arguments or in what was returned."""
    return [leaf for leaf in pytree.tree_leaves(values) if isinstance(leaf, Tensor)]


def memory(t: Tensor) -> int:
    """Which memory a tensor lies in: equal for a tensor and its views, while both exist; 0 for what does not say."""
    try:
        return t.untyped_storage()._cdata
    except NotImplementedError:  # under `torch.func.grad`
        return 0


@dataclass
class Call:
    """One call of a module in a pass."""

    path: str
    stop: int = 0
    """How many calls had begun when it ended: those since it began are inside it."""
    output: object = None
    closed: bool = True
    """Whether it left its arguments as they were and returned none of their memory."""


@dataclass
class Survey:
    """Every call of every module in a pass, in the order in which they begin."""

    calls: list[Call] = field(default_factory=list)

    def __call__(self, path: str, forward: Forward, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Run one of them."""
        call = Call(path)
        self.calls.append(call)
        arguments = tensors_in(args, kwargs)
        before = [t._version for t in arguments]
        output = forward(*args, **kwargs)
        call.stop, call.output = len(self.calls), pytree.tree_map(_kept, output)
        taken = {memory(t) for t in arguments} & {memory(t) for t in tensors_in(output)}
        call.closed = not taken and before == [t._version for t in arguments]
        return output


def _kept(leaf: object) -> object:
    """A tensor without its memory: its shape is what counts."""
    return torch.empty(leaf.shape, dtype=leaf.dtype, device="meta") if type(leaf) is Tensor else leaf
