"""Programs that compare tokens with one another."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from truths.programs.language import Stream, Variable, aggregate, category, number, test
from truths.programs.parts import Value, at, earlier, everywhere, has, program


def _compared(t: Sequence[int], passes: Callable[[int, int], bool], *, start: float) -> list[Value]:
    return [start, *[passes(a, b) for a, b in pairwise(t)]]


def with_earlier(s: Stream, passes: Callable[[int, int], bool]) -> Variable:
    """1 where the token before and this one pass a test; 0 at the first."""
    return category(lambda a, b: passes(a, b), 2, earlier(s, s.tokens), s.tokens)


@program("equals the first token", lambda t, _: [x == t[0] for x in t])
def _(s: Stream) -> Variable:
    first = aggregate(s.select(at(s, lambda _: 0)), s.tokens)
    return category(lambda a, b: a == b, 2, first, s.tokens)


@program("equals the token before", lambda t, _: [None, *_compared(t, int.__eq__, start=0)[1:]])
def _(s: Stream) -> Variable:
    return with_earlier(s, lambda a, b: a == b)


@program("rises", lambda t, _: [None, *_compared(t, int.__lt__, start=0)[1:]])
def _(s: Stream) -> Variable:
    return with_earlier(s, lambda a, b: a < b)


@program("after token 0 comes 1", lambda t, _: [None, *_compared(t, lambda a, b: (a, b) == (0, 1), start=0)[1:]])
def _(s: Stream) -> Variable:
    return with_earlier(s, lambda a, b: (a, b) == (0, 1))


@program("changes so far", lambda t, _: [sum(a != b for a, b in pairwise(t[: i + 1])) for i in range(len(t))])  # fmt: skip
def _(s: Stream) -> Variable:
    return s.count(has(s, with_earlier(s, lambda a, b: a != b), 1), causal=True)


@program("is a palindrome", lambda t, _: [list(t) == list(t)[::-1]] * len(t))
def _(s: Stream) -> Variable:
    mirror = aggregate(s.select(at(s, lambda q: s.length - 1 - q)), s.tokens)
    return everywhere(s, category(lambda a, b: a == b, 2, mirror, s.tokens))


@program("is sorted", lambda t, _: [sorted(t) == list(t)] * len(t))
def _(s: Stream) -> Variable:
    falls = with_earlier(s, lambda a, b: a > b)
    return category(lambda n: n == 0, 2, s.count(has(s, falls, 1)))


@program("largest token", lambda t, _: [max(t)] * len(t))
def _(s: Stream) -> Variable:
    more = s.count(test(s.tokens, s.tokens, lambda q, k: k > q))
    return aggregate(s.select(has(s, more, 0)), s.tokens)


@program("smallest token so far", lambda t, _: [min(t[: i + 1]) for i in range(len(t))])
def _(s: Stream) -> Variable:
    least = category(lambda _: 0, s.vocabulary, s.tokens)
    for v in range(s.vocabulary - 1):  # one more for each v that none so far is at most
        small = category(lambda x, v=v: x <= v, 2, s.tokens)
        none = category(lambda n: n == 0, 2, s.count(has(s, small, 1), causal=True))
        least = category(lambda a, b, v=v: a + b if a <= v else None, s.vocabulary, least, none)
    return least


# -- brackets: token 0 opens, token 1 closes ---------------------------------------------------------------------------


def _depths(t: Sequence[int]) -> list[int]:
    return [list(t[: i + 1]).count(0) - list(t[: i + 1]).count(1) for i in range(len(t))]


def _open_and_closed(s: Stream) -> tuple[Variable, Variable]:
    """How many brackets opened and closed so far."""
    opened, closed = (s.count(has(s, s.tokens, token), causal=True) for token in (0, 1))
    return opened, closed


@program("depth of brackets", lambda t, _: list(_depths(t)))
def _(s: Stream) -> Variable:
    return number(lambda a, b: a - b if a + b <= s.length else None, *_open_and_closed(s))


@program("brackets are balanced", lambda t, _: [min(_depths(t)) >= 0 and _depths(t)[-1] == 0] * len(t))
def _(s: Stream) -> Variable:
    opened, closed = _open_and_closed(s)
    sign = category(lambda a, b: 1 + (a > b) - (a < b) if a + b <= s.length else None, 3, opened, closed)
    last = aggregate(s.select(at(s, lambda _: s.length - 1)), sign)
    below = category(lambda n: n > 0, 2, s.count(has(s, sign, 0)))
    return category(lambda end, bad: end == 1 and not bad, 2, last, below)
