"""Two sets of neurons contrasted: inputs are searched, the best walked from until both blocks can be kept fixed."""

from collections.abc import Iterator
from typing import NamedTuple

from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.contrasts.blocks import BlockLike, Scene, staged
from pushforward.modules.contrasts.density import Place, Unbounded, remote
from pushforward.modules.contrasts.factors import Pair
from pushforward.modules.contrasts.overlap import Dependence
from pushforward.modules.contrasts.result import Candidate, Contrast
from pushforward.modules.contrasts.search import Prospect, search
from pushforward.modules.contrasts.traversal import Traversal
from pushforward.modules.contrasts.traverse import Course, traverse
from pushforward.modules.contrasts.verdict import FIXED, WORST_FIXED
from pushforward.net import Neurons
from pushforward.progress import track
from pushforward.rng import Seed, generator
from pushforward.shards import each_result

# Candidates that are walked from, at most, until both blocks can be kept fixed
TRIED = 3
Trial = tuple[int, Traversal, Traversal]
"""The number of a candidate, and both traversals from it."""


class Knobs(NamedTuple):
    """The options of `contrast`, as documented there."""

    distance: float
    frames: int
    starts: int
    candidates: int
    directions: int
    clip: bool


def contrast_pair(
    net: Neurons,
    inputs: Inputs,
    A: object,
    B: object,
    *,
    start: object,
    seed: Seed,
    knobs: Knobs,
    progress: bool = False,
) -> Contrast:
    """`contrast` of two sets of neurons."""
    course = _course(knobs.distance, knobs.frames, knobs.directions, starts=knobs.starts, candidates=knobs.candidates)
    scene = staged(net, inputs, A, B, start, seed=seed, starts=knobs.starts)
    dependence = Dependence(scene.probe.blocks)
    prospects = search(
        scene.probe,
        scene.place,
        scene.charts,
        knobs.candidates,
        distance=knobs.distance if knobs.clip else 0.0,
        seed=generator(scene.seeds[0]),
        dependence=dependence,
        progress=progress,
    )
    where = scene.place if knobs.clip else Unbounded(scene.place)
    trials = _trials(scene, where, prospects, course, dependence.both_ways(), progress=progress)
    chosen, a, b = min(trials, key=_merit)
    best = prospects[chosen]
    return Contrast(
        input=best.chart.point,
        overlap=best.overlap,
        candidates=tuple(_candidate(scene, prospect) for prospect in prospects),
        chosen=chosen,
        a=a,
        b=b,
        dead=(scene.probe.blocks.moved.dead, scene.probe.blocks.fixed.dead),
        usual=scene.place.outside(best.score) == 0 and not remote(best.chart),
        products=scene.probe.products,
        copies=scene.copies,
    )


def _candidate(scene: Scene, p: Prospect) -> Candidate:
    return Candidate(p.start, p.chart.point, p.overlap, scene.place.percentile(p.score))


def traversals(
    net: Neurons,
    inputs: Inputs,
    A: BlockLike,
    B: BlockLike,
    *,
    start: object,
    seed: Seed,
    distance: float = 0.5,
    frames: int = 9,
    directions: int = 3,
    clip: bool = True,
    progress: bool = False,
) -> Iterator[Traversal]:
    """Traversals in which A moves and B is kept fixed, from every one of the inputs `start` (n, ...), without a search.

    Arguments and errors as of `contrast`; standard deviations and percentiles are among `start`.
    """
    course = _course(distance, frames, directions, starts=1, candidates=1)
    scene = staged(net, inputs, A, B, start, seed=seed, starts=None)
    where = scene.place if clip else Unbounded(scene.place)
    for _, chart in track(scene.charts, "moving", show=progress, total=len(scene.charts)):
        yield traverse(scene.probe, where, chart, course, seed=scene.seeds[1], copies=scene.copies)


def _trials(
    scene: Scene, where: Place, prospects: list[Prospect], course: Course, dependent: Pair[bool], *, progress: bool
) -> list[Trial]:
    """Both traversals from the most promising candidates, by number, until both blocks can be kept fixed."""
    trials: list[Trial] = []
    outside = [scene.place.outside(prospect.score) > 0 for prospect in prospects]
    promising = sorted(range(len(prospects)), key=lambda i: (outside[i], prospects[i].cramped, max(prospects[i].leaks)))
    for i in track(promising[:TRIED], "moving", show=progress):
        trials.append((i, *_both(scene, where, prospects[i], course, dependent)))
        if _succeeds(trials[-1]) or any(dependent) or scene.copies:
            break
    return trials


def _both(
    scene: Scene, where: Place, prospect: Prospect, course: Course, dependent: Pair[bool]
) -> tuple[Traversal, Traversal]:
    """A moved and B kept fixed, and the other way round, with the same random numbers."""
    probe, chart, seed, copies = scene.probe, prospect.chart, scene.seeds[1], scene.copies
    ways = ((probe, dependent.moved, ("A", "B")), (probe.swapped(), dependent.fixed, ("B", "A")))
    before = probe.products

    def way(i: int) -> Traversal:
        which, known, names = ways[i]
        return traverse(which, where, chart, course, seed=seed, names=names, dependent=known, copies=copies)

    a, b = each_result("moving", len(ways), way, Traversal)
    probe.products = before + a.products + b.products
    return a, b


def _succeeds(trial: Trial) -> bool:
    return all(t.verdict.good and t.reached for t in trial[1:])


def _merit(trial: Trial) -> tuple[int, float]:
    """Smaller is better: first that both blocks come as far as they should, then the larger leak, or worst neuron."""
    both = trial[1:]
    return sum(not t.reached for t in both), max(max(t.leak / FIXED, t.worst_leak / WORST_FIXED) for t in both)


def _course(distance: float, frames: int, directions: int, **others: int) -> Course:
    """Raises `BadInput` for impossible numbers."""
    if not 0 < distance < float("inf"):
        raise BadInput(
            f"`contrast(distance={distance})`: a positive number of standard deviations is needed, such as 0.5."
        )
    for name, value, least in (
        ("frames", frames, 2),
        ("directions", directions, 1),
        *((k, v, 1) for k, v in others.items()),
    ):
        if value < least:
            raise BadInput(f"`contrast({name}={value})`: at least {least} is needed.")
    return Course(float(distance), frames, directions)
