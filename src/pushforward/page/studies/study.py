"""`Study`: what all studies say of how they came about."""

from dataclasses import dataclass
from typing import TypedDict

from pushforward import structure


class Origin(TypedDict):
    """Of which inputs a study speaks: how they are told, how many there are, and the shape of one."""

    inputs: str
    count: int
    shape: str


def origin(inputs: object, X: object) -> Origin:
    """That of inputs X (n, ...), a batch in any structure."""
    return Origin(inputs=repr(inputs), count=structure.length(X), shape=structure.describe(structure.item(X, 0)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """A result with everything that a reader of a report needs to understand, doubt and repeat it.

    `timings`: seconds per step. `versions`: of the packages that were used. `seed`, `command`, `code`: how to get the
    same again.
    """

    title: str
    timings: tuple[tuple[str, float], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    seed: int | None = None
    command: str = ""
    code: str = ""
