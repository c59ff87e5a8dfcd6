"""The table of programs, and parts that several of them share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from truths.programs.language import Stream, Test, Variable, aggregate, category, test

Value = float | None | list[float]
"""A category or a number; None where there is none; or the share of each category."""


@dataclass(frozen=True)
class Program:
    """A program: its output variable on a stream, and the same in plain Python."""

    name: str
    build: Callable[[Stream], Variable]
    reference: Callable[[Sequence[int], int], Sequence[Value]]
    """From tokens and the size of their vocabulary to the value at each position."""


PROGRAMS: dict[str, Program] = {}
Reference = Callable[[Sequence[int], int], Sequence[Value]]
Build = Callable[[Stream], Variable]


def program(name: str, reference: Reference) -> Callable[[Build], Build]:
    """Put a program into the table, with its reference."""

    def keep(build: Build) -> Build:
        PROGRAMS[name] = Program(name, build, reference)
        return build

    return keep


def same(x: Variable) -> Test:
    """Positions whose category is the query's own."""
    return test(x, x, lambda q, k: q == k)


def has(s: Stream, key: Variable, value: int) -> Test:
    """Positions with one value, whoever asks."""
    return test(s.positions, key, lambda _, k: k == value)


def at(s: Stream, place: Callable[[int], int]) -> Test:
    """The one position that `place` names, if it is there."""
    return test(s.positions, s.positions, lambda q, k: k == place(q))


def earlier(s: Stream, x: Variable) -> Variable:
    """The category one position earlier; none at the first."""
    return aggregate(s.select(at(s, lambda q: q - 1)), x)


def everywhere(s: Stream, flag: Variable, value: int = 1) -> Variable:
    """1 where all positions have the value, else 0; at every position alike."""
    return category(lambda n: n == s.length, 2, s.count(has(s, flag, value)))


def place(s: Stream, order: Variable, size: int, *, falling: bool = False) -> Variable:
    """How many positions come before each one, by a category and then by position."""
    n = s.length
    key = category(lambda x, i: ((size - 1 - x) if falling else x) * n + i, size * n, order, s.positions)
    return category(lambda c: min(c, n - 1), n, s.count(test(key, key, lambda q, k: k < q)))


def ordered(s: Stream, order: Variable, size: int, *, falling: bool = False) -> Variable:
    """The tokens in the order of a category, equal ones by position."""
    ranks = place(s, order, size, falling=falling)
    return aggregate(s.select(test(s.positions, ranks, lambda q, k: q == k)), s.tokens)
