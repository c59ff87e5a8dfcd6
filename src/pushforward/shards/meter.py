"""How long the stages of a survey take, and how much memory: from a few items what many will need."""

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter


@dataclass
class Meter:
    """Of every stage the number of its shards and the seconds it took, by name; `peak` bytes of the process."""

    shards: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    whole: float = 0.0
    peak: int = 0

    @property
    def alone(self) -> float:
        """The seconds that are in no stage: every rank spends them."""
        return self.whole - sum(self.seconds.values())


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)
STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@contextmanager
def metered() -> Iterator[Meter]:
    """A meter of what happens inside; it is read afterwards."""
    meter = Meter()
    _give_back()
    with suppress(OSError):
        FORGET.write_text("5", encoding="ascii")  # the peak so far
    token, began = _meter.set(meter), perf_counter()
    try:
        yield meter
    finally:
        _meter.reset(token)
        meter.whole, meter.peak = perf_counter() - began, _peak()


@contextmanager
def timed_stage(what: str, shards: int) -> Iterator[None]:
    """A stage that is metered, if anything is; stages inside it belong to it."""
    meter = _meter.get()
    if meter is None:
        yield
        return
    token, began = _meter.set(None), perf_counter()
    try:
        yield
    finally:
        _meter.reset(token)
        meter.seconds[what] = meter.seconds.get(what, 0.0) + perf_counter() - began
        meter.shards[what] = meter.shards.get(what, 0) + shards


def _give_back() -> None:
    """Freed memory goes back to the system, where its library can: else what was measured before counts again."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _peak() -> int:
    """The largest resident memory since it was last forgotten, in bytes; where the system does not say, so far."""
    with suppress(OSError, StopIteration, ValueError):
        line = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)
