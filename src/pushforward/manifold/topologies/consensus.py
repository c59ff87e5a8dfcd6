"""Several looks at all parts of what a generator makes, with other points and landmarks, and what most of them say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from pushforward.manifold.topologies.invariants import LOOKED, Reading, enough, look, mesh_of, net_of, numbers_of
from pushforward.manifold.topologies.mesh import Mesh
from pushforward.manifold.topologies.names import Numbers, contradictions, name
from pushforward.manifold.topologies.persistence import Check
from pushforward.manifold.topologies.persistence import check as check_part
from pushforward.manifold.topologies.result import Part
from pushforward.manifold.topologies.sampled import Place
from pushforward.progress import track

# Landmarks of each look, in the usual number; the first takes all points.
LOOKS = (1.0, 1.0, 0.8, 0.9, 1.1)
# Fewer looks than this share with one name, and there is none.
AGREED = 0.6


@dataclass(frozen=True, eq=False)
class Looks:
    """All parts, what stands against their names, and the first look at each; the largest is the first."""

    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    readings: tuple[Reading, ...]


def looks(places: Sequence[Place], *, check: bool, progress: bool, seed: torch.Generator) -> Looks | str:
    """What each look says of each part, or why a part cannot be read."""
    whole = sum(place.points for place in places)
    small = [place for place in places if not enough(net_of(place), place.dim)]
    if small:
        return f"a part has {small[0].points} of {whole} points: too few in dimension {small[0].dim}. Give more points"
    results, reasons, notes, readings = [], [], list[str](), []
    for place in track(places, "looking at the parts", show=progress):
        meshes = [mesh_of(place, share=share, seed=seed)[0] for share in LOOKS] if place.dim == 2 else []
        reading, each = _readings(place, meshes, seed)
        numbers, names = _agreed(each, reading.numbers)
        beside = _checked(reading, numbers, seed) if check else None
        results.append(Part(numbers, place.points / whole, names, beside))
        readings.append(reading)
        reasons += _against(numbers, names)
        notes += [*reading.notes, *_doubts(meshes)]
    return Looks(tuple(results), tuple(reasons), tuple(dict.fromkeys(notes)), tuple(readings))


def _doubts(meshes: Sequence[Mesh]) -> list[str]:
    """What meshes say that costs a name its confidence."""
    said = {
        "at a narrow place the surface is only a few points wide: it may be a point, or a gap": [
            m.necks for m in meshes
        ],
        "a hole is as wide as the widest gaps: chance, or a part of the boundary": [m.doubtful for m in meshes],
    }
    return [note for note, counts in said.items() if 2 * sum(n > 0 for n in counts) > len(counts)]


def _readings(place: Place, meshes: Sequence[Mesh], seed: torch.Generator) -> tuple[Reading, list[Numbers | None]]:
    """A part read by landmarks, and what each look says: of surfaces the meshes, of others the landmarks."""
    first = look(place, points=1.0, share=LOOKS[0], seed=seed)
    if place.dim == 2:
        torn = [one for one in meshes if not one.clean]
        if 2 * len(torn) > len(meshes):
            flaws = max(1, *(one.flaws + one.touching + abs(one.pieces - 1) for one in torn))
            first = replace(first, numbers=replace(first.numbers, flaws=flaws))
        return first, [numbers_of(one) for one in meshes]
    again = [look(place, points=LOOKED, share=share, seed=seed).numbers for share in LOOKS[1:]]
    return first, _grouped([first.numbers, *again])


def _grouped(each: list[Numbers]) -> list[Numbers | None]:
    """With the fundamental group that most looks recognise, if none recognises another; otherwise with none."""
    groups = [one.group for one in each if one.group is not None]
    sure = len(set(groups)) == 1 and len(groups) >= AGREED * len(each)
    return [replace(one, group=groups[0] if sure else None) for one in each]


def _agreed(each: Sequence[Numbers | None], first: Numbers) -> tuple[Numbers, tuple[str | None, ...]]:
    """The numbers behind the name that is said most often, and all names."""
    names = tuple(None if one is None else name(one) for one in each)
    most = Counter(names).most_common(1)[0][0]
    agreeing = [one for one, word in zip(each, names, strict=True) if one is not None and word == most]
    return (agreeing or [first])[0], names


def _checked(reading: Reading, numbers: Numbers, seed: torch.Generator) -> Check:
    """Persistent homology against the numbers; where landmarks are too coarse for them it does not decide."""
    beside = check_part(reading.sample, numbers.betti[2], seed=seed)
    coarse = reading.numbers.betti[2] != numbers.betti[2]
    return replace(beside, agrees=None) if beside.agrees is False and coarse else beside


def _against(numbers: Numbers, names: tuple[str | None, ...]) -> list[str]:
    """What stands against a name."""
    share = names.count(name(numbers)) / len(names)
    reasons = contradictions(numbers)
    if not reasons and share < AGREED:
        words = ", ".join(sorted({one or "contradictory" for one in names}))
        reasons.append(f"looks at other points and landmarks disagree: {words}. Give more points, or less noise")
    return reasons
