"""What belongs to the whole process (PyTorch's switches, its random state, forward mode), as threads can share it."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps
from threading import RLock
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

P = ParamSpec("P")
R = TypeVar("R")
_lock = RLock()


@contextmanager
def alone() -> Iterator[None]:
    """Inside, other threads wait that want to be alone too: for what PyTorch has once for the whole process."""
    with _lock:
        yield


def serial(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which one thread at a time runs."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with alone():
            return function(*args, **kwargs)

    return call


def jvp(function: Callable[..., R], primals: tuple[Tensor, ...], tangents: tuple[Tensor, ...]) -> tuple[R, R]:
    """`torch.func.jvp`, whose levels all threads share, for one thread at a time."""
    with alone():
        return torch.func.jvp(function, primals, tangents)  # pyright: ignore[reportReturnType]


class Shared:
    """A switch that several threads may want turned: the first to enter turns it, the last to leave turns it back."""

    def __init__(self, switch: Callable[[], AbstractContextManager[None]]):
        self.switch, self.lock, self.inside, self.stack = switch, RLock(), 0, ExitStack()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Turned inside the `with` block."""
        with self.lock:
            if self.inside == 0:
                self.stack.enter_context(self.switch())
            self.inside += 1
        try:
            yield
        finally:
            with self.lock:
                self.inside -= 1
                if self.inside == 0:
                    self.stack.close()


@Shared
@contextmanager
def plain_attention() -> Iterator[None]:
    """Attention without fused kernels, which have no forward derivative (pytorch#117629)."""
    with sdpa_kernel(SDPBackend.MATH):
        yield


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Draws that torch makes by itself, as for dropout, follow from a seed inside the block; its state is put back.

    One thread at a time is inside.
    """
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with alone(), torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(seed)
        if devices:
            torch.cuda.manual_seed_all(seed)
        yield


def _unlock() -> None:
    """A lock that another thread held when the process was forked would never be released in the child."""
    global _lock
    _lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)
