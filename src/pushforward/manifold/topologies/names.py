"""Which manifold has these numbers: the table of names, and what contradicts itself."""

from dataclasses import dataclass

UNNAMED = "unnamed"


@dataclass(frozen=True)
class Numbers:
    """What was read of one connected part.

    `betti`: over Z₂ and Z₃; `arms`: of curves, the most that leave a point, else 2; `boundary`, `orientable`: None
    where the readings do not decide.
    """

    dim: int
    betti: dict[int, tuple[int, ...]]
    orientable: bool | None
    boundary: bool | None
    arms: int = 2

    @property
    def euler(self) -> int:
        """The Euler characteristic, over Z₂."""
        return sum((-1) ** k * b for k, b in enumerate(self.betti[2]))


def contradictions(numbers: Numbers) -> list[str]:
    """What cannot be true of any connected compact manifold, or curve with crossings, in words."""
    two, three = numbers.betti[2], numbers.betti[3]
    reasons = []
    if two[0] != 1 or three[0] != 1:
        reasons.append(f"the neighbour graph is connected, the cover has {two[0]} parts")
    if numbers.dim == 1:
        return reasons + _of_curve(numbers)
    if numbers.boundary is None:
        reasons.append("a few landmarks look like an edge: too many for chance, too few for a boundary")
    if numbers.orientable is None:
        reasons.append("signs of tangent frames do not fit together")
    if numbers.boundary is not None and two[-1] != (0 if numbers.boundary else 1):
        edge = "an edge was seen" if numbers.boundary else "no edge was seen"
        reasons.append(f"{edge}, but b{numbers.dim} over Z₂ is {two[-1]}")
    if numbers.orientable is not None and numbers.boundary is False and three[-1] != int(numbers.orientable):
        word = "orientable" if numbers.orientable else "not orientable"
        reasons.append(f"tangent frames are {word}, but b{numbers.dim} over Z₃ is {three[-1]}")
    if numbers.orientable and two != three:
        reasons.append(f"tangent frames are orientable, but there is torsion: {two} over Z₂, {three} over Z₃")
    if _euler(two) != _euler(three):
        reasons.append(f"Euler characteristics differ: {_euler(two)} over Z₂, {_euler(three)} over Z₃")
    return reasons


def name(numbers: Numbers) -> str | None:
    """The name of what has these numbers, "unnamed" if they fit together but are not in the table, None if they do not.

    >>> name(Numbers(2, {2: (1, 2, 1), 3: (1, 1, 0)}, orientable=False, boundary=False))
    'Klein bottle'

    Sources: the classification of surfaces (Dehn, Heegaard 1907; Brahana 1921).
    """
    if contradictions(numbers):
        return None
    if numbers.dim == 0:
        return "point"
    if numbers.dim == 1:
        return _curve(numbers)
    if numbers.dim == 2:
        return _bounded(numbers) if numbers.boundary else _closed(numbers)
    return UNNAMED


def union(names: list[str]) -> str:
    """Names of parts as that of the whole.

    >>> union(["circle", "sphere", "circle"])
    '2 × circle + sphere'
    """
    counts = {one: names.count(one) for one in sorted(names)}
    return " + ".join(one if n == 1 else f"{n} × {one}" for one, n in counts.items())


def _euler(betti: tuple[int, ...]) -> int:
    return sum((-1) ** k * b for k, b in enumerate(betti))


def _of_curve(numbers: Numbers) -> list[str]:
    loops, reasons = numbers.betti[2][1], []
    if numbers.betti[2] != numbers.betti[3]:
        reasons.append(f"curves have no torsion, but {numbers.betti[2]} over Z₂ is {numbers.betti[3]} over Z₃")
    if numbers.arms == 2 and loops != (0 if numbers.boundary else 1):
        ends = "ends" if numbers.boundary else "no ends"
        reasons.append(f"the curve has {ends} and no crossing, but {loops} loops")
    if numbers.arms > 2 and loops == 0 and not numbers.boundary:
        reasons.append("the curve branches, but has neither ends nor loops")
    return reasons


def _curve(numbers: Numbers) -> str:
    loops = numbers.betti[2][1]
    if numbers.arms <= 2:
        return "interval" if numbers.boundary else "circle"
    return "figure-eight" if (loops, numbers.arms, numbers.boundary) == (2, 4, False) else UNNAMED


def _bounded(numbers: Numbers) -> str:
    loops = numbers.betti[2][1]
    if loops == 0:
        return "disc" if numbers.orientable else UNNAMED
    if loops == 1:
        return "annulus" if numbers.orientable else "Möbius band"
    return UNNAMED


def _closed(numbers: Numbers) -> str:
    loops = numbers.betti[2][1]
    if numbers.orientable:
        names = {0: "sphere", 2: "torus"}
        return names.get(loops, f"genus {loops // 2}" if loops % 2 == 0 else UNNAMED)
    return {1: "projective plane", 2: "Klein bottle"}.get(loops, UNNAMED)
