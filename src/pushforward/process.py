"""What belongs to the whole process (PyTorch's switches, its random state), as threads can share it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import RLock

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

_random = RLock()


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
    with _random, torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(seed)
        if devices:
            torch.cuda.manual_seed_all(seed)
        yield
