"""Progress with a remaining time, for long loops, in a terminal or a notebook; and how long things took."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


def track(steps: Iterable[T], what: str, *, show: bool, total: int | None = None) -> Iterator[T]:
    """The same steps, with a progress bar on standard error if `show`.

    >>> list(track([1, 2], "counting", show=False))
    [1, 2]
    """
    if not show:
        yield from steps
        return
    from tqdm.auto import tqdm

    yield from tqdm(steps, desc=what, total=total, leave=False)


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
