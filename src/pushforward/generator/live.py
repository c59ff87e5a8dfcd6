"""What is shown of a run while it goes on: remaining time and how good it is so far."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Row = dict[str, float]
"""Means of the losses since the last row, and the step."""
Show = bool | Callable[[Row], Any]
"""A bar on standard error, nothing, or a function that is called with every row."""


@contextmanager
def live(show: Show, *, start: int, total: int) -> Iterator[Callable[[Row], Any]]:
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
