"""What a push costs, measured: its time and the most memory it holds, beside a forward pass of as many inputs."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pushforward import structure
from pushforward.linear import Chart
from pushforward.net.neurons import Neurons
from pushforward.net.push_forward import push
from pushforward.rng import normal


@dataclass(frozen=True)
class Cost:
    """Of one push and of one forward pass of as many inputs: seconds, and the most bytes of tensors at a time.

    Bytes are those that operations allocate, without the weights and without what kernels use inside.
    """

    directions: int
    seconds: float
    memory: int
    forward_seconds: float
    forward_memory: int

    def __str__(self) -> str:
        push, forward = _words(self.seconds, self.memory), _words(self.forward_seconds, self.forward_memory)
        return f"a push of {self.directions} directions: {push}; a forward pass of as many inputs: {forward}"


def cost(net: Neurons, x: object, directions: int) -> Cost:
    """What a push of so many random directions at x costs; each is run twice, once counted and once timed."""
    inputs, X = Probe(directions), structure.batch(x, directions)
    seconds, memory = _measured(lambda: push(net, inputs, x))
    forward_seconds, forward_memory = _measured(lambda: net.record(X))
    return Cost(directions, seconds, memory, forward_seconds, forward_memory)


def _measured(run: Callable[[], object]) -> tuple[float, int]:
    with torch.no_grad():
        with Allocations() as allocations:
            run()
        began = perf_counter()
        run()
        return perf_counter() - began, allocations.most


class Allocations(TorchDispatchMode):
    """Counts the bytes of tensors that operations make in the `with` block: those that live, and the most at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.most = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[override]
        before = {_key(t) for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        out = func(*args, **(kwargs or {}))
        for t in tree_leaves(out):
            if isinstance(t, Tensor) and _key(t) not in before | self._known:
                self._add(t)
        return out

    def _add(self, t: Tensor) -> None:
        if (key := _key(t)) is None:
            return
        storage = t.untyped_storage()
        self._known.add(key)
        self.live += storage.nbytes()
        self.most = max(self.most, self.live)
        weakref.finalize(storage, self._free, key, storage.nbytes())

    def _free(self, key: int, size: int) -> None:
        self.live -= size
        self._known.discard(key)


def _key(t: Tensor) -> int | None:
    """What tells one piece of memory from another; nothing for tensors that have none."""
    try:
        return t.untyped_storage().data_ptr() or None
    except (NotImplementedError, RuntimeError):
        return None


class Probe:
    """A few random directions around any input."""

    def __init__(self, directions: int):
        self.directions = directions

    def chart(self, x: object) -> Chart:
        """Random rows at x."""
        return _ProbeChart(x, self.directions)


class _ProbeChart(Chart):
    def __init__(self, x: object, directions: int):
        flat = structure.flat(x)
        self.point, self.rank = x, min(directions, flat.numel())
        self.rows = normal((self.rank, flat.numel()), seed=0).to(flat)

    def __call__(self, w: Tensor) -> object:
        return structure.unflat(structure.flat(self.point) + w @ self.rows, self.point)

    def tangents(self, start: int, stop: int) -> Tensor:
        return self.rows[start:stop]


def _words(seconds: float, memory: int) -> str:
    time = f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return f"{time}, {memory / 2**20:.1f} MB"
