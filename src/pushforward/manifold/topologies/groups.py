"""The fundamental group of a complex, where its presentation can be brought to a form that is recognised."""

import math
from collections import Counter, deque
from collections.abc import Iterable
from itertools import combinations

from pushforward.manifold.topologies.complexes import Complex

Word = tuple[int, ...]
"""A product of generators 1, 2, …; a negative number is an inverse."""
# Words longer than this are given up on: no group below needs them, and substitution makes others longer still.
LONGEST = 60
TRIVIAL = "1"


def fundamental_group(complex_: Complex) -> str | None:
    """The fundamental group of a connected complex: "1", "Z", "Z/2", "Z³", "F2" (free); None if it is not recognised.

    Edges outside a spanning tree generate it, triangles are its relations; generators that a relation expresses by
    others are put out until nothing is left to do (Tietze 1908). That no form is recognised proves nothing.

    >>> from pushforward.manifold.topologies.complexes import closure
    >>> fundamental_group(closure([(0, 1), (1, 2), (0, 2)])), fundamental_group(closure([(0, 1, 2)]))
    ('Z', '1')
    """
    edges = [(int(i), int(j)) for i, j in complex_.simplices[1]]
    tree = _tree(edges)
    names = {edge: n + 1 for n, edge in enumerate(edge for edge in edges if edge not in tree)}
    triangles = complex_.simplices[2].tolist() if complex_.dim > 1 else []
    relations = [
        tuple(s * names[e] for e, s in (((i, j), 1), ((j, k), 1), ((i, k), -1)) if e in names) for i, j, k in triangles
    ]
    return recognised(*simplified(*identified(set(names.values()), relations)))


def _tree(edges: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """The edges of a spanning tree, found breadth first."""
    beside: dict[int, list[int]] = {}
    for i, j in edges:
        beside.setdefault(i, []).append(j)
        beside.setdefault(j, []).append(i)
    seen, tree = set[int](), set[tuple[int, int]]()
    for root in beside:
        waiting = deque([] if root in seen else [root])
        seen.add(root)
        while waiting:
            i = waiting.popleft()
            for j in beside[i]:
                if j not in seen:
                    seen.add(j)
                    tree.add((min(i, j), max(i, j)))
                    waiting.append(j)
    return tree


def identified(generators: set[int], relations: list[Word]) -> tuple[set[int], list[Word]]:
    """The same group after all relations of one letter, and of two different ones, have been used up.

    >>> identified({1, 2, 3}, [(1, -2), (2, 3, 3)])
    ({1, 3}, [(1, 3, 3)])
    """
    value: dict[int, int] = {g: g for g in generators}  # the generator that each one is, or its inverse, or 0

    def now(s: int) -> int:
        way = []
        while value.get(abs(s), 0) != abs(s) and s:
            way.append(s)
            s = value[abs(s)] if s > 0 else -value[abs(s)]
        for t in way:
            value[abs(t)] = s if t > 0 else -s
        return s

    rest, before = relations, None
    while len(rest) != before:
        before, left = len(rest), list[Word]()
        for relation in rest:
            word = reduced(now(s) for s in relation)
            if len(word) == 1:
                value[abs(word[0])] = 0
            elif len(word) == 2 and abs(word[0]) != abs(word[1]):
                value[abs(word[1])] = -word[0] if word[1] > 0 else word[0]
            elif word:
                left.append(word)
        rest = list(dict.fromkeys(left))
    return {g for g in generators if value[g] == g}, rest


def reduced(word: Iterable[int]) -> Word:
    """The word without what cancels, at its ends as well; zeros are nothing."""
    letters: list[int] = []
    for s in word:
        if letters and letters[-1] == -s:
            letters.pop()
        elif s:
            letters.append(s)
    first, last = 0, len(letters) - 1
    while first < last and letters[first] == -letters[last]:
        first, last = first + 1, last - 1
    return tuple(letters[first : last + 1])


def simplified(generators: set[int], relations: list[Word]) -> tuple[set[int], set[Word]] | tuple[None, None]:
    """A presentation of the same group with as few generators as substitution leaves; None where words get too long.

    >>> simplified({1, 2, 3}, [(1, 2), (2, 3, 3)])
    ({3}, set())
    """
    generators, words = set(generators), {canonical(w) for w in relations} - {()}
    while True:
        word, g = _solvable(words)
        if g is None:
            return generators, words
        at = next(i for i, s in enumerate(word) if abs(s) == g)
        rest = word[at + 1 :] + word[:at]  # g^± · rest = 1
        value = inverse(rest) if word[at] > 0 else rest
        generators.discard(g)
        some = {w for w in words if g in w or -g in w}
        words -= some
        words |= {canonical(substituted(w, g, value)) for w in some} - {()}
        if any(len(w) > LONGEST for w in words):
            return None, None


def _solvable(words: set[Word]) -> tuple[Word, int | None]:
    """The shortest word with a generator that is in it once, and the one of these that is in the fewest words."""
    used = Counter(abs(s) for w in words for s in w)
    for word in sorted(words, key=lambda w: (len(w), w)):
        once = [g for g, n in Counter(map(abs, word)).items() if n == 1]
        if once:
            return word, min(once, key=lambda g: (used[g], g))
    return (), None


def inverse(word: Word) -> Word:
    """The word backwards, each letter inverted."""
    return tuple(-s for s in reversed(word))


def substituted(word: Word, g: int, value: Word) -> Word:
    """The word with `value` in the place of the generator g."""
    back = inverse(value)
    return tuple(t for s in word for t in (value if s == g else back if s == -g else (s,)))


def canonical(word: Word) -> Word:
    """The first in order of all cyclic rotations of the word, freely and cyclically reduced, and of its inverse.

    >>> canonical((2, 1, -1, -2, 3)), canonical((-3, 5))
    ((-3,), (-5, 3))
    """
    short = reduced(word)
    turns = [w[i:] + w[:i] for w in (short, inverse(short)) for i in range(len(w))]
    return min(turns, default=())


def recognised(generators: set[int] | None, words: set[Word] | None) -> str | None:
    """The name of the group that is presented, if it is free, cyclic, or free abelian with all commutators as words.

    >>> recognised({1, 2}, {canonical((1, 2, -1, -2))}), recognised({1}, {(1, 1), (1, 1, 1, 1)})
    ('Z²', 'Z/2')
    """
    if generators is None or words is None:
        return None
    if len(generators) == 1:
        order = math.gcd(*map(len, words)) if words else 0
        return {0: "Z", 1: TRIVIAL}.get(order, f"Z/{order}")
    if not words:
        return f"F{len(generators)}" if generators else TRIVIAL
    swaps = {canonical((a, b, -a, -b)) for a, b in combinations(sorted(generators), 2)}
    balanced = all(
        sum(s > 0 for s in w if abs(s) == g) * 2 == sum(abs(s) == g for s in w) for w in words for g in generators
    )
    power = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in str(len(generators)))
    return f"Z{power}" if swaps <= words and balanced else None
