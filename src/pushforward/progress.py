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
    if not isinstance(show, bool):
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


def track(items: Iterable[T], what: str, *, show: bool, total: int | None = None) -> Iterator[T]:
    """The same items, with a progress bar on standard error if `show`.

    >>> list(track([1, 2], "counting", show=False))
    [1, 2]
    """
    if not show:
        yield from items
        return
    from tqdm.auto import tqdm

    yield from tqdm(items, desc=what, total=total, leave=False)


@contextmanager
def stages(what: str, total: int, *, show: bool) -> Iterator[Callable[[], object]]:
    """A function to call after each of `total` parts of a long computation, which moves a bar if `show`.

    >>> with stages("reading", 2, show=False) as done:
    ...     done()
    """
    if not show:
        yield lambda: None
        return
    from tqdm.auto import tqdm

    with tqdm(desc=what, total=total, leave=False) as bar:
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
