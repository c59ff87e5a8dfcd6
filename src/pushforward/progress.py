"""Progress with a remaining time: bars in a terminal or a notebook, lines in a log; and how long things took."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from functools import cache
from threading import RLock
from time import perf_counter
from typing import Any, TypeVar

Row = dict[str, float]
"""Means of the losses since the last row, and the step."""
Show = bool | Callable[[Row], object]
"""A bar on standard error, nothing, or a function that is called with every row."""


T = TypeVar("T")
# Seconds after which work shows its progress unasked, and from one line in a log to the next
PATIENCE, EVERY = 2.0, 20.0


@contextmanager
def live(show: Show, *, start: int, total: int) -> Iterator[Callable[[Row], object]]:
    """A function that takes a row and shows it."""
    if callable(show):
        yield show
        return
    if not show:
        yield _nothing
        return
    what = "training a generator"
    if in_log():
        lines = Lines(what, total, start=start)
        yield lambda row: lines.reach(int(row["step"]), f"reconstruction error {row['reconstruction']:.3g}")
        return
    with _bar()(desc=what, initial=start, total=total, leave=False, miniters=1) as bar:

        def move(row: Row) -> None:
            bar.set_postfix({name: f"{row[name]:.3g}" for name in ("gap", "reconstruction", "cycle")}, refresh=False)
            bar.update(int(row["step"]) - bar.n)

        yield move


def _nothing(_: Row) -> None:
    pass


@cache
def _bar() -> Any:
    """The class of bars, whose lock belongs to this process and that has no thread of its own.

    tqdm's own lock is shared with forked processes, too, and kept by whom a Ctrl-C or a closed stream interrupts while
    a bar is drawn: every other thread would wait for ever.
    """
    from tqdm.auto import tqdm

    class Bar(tqdm):
        monitor_interval = 0  # instead, `miniters` is one: the time is looked at after every item

        def refresh(self, nolock: bool = False, lock_args: Any = None) -> Any:
            if nolock:
                return super().refresh(nolock=True)
            lock = self.get_lock()
            if not lock.acquire(*lock_args or ()):
                return False
            try:
                return super().refresh(nolock=True)
            finally:
                lock.release()

    Bar.set_lock(RLock())
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: Bar.set_lock(RLock()))
    return Bar


def in_log() -> bool:
    """Whether standard error is read later, where a bar that moves would be one long line."""
    return not _in_notebook() and not (sys.stderr and sys.stderr.isatty())


def _in_notebook() -> bool:
    """Whether this is the kernel of a notebook, and not a program that has its library."""
    shell = sys.modules.get("IPython")
    return shell is not None and "ipykernel" in sys.modules and shell.get_ipython() is not None


class Lines:
    """Progress as lines on standard error with the time that is left: one after some seconds, then now and then."""

    def __init__(self, what: str, total: int | None, *, start: int = 0):
        self.what, self.total, self.start, self.count = what, total, start, start
        self.began = perf_counter()
        self.next = self.began + PATIENCE

    def update(self) -> None:
        """One more is done."""
        self.reach(self.count + 1)

    def reach(self, count: int, more: str = "") -> None:
        """So many are done."""
        self.count, now = count, perf_counter()
        if now < self.next or count == self.total or not sys.stderr:
            return
        self.next = now + EVERY
        sys.stderr.write(f"{self.what}: {self._counted(now - self.began)}{more and ', '}{more}\n")
        sys.stderr.flush()

    def _counted(self, seconds: float) -> str:
        if not self.total or self.count == self.start:
            return f"{self.count:,} done"
        left = seconds * (self.total - self.count) / (self.count - self.start)
        return f"{self.count:,} of {self.total:,}, about {_duration(left)} left"


def _duration(seconds: float) -> str:
    """Seconds, minutes or hours.

    >>> _duration(3), _duration(200), _duration(10_000)
    ('3 s', '3 min', '2.8 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def track(items: Iterable[T], what: str, *, show: bool | None, total: int | None = None) -> Iterator[T]:
    """The same items, with progress on standard error if `show`; after some seconds if it is None.

    >>> list(track([1, 2], "counting", show=False))
    [1, 2]
    """
    if show is False:
        yield from items
        return
    if in_log():
        lines = Lines(what, len(items) if total is None and isinstance(items, Sized) else total)
        for item in items:
            yield item
            lines.update()
        return
    yield from _bar()(items, desc=what, total=total, leave=False, delay=0.0 if show else PATIENCE, miniters=1)


@contextmanager
def stages(what: str, total: int, *, show: bool | None) -> Iterator[Callable[[], object]]:
    """A function to call after each of `total` parts of a long computation, which shows progress if `show`.

    If `show` is None it appears at the first call after some seconds.

    >>> with stages("reading", 2, show=False) as done:
    ...     done()
    """
    if show is False:
        yield lambda: None
        return
    if in_log():
        yield Lines(what, total).update
        return
    with _bar()(desc=what, total=total, leave=False, delay=0.0 if show else PATIENCE, miniters=1) as bar:
        yield bar.update


@contextmanager
def timed(timings: dict[str, float], what: str) -> Iterator[None]:
    """Note the seconds that the block takes.

    >>> times = {}
    >>> with timed(times, "nothing"):
    ...     pass
    >>> list(times)
    ['nothing']
    """
    began = perf_counter()
    yield
    timings[what] = perf_counter() - began
