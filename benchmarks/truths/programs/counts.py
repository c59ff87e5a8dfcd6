"""Programs that count."""

from collections import Counter

from truths.programs.language import Stream, Variable, aggregate, category, number, test
from truths.programs.parts import has, program, same


@program("histogram", lambda t, _: [t.count(x) for x in t])
def _(s: Stream) -> Variable:
    return s.count(same(s.tokens))


@program("histogram so far", lambda t, _: [t[: i + 1].count(x) for i, x in enumerate(t)])
def _(s: Stream) -> Variable:
    return s.count(same(s.tokens), causal=True)


@program("is unique", lambda t, _: [t.count(x) == 1 for x in t])
def _(s: Stream) -> Variable:
    return category(lambda n: n == 1, 2, s.count(same(s.tokens)))


@program("is first of its kind", lambda t, _: [x not in t[:i] for i, x in enumerate(t)])
def first_of_kind(s: Stream) -> Variable:
    """1 where the token was not there before."""
    return category(lambda n: n == 1, 2, s.count(same(s.tokens), causal=True))


@program("is last of its kind", lambda t, _: [x not in t[i + 1 :] for i, x in enumerate(t)])
def _(s: Stream) -> Variable:
    behind = test(s.positions, s.positions, lambda q, k: k >= q)
    return category(lambda n: n == 1, 2, s.count(same(s.tokens), behind))


@program("number of kinds", lambda t, _: [len(set(t))] * len(t))
def _(s: Stream) -> Variable:
    return s.count(has(s, first_of_kind(s), 1))


@program("number of kinds so far", lambda t, _: [len(set(t[: i + 1])) for i in range(len(t))])
def _(s: Stream) -> Variable:
    return s.count(has(s, first_of_kind(s), 1), causal=True)


@program("count of token 0", lambda t, _: [t.count(0)] * len(t))
def _(s: Stream) -> Variable:
    return s.count(has(s, s.tokens, 0))


@program("count of token 1 so far", lambda t, _: [t[: i + 1].count(1) for i in range(len(t))])
def _(s: Stream) -> Variable:
    return s.count(has(s, s.tokens, 1), causal=True)


@program("parity of the count of token 2", lambda t, _: [t.count(2) % 2] * len(t))
def _(s: Stream) -> Variable:
    return category(lambda n: n % 2, 2, s.count(has(s, s.tokens, 2)))


@program("running parity of token 0", lambda t, _: [t[: i + 1].count(0) % 2 for i in range(len(t))])
def _(s: Stream) -> Variable:
    return category(lambda n: n % 2, 2, s.count(has(s, s.tokens, 0), causal=True))


@program("largest count", lambda t, _: [max(Counter(t).values())] * len(t))
def _(s: Stream) -> Variable:
    counts = s.count(same(s.tokens))
    more = s.count(test(counts, counts, lambda q, k: k > q))
    return aggregate(s.select(has(s, more, 0)), counts)


@program("more of token 0 than of 1", lambda t, _: [t.count(0) > t.count(1)] * len(t))
def _(s: Stream) -> Variable:
    zeros, ones = (s.count(has(s, s.tokens, token)) for token in (0, 1))
    return category(lambda a, b: a > b if a + b <= s.length else None, 2, zeros, ones)


@program("fraction of token 1 so far", lambda t, _: [t[: i + 1].count(1) / (i + 1) for i in range(len(t))])
def _(s: Stream) -> Variable:
    flag = number(lambda x: x == 1, s.tokens)
    shares = sorted({a / b for b in range(1, s.length + 1) for a in range(b + 1)})
    return aggregate(s.select(test(s.positions, s.positions, lambda q, k: k <= q)), flag, shares)


@program("mean token", lambda t, _: [sum(t) / len(t)] * len(t))
def mean_token(s: Stream) -> Variable:
    """The mean of the tokens as numbers."""
    every = s.select(test(s.positions, s.positions, lambda _q, _k: True))
    sums = range((s.vocabulary - 1) * s.length + 1)
    return aggregate(every, number(float, s.tokens), [total / s.length for total in sums])


@program("sum modulo the vocabulary", lambda t, v: [sum(t) % v] * len(t))
def _(s: Stream) -> Variable:
    return category(lambda mean: round(mean * s.length) % s.vocabulary, s.vocabulary, mean_token(s))


@program("squared mean token", lambda t, _: [(sum(t) / len(t)) ** 2] * len(t))
def _(s: Stream) -> Variable:
    return number(lambda mean: mean**2, mean_token(s))
