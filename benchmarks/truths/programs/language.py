"""A small language of programs over token sequences: select, aggregate, map.

A variable has a value at every position: a category out of `size`, or a number out of `numbers`. Variables are equal if
they are computed alike. After Weiss, Goldberg, Yahav (2021), "Thinking like transformers".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from pushforward.errors import BadInput


@dataclass(frozen=True)
class Variable:
    """What is computed at every position: a category 0 … size − 1 or, if `numbers`, one of these numbers."""

    size: int
    numbers: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Directions of the residual stream that it takes: one a category, or one in all."""
        return 1 if self.numbers else self.size

    @property
    def sources(self) -> tuple["Variable", ...]:
        """What it is computed from."""
        return ()

    @cached_property
    def _hash(self) -> int:
        return hash((type(self).__name__, self.size, self.numbers, self._told()))

    def _told(self) -> tuple[object, ...]:
        return ()

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Tokens(Variable):
    """The token at each position."""

    __hash__ = Variable.__hash__


@dataclass(frozen=True)
class Positions(Variable):
    """The position itself."""

    __hash__ = Variable.__hash__


@dataclass(frozen=True)
class Map(Variable):
    """An elementwise function of one variable or two: `table` holds its value at each (pair of) source value(s).

    Of categories the table is in their order (row by row for two); of a number in the order of its `numbers`. Where it
    is None there is no value: what cannot occur, or is zero.
    """

    x: Variable = Variable(0)
    y: Variable | None = None
    table: tuple[float | None, ...] = ()
    __hash__ = Variable.__hash__

    @property
    def sources(self) -> tuple[Variable, ...]:
        """One variable or two."""
        return (self.x,) if self.y is None else (self.x, self.y)

    def _told(self) -> tuple[object, ...]:
        return self.x, self.y, self.table


@dataclass(frozen=True)
class Test:
    """Whether a position with one category may see another with one: `table` (queries, keys), row by row."""

    query: Variable
    key: Variable
    table: tuple[bool, ...]


@dataclass(frozen=True)
class Select:
    """Which positions each position sees: those that pass all tests and, if `causal`, are not behind it."""

    tests: tuple[Test, ...]
    causal: bool = False

    @property
    def sources(self) -> tuple[Variable, ...]:
        """All that is tested."""
        return tuple(part for test in self.tests for part in (test.query, test.key))


@dataclass(frozen=True)
class Aggregate(Variable):
    """The mean of `value` over the selected positions (of a category, of its indicators); zero where there is none."""

    select: Select = Select(())
    value: Variable = Variable(0)
    __hash__ = Variable.__hash__

    @property
    def sources(self) -> tuple[Variable, ...]:
        """What is tested and what is averaged."""
        return *self.select.sources, self.value

    def _told(self) -> tuple[object, ...]:
        return self.select, self.value


@dataclass(frozen=True)
class Width(Variable):
    """1 / (1 + how many positions are selected)."""

    select: Select = Select(())
    __hash__ = Variable.__hash__

    @property
    def sources(self) -> tuple[Variable, ...]:
        """What is tested."""
        return self.select.sources

    def _told(self) -> tuple[object, ...]:
        return (self.select,)


@dataclass(frozen=True)
class Stream:
    """The sequence that a program reads: `length` tokens out of `vocabulary`, and what can be made of them."""

    vocabulary: int
    length: int

    @property
    def tokens(self) -> Variable:
        """The tokens."""
        return Tokens(self.vocabulary)

    @property
    def positions(self) -> Variable:
        """The positions."""
        return Positions(self.length)

    def select(self, *tests: Test, causal: bool = False) -> Select:
        """Positions that pass all tests."""
        return Select(tests, causal)

    def count(self, *tests: Test, causal: bool = False) -> Variable:
        """How many positions pass all tests, as a category 0 … length."""
        n = self.length
        width = Width(1, tuple(1 / (1 + w) for w in range(n, -1, -1)), Select(tests, causal))
        return Map(n + 1, (), width, None, tuple(range(n, -1, -1)))


def test(query: Variable, key: Variable, passes: Callable[[int, int], bool]) -> Test:
    """A test of two categories."""
    _check_category(query, key)
    return Test(query, key, tuple(bool(passes(q, k)) for q, k in product(range(query.size), range(key.size))))


def aggregate(select: Select, value: Variable, numbers: Sequence[float] = ()) -> Variable:
    """The mean of a value over the selected positions; of a number, say which can come out."""
    return Aggregate(value.size, tuple(numbers), select, value)


def category(f: Callable[..., int | None], size: int, x: Variable, y: Variable | None = None) -> Variable:
    """A category 0 … size − 1 as a function of one variable or two."""
    table = tuple(None if value is None else int(value) for value in (f(*values) for values in _values(x, y)))
    some = [value for value in table if value is not None]
    if not all(0 <= value < size for value in some):
        raise BadInput(f"`category(f, {size}, ...)`: f gives {min(some)} to {max(some)}. Use a larger `size`.")
    return Map(size, (), x, y, table)


def number(f: Callable[..., float | None], x: Variable, y: Variable | None = None) -> Variable:
    """A number as a function of one variable or two."""
    table = tuple(None if value is None else float(value) for value in (f(*values) for values in _values(x, y)))
    return Map(1, tuple(sorted({value for value in table if value is not None})), x, y, table)


def _values(x: Variable, y: Variable | None) -> list[tuple[float, ...]]:
    if y is not None:
        _check_category(x, y)
        return list(product(range(x.size), range(y.size)))
    return [(v,) for v in (x.numbers or range(x.size))]


def _check_category(*variables: Variable) -> None:
    if any(v.numbers for v in variables):
        raise BadInput("a test, or a map of two, was given a number; it needs categories. Use `category(f, size, x)`.")
