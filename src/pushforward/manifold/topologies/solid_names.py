"""Names of what has three dimensions: by its fundamental group, or else only by the homology that it shares."""

Numbers = tuple[int, ...]
Betti = dict[int, Numbers]
# By fundamental group.
CLOSED = {"1": "S³", "Z": "S²×S¹", "Z³": "T³", "Z/2": "RP³"}
# By Betti numbers over Z₂ and Z₃, orientable.
LIKE: dict[tuple[Numbers, Numbers], str] = {
    ((1, 0, 0, 1), (1, 0, 0, 1)): "S³",
    ((1, 1, 1, 1), (1, 1, 1, 1)): "S²×S¹",
    ((1, 3, 3, 1), (1, 3, 3, 1)): "T³",
    ((1, 1, 1, 1), (1, 0, 0, 1)): "RP³",
}
# By fundamental group and Betti numbers.
BOUNDED: dict[tuple[str, Numbers], str] = {
    ("1", (1, 0, 0, 0)): "ball",
    ("1", (1, 0, 1, 0)): "thick sphere",
    ("Z", (1, 1, 0, 0)): "solid torus",
    ("Z²", (1, 2, 1, 0)): "thick torus",
}
LIKE_BOUNDED = {betti: word for (_, betti), word in BOUNDED.items()}


def loops_of(group: str, p: int) -> int:
    """The first Betti number over Z_p of what has this fundamental group.

    >>> loops_of("Z/6", 3), loops_of("Z³", 2), loops_of("F2", 2), loops_of("1", 2)
    (1, 3, 2, 0)
    """
    if group == "1":
        return 0
    if group.startswith("Z/"):
        return int(int(group[2:]) % p == 0)
    if group.startswith("F"):
        return int(group[1:])
    return int("".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".index(c)) for c in group[1:]) or 1)


def solid(betti: Betti, *, orientable: bool, boundary: bool, group: str | None) -> str | None:
    """The name of a compact manifold of dimension 3; None if there is none for these readings.

    Closed orientable ones with these groups are the only ones with them, and so are those with boundary: their boundary
    follows from the Betti numbers (half of b₁ of the boundary bounds). Without a group that is recognised only homology
    is known, which others share: there are spheres of homology that are no spheres.

    >>> solid({2: (1, 0, 0, 1), 3: (1, 0, 0, 1)}, orientable=True, boundary=False, group=None)
    'closed 3-manifold with the homology of S³ over Z₂ and Z₃'

    Sources: Perelman (2003) for what the fundamental group determines; Hempel (1976) for what it does with boundary.
    """
    if not orientable:
        return None
    two, three = betti[2], betti[3]
    if boundary:
        return _bounded(two, group)
    if group is None:
        word = LIKE.get((two, three))
        return word and f"closed 3-manifold with the homology of {word} over Z₂ and Z₃"
    return CLOSED.get(group) or (f"lens space with fundamental group {group}" if group.startswith("Z/") else None)


def _bounded(betti: Numbers, group: str | None) -> str | None:
    if group is None:
        word = LIKE_BOUNDED.get(betti)
        return word and f"3-manifold with boundary with the homology of a {word} over Z₂ and Z₃"
    if group.startswith("F") and betti == (1, int(group[1:]), 0, 0):
        return f"handlebody of genus {group[1:]}"
    return BOUNDED.get((group, betti))


def impossible(betti: Betti, group: str | None, loops: int | None) -> list[str]:
    """Where fine landmarks see other loops than those that homology is read from: a group, or b₁ over Z₂."""
    if group is None:
        differ = loops is not None and loops != betti[2][1]
        return [f"fine landmarks see b1 = {loops} over Z₂, coarse ones {betti[2][1]}"] if differ else []
    fields = ((2, "Z₂"), (3, "Z₃"))
    return [
        f"the fundamental group is {group}, but b1 over {word} is {betti[p][1]}"
        for p, word in fields
        if loops_of(group, p) != betti[p][1]
    ]
