"""`Study`: what all studies say of how they came about."""

from dataclasses import dataclass


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
