"""Several looks at all parts of what a generator makes, with other points and landmarks, and what most of them say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from pushforward.manifold.topologies.invariants import Reading, enough, read
from pushforward.manifold.topologies.names import Numbers, contradictions, name
from pushforward.manifold.topologies.persistence import check as check_part
from pushforward.manifold.topologies.result import Part
from pushforward.manifold.topologies.sampled import Sample, Sampler
from pushforward.points import nearest, parts
from pushforward.progress import track

# Landmarks of each look, in the usual number; the first takes all points.
LOOKS = (1.0, 1.0, 0.8, 0.9, 1.1)
# Share of the points that every other look takes.
LOOKED = 0.75
# Fewer looks than this share with one name, and there is none.
AGREED = 0.6


@dataclass(frozen=True, eq=False)
class Looks:
    """All parts, what stands against their names, and the first look at the largest."""

    parts: tuple[Part, ...]
    reasons: tuple[str, ...]
    reading: Reading


def looks(sampler: Sampler, *, check: bool, progress: bool, seed: torch.Generator) -> Looks | str:
    """What each look says of each part, or why a part cannot be read."""
    dim, whole = sampler.dim, sampler.draw(seed=seed)
    components = parts(whole.graph)
    small = [len(component) for component in components if not enough(len(component), dim)]
    if small:
        return f"a part has {small[0]} of {len(whole.y)} points: too few in dimension {dim}. Give more points"
    samples = [whole.part(component) for component in components]
    readings = [[read(part, share=LOOKS[0], seed=seed) for part in samples]]
    readings += [
        _again(sampler.draw(LOOKED, seed=seed), whole, components, share, seed)
        for share in track(LOOKS[1:], "looking again", show=progress)
    ]
    results, reasons = [], []
    for i, (part, component) in enumerate(zip(samples, components, strict=True)):
        numbers, names = _agreed([look[i].numbers if look else None for look in readings])
        beside = check_part(part, numbers.betti[2], seed=seed) if check else None
        results.append(Part(numbers, len(component) / len(whole.y), names, beside))
        reasons += _against(numbers, names)
    return Looks(tuple(results), tuple(reasons), readings[0][0])


def _again(
    again: Sample, whole: Sample, components: list[np.ndarray], share: float, seed: torch.Generator
) -> list[Reading]:
    """Readings in the order of the parts of the whole; none if there are other parts."""
    label = np.full(len(whole.y), -1)
    for i, component in enumerate(components):
        label[component] = i
    by_part: dict[int, Reading] = {}
    others = parts(again.graph)
    for component in others:
        beside = nearest(again.y[component[:50]], whole.y).indices[:, 0].numpy()
        one = Counter(label[beside].tolist()).most_common(1)[0][0]
        if len(others) == len(components) and one >= 0 and enough(len(component), again.dim):
            by_part[one] = read(again.part(component), share=share, seed=seed)
    return [by_part[i] for i in range(len(components))] if len(by_part) == len(components) else []


def _agreed(numbers: Sequence[Numbers | None]) -> tuple[Numbers, tuple[str | None, ...]]:
    """The numbers behind the name that is said most often, and all names."""
    names = tuple(None if one is None else name(one) for one in numbers)
    most = Counter(names).most_common(1)[0][0]
    agreeing = [one for one, word in zip(numbers, names, strict=True) if one is not None and word == most]
    return (agreeing or [one for one in numbers if one is not None])[0], names


def _against(numbers: Numbers, names: tuple[str | None, ...]) -> list[str]:
    """What stands against a name."""
    share = names.count(name(numbers)) / len(names)
    reasons = contradictions(numbers)
    if not reasons and share < AGREED:
        words = ", ".join(sorted({one or "contradictory" for one in names}))
        reasons.append(f"looks at other points and landmarks disagree: {words}. Give more points, or less noise")
    return reasons
