"""Progress with a remaining time, for long loops, in a terminal or a notebook; and how long things took."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

Row = dict[str, float]
"""Means of the losses since the last row, and the step."""
Show = bool | Callable[[Row], object]
"""A bar on standard error, nothing, or a function that is called with every row."""


@contextmanager
def live(show: Show, *, start: int, total: int) -> Iterator[Callable[[Row], object]]:
    """A function that takes a row and shows it."""
    if callable(show):
        yield show
        return
    if not show:
        yield _nothing
        return
    from tqdm.auto import tqdm

    with tqdm(desc="training a generator", initial=start, total=total, leave=False) as bar:

        def move(row: Row) -> None:
            bar.set_postfix({name: f"{row[name]:.3g}" for name in ("gap", "reconstruction", "cycle")}, refresh=False)
            bar.update(int(row["step"]) - bar.n)

        yield move


def _nothing(_: Row) -> None:
    pass


T = TypeVar("T")
# Seconds after which work shows its progress unasked
PATIENCE = 2.0


def track(items: Iterable[T], what: str, *, show: bool | None, total: int | None = None) -> Iterator[T]:
    """The same items, with a progress bar on standard error if `show`; after some seconds if it is None.

    >>> list(track([1, 2], "counting", show=False))
    [1, 2]
    """
    if show is False:
        yield from items
        return
    from tqdm.auto import tqdm

    yield from tqdm(items, desc=what, total=total, leave=False, delay=0.0 if show else PATIENCE)


@contextmanager
def stages(what: str, total: int, *, show: bool | None) -> Iterator[Callable[[], object]]:
    """A function to call after each of `total` parts of a long computation, which moves a bar if `show`.

    If `show` is None the bar appears at the first call after some seconds.

    >>> with stages("reading", 2, show=False) as done:
    ...     done()
    """
    if show is False:
        yield lambda: None
        return
    from tqdm.auto import tqdm

    with tqdm(desc=what, total=total, leave=False, delay=0.0 if show else PATIENCE) as bar:
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
