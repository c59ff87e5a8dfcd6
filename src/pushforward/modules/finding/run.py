"""`find_modules`: neurons whose part of J Σ Jᵀ can be permuted to block-diagonal form."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

from torch import nn

from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput, Unfinished
from pushforward.kinds import Own
from pushforward.linear import Inputs
from pushforward.modules.finding.activity import activity_source
from pushforward.modules.finding.answer import Question, answer
from pushforward.modules.finding.method import Leiden
from pushforward.modules.finding.nearness import nearness
from pushforward.modules.finding.result import Modules
from pushforward.modules.finding.rows import Rows
from pushforward.modules.finding.sampling import sampled
from pushforward.modules.finding.source import brought_in_range, rows_of, source
from pushforward.modules.finding.twin import untrained_twin
from pushforward.net import Neurons, first_line
from pushforward.points import Stock, stock
from pushforward.rng import Seed, generator
from pushforward.runs import Folder, recorded
from pushforward.shards import Shards, surveyed

LEIDEN = Leiden()
# At how many inputs the untrained twin is looked at, at most
FEW = 8


@recorded
@surveyed
@steady
@checked
def find_modules(
    net: object,
    inputs: Inputs | None = None,
    X: object = None,
    *,
    seed: Seed,
    leak: float | None = None,
    by: Literal["directions", "activity"] = "directions",
    points: int = 32,
    directions: int = 128,
    sample: int = 1000,
    nulls: int = 39,
    twin: Annotated[bool | Callable[[], nn.Module], Own] = True,
    method: Leiden = LEIDEN,
    count: int | None = None,
    memory: int = 2**30,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    shards: Folder | Shards | None = None,  # noqa: ARG001 (taken by `surveyed`)
    progress: bool = False,
) -> Modules:
    r"""Sets of neurons that work with different directions of the input, how cleanly, and how sure that is.

    The factor F (a, r) is pushed at up to `points` of the inputs X (n, ...), by random mixtures if r > `directions`;
    one input gives local modules. In the squared correlations of its rows, averaged over inputs, disjoint sets of
    neurons are looked for that overlap with each other, but at most `leak` times as much between sets as within. Most
    neurons may be in none. The answer is a curve, `coverage` against leak, beside that of `nulls` networks whose
    channels are rotated at random within each layer, and of the same architecture with weights drawn anew (`twin`; a
    factory if it cannot be built by `reset_parameters`). The sets are those at the asked-for leak, by default the least
    at which they cover nearly all they ever do. They count only if they are more coherent than in rotated networks and
    are found again from other inputs and neurons. If none do, modules are planted into this network to see what would
    have been found.

    - At more than 1,024 points sets are looked for at 1,024 of them, and neurons are assigned at all. X may be larger
      than the memory: of files and data sets those inputs are read that are looked at.
    - `by="activity"`: sets that are active together over the inputs X, instead of reading the same directions; `inputs`
      are not needed.
    - Instead of (net, inputs, X), one factor (a, r), several (n, a, r) or what `pf.push` returns can be given.
    - `count` forces a partition of all neurons into that many blocks. `sample` neurons are looked at, all are assigned.
      `memory` (bytes) bounds the factors that are not pushed twice.

    >>> from pushforward.datasets import planted
    >>> from pushforward.inputs import Gaussian
    >>> from pushforward.net import Neurons
    >>> truth = planted(200, modules=2, seed=0)
    >>> modules = find_modules(Neurons(truth.model), Gaussian.isotropic((64,)), truth.inputs, points=8, seed=0)
    >>> len(modules.blocks), modules.p_value
    (2, 0.025)

    With `run=`, a folder, the result is kept there, and read when the same is asked again. With `shards=`, a folder,
    the ranks of a process group (`torchrun`) share the work, and what is done is kept: the same call resumes from it.

    Raises `BadInput`, and what `pf.push` raises. Sources: Sokal, Michener (1958) for the tree, Traag et al. (2019) for
    Leiden, Heap et al. (2025) for untrained twins.
    """
    _check(points=points, directions=directions, sample=sample, nulls=nulls, count=count)
    _check_question(leak, by, twin)
    draws = generator(seed)
    if isinstance(net, Neurons) and X is not None:
        X = stock(X, "`find_modules(net, inputs, X)`")  # once: an iterable of batches may be read only once
    make = activity_source if by == "activity" else source
    options = {"directions": directions, "memory": memory, "seed": draws}
    src = brought_in_range(make(net, inputs, X, points=points, **options)._replace(progress=progress))
    some = sampled(src, sample, seed=draws)

    def same(other: Neurons) -> Rows:
        """The rows of the same neurons of the untrained twin."""
        source_of_twin = brought_in_range(make(other, inputs, X, points=min(points, FEW), **options))
        return rows_of(source_of_twin, some.neurons[some.originals])[0]

    untrained = _of_twin(net, X, twin, same, draws)
    modules = answer(src, some, untrained, Question(leak, by, nulls, method, count, progress), seed=draws)
    return replace(modules, linearity=nearness(net, src, seed=draws))  # last: what was drawn before stays the same


def _of_twin(
    net: object, X: object, twin: bool | Callable[[], nn.Module], rows: Callable[[Neurons], Rows], draws: Seed
) -> Rows | str:
    """What `rows` gives of the untrained twin, or why there is none. Errors of the caller's own factory are raised."""
    if not twin or not isinstance(net, Neurons) or not isinstance(X, Stock):
        return "none was asked for" if isinstance(net, Neurons) else "factors have none"
    if not isinstance(twin, bool):
        return rows(untrained_twin(net, X, make=twin, seed=draws))
    try:
        return rows(untrained_twin(net, X, seed=draws))
    except Unfinished:
        raise
    except Exception as reason:  # whatever a stranger's initialisation does: the answer does without, and says so
        return first_line(reason)


def _check_question(leak: float | None, by: str, twin: object) -> None:
    if not isinstance(twin, bool) and not callable(twin):
        raise BadInput(f"`find_modules(twin={twin!r})`: True, False, or a function that makes a model is needed.")
    if leak is not None and not 0 <= leak < 1:
        raise BadInput(f"`find_modules(leak={leak!r})`: overlap between over within, a number in [0, 1), is needed.")
    if by not in ("directions", "activity"):
        raise BadInput(f"`find_modules(by={by!r})`: 'directions' or 'activity' is needed.")


def _check(*, points: int, directions: int, sample: int, nulls: int, count: int | None) -> None:
    for name, value, least in (
        ("points", points, 1),
        ("directions", directions, 8),
        ("sample", sample, 50),
        ("nulls", nulls, 19),
        ("count", count, 2),
    ):
        if value is not None and value < least:
            raise BadInput(f"`find_modules({name}={value})`: at least {least} is needed.")
