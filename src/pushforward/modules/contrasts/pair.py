"""`contrast`: an input on which two modules differ, one of them moved and the other held still."""

from collections.abc import Iterator
from typing import Any

from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.contrasts.blocks import Scene, staged
from pushforward.modules.contrasts.density import Place, Unbounded, remote
from pushforward.modules.contrasts.factors import Pair
from pushforward.modules.contrasts.overlap import Dependence
from pushforward.modules.contrasts.result import Candidate, Contrast
from pushforward.modules.contrasts.search import Found, search
from pushforward.modules.contrasts.traversal import Traversal
from pushforward.modules.contrasts.traverse import Course, traverse
from pushforward.net import Neurons
from pushforward.progress import track
from pushforward.rng import Seed, generator

TRIED = 3
"""Candidates that are walked from, at most, until both blocks hold."""


def contrast(
    net: Neurons,
    inputs: Inputs,
    A: Any,
    B: Any,
    start: Any,
    seed: Seed,
    *,
    distance: float = 0.5,
    frames: int = 9,
    starts: int = 64,
    candidates: int = 8,
    directions: int = 3,
    clip: bool = True,
    progress: bool = False,
) -> Contrast:
    r"""An input on which A and B work with different properties, and what each does: two traversals from it.

    With the factors $F_A, F_B$ of both sets, each neuron in units of its standard deviation over `start`, and
    $M = F^\top F / m$, the overlap is the RV coefficient $\langle M_A, M_B \rangle / |M_A| |M_B|$. It is looked at at
    `starts` of the inputs `start` (n, ...); the `candidates` best of those at which both blocks move are improved by
    random steps inside the distribution. From the best, A is moved along directions that maximise
    $v^\top M_A v / v^\top (M_B + \tau I) v$, found anew at every step, and every step is corrected so that B returns to
    where it was; then B is moved and A held.

    - A, B: index tensors, boolean masks, or names of layers as `net.select` takes them.
    - `start`: inputs from the data. One input without batch axis is taken as it is, without search; standard deviations
      are then those of the delta method, and percentiles those of the chart.
    - `distance`: how far the moved neurons go, root mean square, in σ. `frames`: how many inputs are shown on the way,
      the first included. `directions`: how many orthogonal ones are tried, both ways. `clip`: whether frames stay
      between the 1st and 99th percentile of density; otherwise percentiles are only told.

    Everything told of the frames is measured by a forward pass. Raises `BadInput` for sets that are empty, overlap, or
    never move, `UnknownLayer`, and what `pf.push` raises.

    >>> import torch
    >>> from pushforward.inputs import Gaussian
    >>> from pushforward.rng import normal
    >>> mixed = torch.nn.Linear(4, 6, bias=False)
    >>> mixed.weight.data = torch.eye(6, 4)
    >>> net = Neurons(torch.nn.Sequential(mixed, torch.nn.Tanh()))
    >>> c = contrast(net, Gaussian.isotropic((4,)), [0, 1], [2, 3], start=normal((30, 4), seed=0), seed=0)
    >>> c.a.frames.shape, round(float(c.a.moved[-1]), 2), round(c.a.leak, 4)
    (torch.Size([9, 4]), 0.5, 0.0)

    Sources: Zhu et al. (2021), He et al. (2022) for such directions in generators.
    """
    course = _course(distance, frames, directions, starts=starts, candidates=candidates)
    scene = staged(net, inputs, A, B, start, seed=seed, starts=starts)
    dependence = Dependence(scene.probe.blocks)
    found = search(
        scene.probe,
        scene.place,
        scene.charts,
        candidates,
        seed=generator(scene.seeds[0]),
        dependence=dependence,
        progress=progress,
    )
    dependent = dependence.found()
    where = scene.place if clip else Unbounded(scene.place)
    walked: list[tuple[int, Traversal, Traversal]] = []
    promising = sorted(range(len(found)), key=lambda i: (scene.place.outside(found[i].score) > 0, max(found[i].leaks)))
    for i in track(promising[:TRIED], "moving", show=progress):
        walked.append((i, *_both(scene, where, found[i], course, dependent)))
        if _holds(walked[-1]) or any(dependent):
            break
    chosen, a, b = min(walked, key=_merit)
    return Contrast(
        input=found[chosen].chart.point,
        overlap=found[chosen].overlap,
        candidates=tuple(Candidate(f.start, f.chart.point, f.overlap, scene.place.percentile(f.score)) for f in found),
        chosen=chosen,
        a=a,
        b=b,
        dead=(scene.probe.blocks.moved.dead, scene.probe.blocks.held.dead),
        usual=scene.place.outside(found[chosen].score) == 0 and not remote(found[chosen].chart),
        products=scene.probe.products,
    )


def traversals(
    net: Neurons,
    inputs: Inputs,
    A: Any,
    B: Any,
    start: Any,
    seed: Seed,
    *,
    distance: float = 0.5,
    frames: int = 9,
    directions: int = 3,
    clip: bool = True,
    progress: bool = False,
) -> Iterator[Traversal]:
    """Traversals in which A moves and B is held, from every one of the inputs `start` (n, ...), without a search.

    Arguments and errors as of `contrast`; standard deviations and percentiles are among `start`.
    """
    course = _course(distance, frames, directions, starts=1, candidates=1)
    scene = staged(net, inputs, A, B, start, seed=seed, starts=None)
    where = scene.place if clip else Unbounded(scene.place)
    for _, chart in track(scene.charts, "moving", show=progress, total=len(scene.charts)):
        yield traverse(scene.probe, where, chart, course, seed=scene.seeds[1])


def _both(scene: Scene, where: Place, found: Found, course: Course, dependent: Pair) -> tuple[Traversal, Traversal]:
    """A moved and B held, and the other way round, with the same random numbers."""
    a = traverse(scene.probe, where, found.chart, course, seed=scene.seeds[1], dependent=dependent.moved)
    other = scene.probe.swapped()
    b = traverse(other, where, found.chart, course, seed=scene.seeds[1], dependent=dependent.held, names=("B", "A"))
    scene.probe.products += other.products
    return a, b


def _holds(walked: tuple[int, Traversal, Traversal]) -> bool:
    return all(t.verdict.good and t.reached for t in walked[1:])


def _merit(walked: tuple[int, Traversal, Traversal]) -> tuple[int, float]:
    """Smaller is better: first that both blocks come as far as they should, then the larger leak."""
    both = walked[1:]
    return sum(not t.reached for t in both), max(t.leak for t in both)


def _course(distance: float, frames: int, directions: int, **counts: int) -> Course:
    """Raises `BadInput` for impossible numbers."""
    if not 0 < distance < float("inf"):
        raise BadInput(
            f"`contrast(distance={distance})`: a positive number of standard deviations is needed, such as 0.5."
        )
    for name, value, least in (
        ("frames", frames, 2),
        ("directions", directions, 1),
        *((k, v, 1) for k, v in counts.items()),
    ):
        if value < least:
            raise BadInput(f"`contrast({name}={value})`: at least {least} is needed.")
    return Course(distance, frames, directions)
