"""Programs that move tokens: to other places, in order, or after what they came after before."""

from collections.abc import Callable, Sequence

from truths.programs.language import Stream, Variable, aggregate, category, test
from truths.programs.parts import Build, Reference, Value, at, earlier, has, ordered, place, program, same


def moved(to: Callable[[int, int], int]) -> tuple[Build, Reference]:
    """A program that takes the token at place `to(i, n)`, and its reference."""

    def build(s: Stream) -> Variable:
        return aggregate(s.select(at(s, lambda q: to(q, s.length))), s.tokens)

    def reference(t: Sequence[int], _: int) -> list[Value]:
        places = [to(i, len(t)) for i in range(len(t))]
        return [t[p] if 0 <= p < len(t) else None for p in places]

    return build, reference


for _name, _to in {
    "reverse": lambda i, n: n - 1 - i,
    "previous token": lambda i, _n: i - 1,
    "next token": lambda i, _n: i + 1,
    "token two before": lambda i, _n: i - 2,
    "rotate": lambda i, n: (i - 1) % n,
    "first token": lambda _i, _n: 0,
    "last token": lambda _i, n: n - 1,
    "swap pairs": lambda i, n: min(i ^ 1, n - 1),
    "interleave halves": lambda i, n: i // 2 + (i % 2) * ((n + 1) // 2),
}.items():
    program(_name, moved(_to)[1])(moved(_to)[0])


@program("sort", lambda t, _: sorted(t))
def _(s: Stream) -> Variable:
    return ordered(s, s.tokens, s.vocabulary)


@program("sort, falling", lambda t, _: sorted(t, reverse=True))
def _(s: Stream) -> Variable:
    return ordered(s, s.tokens, s.vocabulary, falling=True)


@program("sort by frequency", lambda t, _: sorted(t, key=lambda x: -t.count(x)))
def _(s: Stream) -> Variable:
    return ordered(s, s.count(same(s.tokens)), s.length + 1, falling=True)


@program("rank", lambda t, _: [sum(y < x or (y == x and j < i) for j, y in enumerate(t)) for i, x in enumerate(t)])
def _(s: Stream) -> Variable:
    return place(s, s.tokens, s.vocabulary)


def _followers(t: Sequence[int], v: int) -> list[Value]:
    after = [[t[j] for j in range(1, i + 1) if t[j - 1] == x] for i, x in enumerate(t)]
    return [[f.count(c) / len(f) for c in range(v)] if f else None for f in after]


@program("induction", _followers)
def _(s: Stream) -> Variable:
    match = test(s.tokens, earlier(s, s.tokens), lambda q, k: q == k)
    return aggregate(s.select(match, causal=True), s.tokens)


@program("place of the first token 0", lambda t, _: [t.index(0) if 0 in t else None] * len(t))
def _(s: Stream) -> Variable:
    so_far = s.count(has(s, s.tokens, 0), causal=True)
    first = category(lambda x, n: x == 0 and n == 1, 2, s.tokens, so_far)
    return aggregate(s.select(has(s, first, 1)), s.positions)


@program("shares of tokens so far", lambda t, v: [[t[: i + 1].count(c) / (i + 1) for c in range(v)] for i in range(len(t))])  # fmt: skip
def _(s: Stream) -> Variable:
    return aggregate(s.select(test(s.positions, s.positions, lambda _q, _k: True), causal=True), s.tokens)
