"""The readings of a topology in a few words each."""

from textwrap import fill

from pushforward.manifold.topologies import Topology

WORDS = {True: "yes", False: "no", None: "unclear"}
AGREES = {True: "agrees", False: "DISAGREES", None: "does not decide"}


def rows(result: Topology, columns: int) -> list[tuple[str, str]]:
    """Pairs of what was read and what it says, in lines of so many letters, the first a third of them.

    >>> from pushforward.manifold.topologies.result import nothing
    >>> rows(nothing("there are 3 distinct points", points=3), 60)[-1]
    ('because', 'there are 3 distinct points')
    """
    lines = [("dimension", "unclear" if result.dimension is None else str(result.dimension))]
    if result.parts:
        lines += [
            ("parts", str(result.components)),
            *[(f"Betti, Z{'₂' if p == 2 else '₃'}", ", ".join(map(str, b))) for p, b in result.betti.items()],
            ("Euler", str(result.euler)),
            ("orientable", WORDS[result.orientable]),
            ("boundary", WORDS[result.boundary]),
            ("looks agree", f"{result.stability:.0%}"),
            ("persistence", "not computed" if result.check is None else AGREES[result.agrees]),
            *([] if result.check is None else _lifetimes(result)),
        ]
    lines.append(("points", f"{result.points:,}" + (f", {result.outliers:,} outliers" if result.outliers else "")))
    room = max(12, round(0.64 * columns))
    return [(head, fill(value, room)) for head, value in lines + _why(result)]


def _why(result: Topology) -> list[tuple[str, str]]:
    """What stands against a name, and what makes one doubtful."""
    return [("because", reason) for reason in result.reasons] + [("note", note) for note in result.notes]


def _lifetimes(result: Topology) -> list[tuple[str, str]]:
    """The longest ones of the largest part."""
    assert result.check is not None
    shown = [
        (k + 1, values[: b + 2])
        for k, (values, b) in enumerate(zip(result.check.lifetimes, result.check.betti, strict=True))
    ]
    return [(f"  lifetimes, H{k}", " ".join(f"{value:.2f}" for value in values) or "none") for k, values in shown]
