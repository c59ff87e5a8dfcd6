"""Programs that look values up."""

from itertools import pairwise

from truths.programs.language import Stream, Variable, aggregate, category, number
from truths.programs.parts import at, earlier, program, same


def _cipher(x: int, v: int) -> int:
    return (2 * x + 1) % v if v % 2 else v - 1 - x


@program("substitute", lambda t, v: [_cipher(x, v) for x in t])
def _(s: Stream) -> Variable:
    return category(lambda x: _cipher(x, s.vocabulary), s.vocabulary, s.tokens)


@program("add the position", lambda t, v: [(x + i) % v for i, x in enumerate(t)])
def _(s: Stream) -> Variable:
    return category(lambda x, i: (x + i) % s.vocabulary, s.vocabulary, s.tokens, s.positions)


@program("tokens at even places", lambda t, _: [None if i % 2 else x for i, x in enumerate(t)])
def _(s: Stream) -> Variable:
    return category(lambda x, i: None if i % 2 else x, s.vocabulary, s.tokens, s.positions)


@program("substitute, in reverse", lambda t, v: [_cipher(x, v) for x in t[::-1]])
def _(s: Stream) -> Variable:
    mirror = aggregate(s.select(at(s, lambda q: s.length - 1 - q)), s.tokens)
    return category(lambda x: _cipher(x, s.vocabulary), s.vocabulary, mirror)


@program("unique tokens alone", lambda t, _: [x if list(t).count(x) == 1 else None for x in t])
def _(s: Stream) -> Variable:
    return category(lambda x, n: x if n == 1 else None, s.vocabulary, s.tokens, s.count(same(s.tokens)))


@program("difference to the token before", lambda t, _: [0, *[b - a for a, b in pairwise(t)]])
def _(s: Stream) -> Variable:
    return number(lambda a, b: b - a, earlier(s, s.tokens), s.tokens)


@program("sum with the token before", lambda t, v: [None, *[(a + b) % v for a, b in pairwise(t)]])
def _(s: Stream) -> Variable:
    return category(lambda a, b: (a + b) % s.vocabulary, s.vocabulary, earlier(s, s.tokens), s.tokens)


@program("squared token", lambda t, _: [x * x for x in t])
def _(s: Stream) -> Variable:
    return number(lambda x: x * x, s.tokens)
