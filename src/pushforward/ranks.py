"""The processes that work on one thing together: the ranks of `torch.distributed`, or this process alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor
from torch import distributed as dist

# A rank that has done its share waits for the slowest one. That one is dead is noticed by its connection.
PATIENCE = timedelta(days=30)
# What `torchrun` tells each process that it starts
LAUNCHED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Ranks:
    """The processes of a group: here is number `rank` of `size`.

    >>> ALONE.gather(b"one")
    [b'one']
    """

    rank: int = 0
    size: int = 1
    group: "dist.ProcessGroup | None" = None

    @property
    def first(self) -> bool:
        """Whether this is the rank that prints and writes."""
        return self.rank == 0

    def gather(self, message: bytes) -> list[bytes]:
        """The messages of all ranks, in their order; each must send one."""
        if self.size == 1:
            return [message]
        lengths = [torch.zeros(1, dtype=torch.long) for _ in range(self.size)]
        dist.all_gather(lengths, torch.tensor([len(message)]), group=self.group)
        return [self._sent(sender, int(length), message) for sender, length in enumerate(lengths)]

    def _sent(self, sender: int, length: int, message: bytes) -> bytes:
        if length == 0:
            return b""
        told = torch.empty(length, dtype=torch.uint8)
        if sender == self.rank:
            told = torch.frombuffer(bytearray(message), dtype=torch.uint8)
        dist.broadcast(told, group_src=sender, group=self.group)
        return told.numpy().tobytes()

    def total(self, sums: Tensor) -> Tensor:
        """The sum over all ranks of tensors of whole numbers: the same to the bit in whatever order they are added."""
        assert not sums.is_floating_point()
        if self.size > 1:
            dist.all_reduce(sums, group=self.group)
        return sums


ALONE = Ranks()
_groups: dict[int, Ranks] = {}


def ranks() -> Ranks:
    """The ranks of the default process group, if there is one; this process alone, if not.

    They speak by gloo, through the CPU, whatever the group itself uses. All ranks must call this.
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return ALONE
    default = dist.group.WORLD
    if id(default) not in _groups:
        group = None if dist.get_backend() == "gloo" else dist.new_group(backend="gloo", timeout=PATIENCE)
        assert group is None or isinstance(group, dist.ProcessGroup)
        _groups[id(default)] = Ranks(dist.get_rank(), dist.get_world_size(), group)
    return _groups[id(default)]


@contextmanager
def joined() -> Iterator[Ranks]:
    """Inside, processes started by `torchrun` are a process group; one that was started alone stays alone."""
    if not all(name in os.environ for name in LAUNCHED) or dist.is_initialized():
        yield ranks()
        return
    dist.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield ranks()
    finally:
        _groups.clear()
        dist.destroy_process_group()


def launched() -> int:
    """How many processes `torchrun` started, this one among them; 1 for one that was started alone."""
    size = os.environ.get("WORLD_SIZE", "1")
    return int(size) if all(name in os.environ for name in LAUNCHED) and size.isdigit() else 1
