"""Which manifold has these numbers: the table of names, and what contradicts itself."""

from dataclasses import dataclass

from pushforward.manifold.topologies.solid_names import impossible, solid

UNNAMED = "unnamed"


@dataclass(frozen=True)
class Numbers:
    """What was read of one connected part.

    `betti`: over Z₂ and Z₃; `arms`: of curves, the most that leave a point, else 2; `boundary`, `orientable`: None
    where the readings do not decide; `circles`: of surfaces, of which the boundary consists; `flaws`: places
    around which a surface is no disc.
    """

    dim: int
    betti: dict[int, tuple[int, ...]]
    orientable: bool | None
    boundary: bool | None
    arms: int = 2
    circles: int | None = None
    flaws: int = 0
    group: str | None = None
    loops: int | None = None

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
    if numbers.dim == 2 and numbers.orientable and two != three:
        reasons.append(f"tangent frames are orientable, but there is torsion: {two} over Z₂, {three} over Z₃")
    if _euler(two) != _euler(three):
        reasons.append(f"Euler characteristics differ: {_euler(two)} over Z₂, {_euler(three)} over Z₃")
    special = _of_surface(numbers) if numbers.dim == 2 else impossible(numbers.betti, numbers.group, numbers.loops)
    return reasons + special + _dual(numbers)


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
    shape = {"orientable": bool(numbers.orientable), "boundary": bool(numbers.boundary)}
    return solid(numbers.betti, **shape, group=numbers.group) or UNNAMED


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


def _of_surface(numbers: Numbers) -> list[str]:
    """What is false of surfaces, with boundary or without."""
    two, three, reasons = numbers.betti[2], numbers.betti[3], []
    if numbers.flaws:
        reasons.append(
            f"triangles of a net make no surface at {numbers.flaws} places: it crosses or touches itself, branches, "
            "or is finer than its points or their noise. Give more points, or less noise"
        )
    if numbers.orientable and numbers.boundary is False and two[1] % 2:
        reasons.append(f"b1 of a closed orientable surface is even, but {two[1]} was read")
    if numbers.boundary and two != three:
        reasons.append(f"surfaces with boundary have no torsion, but {two} over Z₂ is {three} over Z₃")
    circles = numbers.circles
    if numbers.boundary and circles is not None and numbers.orientable:
        genus = (two[1] + 1 - circles) / 2
        if genus < 0 or genus != int(genus):
            reasons.append(f"an orientable surface with b1 = {two[1]} has no boundary of {circles} circles")
    return reasons


def _dual(numbers: Numbers) -> list[str]:
    """Where a closed manifold breaks Poincaré duality over Z₂, and over Z₃ if it is orientable.

    In odd dimensions the Euler characteristic is then 0.
    """
    if numbers.boundary is not False:
        return []
    fields = {2: "Z₂"} | ({3: "Z₃"} if numbers.orientable else {})
    return [
        f"Betti numbers of a closed manifold are the same from both ends, but {numbers.betti[p]} over {word} are not"
        for p, word in fields.items()
        if numbers.betti[p] != numbers.betti[p][::-1]
    ]


def _curve(numbers: Numbers) -> str:
    loops = numbers.betti[2][1]
    if numbers.arms <= 2:
        return "interval" if numbers.boundary else "circle"
    return "figure-eight" if (loops, numbers.arms, numbers.boundary) == (2, 4, False) else UNNAMED


def _bounded(numbers: Numbers) -> str:
    loops, circles = numbers.betti[2][1], numbers.circles
    if not numbers.orientable:
        return "Möbius band" if loops == 1 else UNNAMED
    if loops <= 1:
        return ("disc", "annulus")[loops]
    if circles is None:
        return UNNAMED
    genus = (loops + 1 - circles) // 2
    closed = {0: "sphere", 1: "torus"}.get(genus, f"genus {genus}")
    return f"{closed} with a hole" if circles == 1 else f"{closed} with {circles} holes"


def _closed(numbers: Numbers) -> str:
    loops = numbers.betti[2][1]
    if numbers.orientable:
        names = {0: "sphere", 2: "torus"}
        return names.get(loops, f"genus {loops // 2}" if loops % 2 == 0 else UNNAMED)
    return {1: "projective plane", 2: "Klein bottle"}.get(loops, UNNAMED)
