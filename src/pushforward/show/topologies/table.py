"""The readings of a topology in a few words each."""

from textwrap import fill

from pushforward.manifold.topologies import Topology

WORDS = {True: "yes", False: "no", None: "unclear"}
AGREES = {True: "agrees", False: "DISAGREES", None: "does not decide"}


def rows(found: Topology, columns: int) -> list[tuple[str, str]]:
    """Pairs of what was read and what it says, in lines of so many letters, the first a third of them.

    >>> from pushforward.manifold.topologies.result import nothing
    >>> rows(nothing("there are 3 distinct points", points=3), 60)[-1]
    ('because', 'there are 3 distinct points')
    """
    lines = [("dimension", "unclear" if found.dimension is None else str(found.dimension))]
    if found.parts:
        lines += [
            ("parts", str(found.components)),
            *[(f"Betti, Z{'₂' if p == 2 else '₃'}", ", ".join(map(str, b))) for p, b in found.betti.items()],
            ("Euler", str(found.euler)),
            ("orientable", WORDS[found.orientable]),
            ("boundary", WORDS[found.boundary]),
            ("looks agree", f"{found.stability:.0%}"),
            ("persistence", "not computed" if found.check is None else AGREES[found.agrees]),
            *([] if found.check is None else _lifetimes(found)),
        ]
    lines.append(("points", f"{found.points:,}" + (f", {found.outliers:,} outliers" if found.outliers else "")))
    room = max(12, round(0.64 * columns))
    return [(head, fill(value, room)) for head, value in lines + [("because", reason) for reason in found.reasons]]


def _lifetimes(found: Topology) -> list[tuple[str, str]]:
    """The longest ones of the largest part."""
    assert found.check is not None
    shown = [
        (k + 1, held[: b + 2]) for k, (held, b) in enumerate(zip(found.check.lifetimes, found.check.betti, strict=True))
    ]
    return [(f"  lifetimes, H{k}", " ".join(f"{value:.2f}" for value in held) or "none") for k, held in shown]
