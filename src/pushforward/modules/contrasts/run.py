"""`contrast`: an input on which two modules differ, one of them moved and the other kept fixed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack, overload

from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.contrasts.blocks import BlockLike
from pushforward.modules.contrasts.pair import Knobs, contrast_pair
from pushforward.modules.contrasts.result import Contrast
from pushforward.modules.contrasts.table import Contrasts, contrast_table
from pushforward.modules.finding import Modules
from pushforward.net import Neurons
from pushforward.renamed import renamed
from pushforward.rng import Seed
from pushforward.runs import Folder, recorded
from pushforward.shards import Shards, sharing, surveyed

Blocks = Modules | Sequence[BlockLike] | Mapping[str, BlockLike]
"""Several sets of neurons: what `find_modules` returns, or blocks in a sequence or by name."""


class Options(TypedDict, total=False):
    """What one contrast and a table of them have in common."""

    distance: float
    frames: int
    starts: int
    candidates: int
    directions: int
    clip: bool
    run: Folder | None
    shards: Folder | Shards | None
    progress: bool


@overload
def contrast(
    net: Neurons,
    inputs: Inputs,
    A: BlockLike,
    B: BlockLike,
    *,
    start: object,
    seed: Seed,
    **options: Unpack[Options],
) -> Contrast: ...


@overload
def contrast(
    net: Neurons,
    inputs: Inputs,
    A: Blocks,
    B: None = None,
    *,
    start: object,
    seed: Seed,
    checkpoint: str | Path | None = ...,
    **options: Unpack[Options],
) -> Contrasts: ...


@recorded
@renamed(path="checkpoint")
@surveyed
@steady
@checked
def contrast(
    net: Neurons,
    inputs: Inputs,
    A: BlockLike | Blocks,
    B: BlockLike | None = None,
    *,
    start: object,
    seed: Seed,
    distance: float = 0.5,
    frames: int = 9,
    starts: int = 64,
    candidates: int = 8,
    directions: int = 3,
    clip: bool = True,
    checkpoint: str | Path | None = None,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
    shards: Folder | Shards | None = None,  # noqa: ARG001 (taken by `surveyed`)
    progress: bool = False,
) -> Contrast | Contrasts:
    r"""An input on which A and B work with different properties, and what each does: two traversals from it.

    With the factors $F_A, F_B$ of both sets, each neuron in units of its standard deviation over `start`, and
    $M = F^\top F / m$, the overlap is the RV coefficient $\langle M_A, M_B \rangle / |M_A| |M_B|$. It is
    computed at `starts` of the inputs `start` (n, ...); the `candidates` best of those at which both blocks move are
    improved by random steps inside the distribution. From the best, A is moved along directions that maximise
    $v^\top M_A v / v^\top (M_B + \tau I) v$, computed anew at every step, and every step is corrected so that B returns
    to where it was; then B is moved and A kept fixed.

    - A, B: index tensors, boolean masks, or names of layers as `net.select` takes them. Without B, A is several
      sets, what `find_modules` returns, or blocks in a sequence or by name, and every pair of them is contrasted, both
      ways: a table (`Contrasts`). With a `checkpoint` it is written there after every pair, and a table that is there
      already is continued.
    - `start`: inputs from the data. One input without batch axis is taken as it is, without search; standard deviations
      are then those of the delta method, and percentiles those of the chart.
    - `distance`: how far the moved neurons go, root mean square, in σ. `frames`: how many inputs are shown on the way,
      the first included. `directions`: how many orthogonal ones are tried, both ways. `clip`: whether frames stay
      between the 1st and 99th percentile of density and, along the direction walked, within the largest |z| that any of
      the inputs `start` reaches there (3.5, what about 2,000 draws reach, where `start` are fewer than 20); otherwise
      both are only reported.

    A block is called kept fixed if its off-target change is at most 5% and none of its neurons moves more than half as
    much as the other block does. Sets of which one holds a copy of a neuron of the other (exact, negated, scaled or
    nearly so, `copies`) are not separated.

    With `run=`, a folder, the result is kept there, and read when the same is asked again. With `shards=`, a folder,
    the ranks of a process group (`torchrun`) share the starts and both traversals, or the pairs of a table, and what
    is done is kept there.

    Every number of the frames is measured by a forward pass. Raises `BadInput` for sets that are empty, overlap, or
    never move, for fewer than two modules, and for a `checkpoint` with another table; `UnknownLayer`, and what
    `pf.push` raises.

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
    if checkpoint is not None and sharing():
        raise BadInput("`contrast(checkpoint=..., shards=...)`: shards are checkpoints, too; give one of the two.")
    knobs = Knobs(distance, frames, starts, candidates, directions, clip)
    if B is None:
        return contrast_table(
            net, inputs, A, start=start, seed=seed, knobs=knobs, checkpoint=checkpoint, progress=progress
        )
    if isinstance(A, Modules | Mapping):
        raise BadInput(
            f"`contrast(net, inputs, A, B)`: A is {type(A).__name__}, several sets of neurons, and B another. Give two "
            "sets, `*modules.blocks[:2]`, or leave B out to contrast every pair."
        )
    if checkpoint is not None:
        raise BadInput(
            "`contrast(A, B, checkpoint=...)`: one pair takes seconds and has no checkpoint; a table of all pairs has, "
            "`contrast(net, inputs, modules, checkpoint=...)`. Save the result with `.save(path)`."
        )
    return contrast_pair(net, inputs, A, B, start=start, seed=seed, knobs=knobs, progress=progress)
