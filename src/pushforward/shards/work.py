"""Work on many items, done here, or shard by shard by all ranks: the same to the bit, whoever did what."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import torch
from safetensors.torch import load as unpacked
from safetensors.torch import save as packed
from torch import Tensor

from pushforward import codec
from pushforward.errors import Unfinished
from pushforward.progress import track
from pushforward.shards.crew import Crew
from pushforward.shards.files import Files, Tensors
from pushforward.shards.meter import timed_stage

T = TypeVar("T")
_crew: ContextVar[Crew | None] = ContextVar("crew", default=None)


@contextmanager
def together(crew: Crew | None) -> Iterator[None]:
    """Inside, `each` and `total` share their work with a crew; with None they do not."""
    token = _crew.set(crew)
    try:
        yield
    finally:
        _crew.reset(token)


def sharing() -> bool:
    """Whether work is shared with others, or kept so that it can be gone on with."""
    return _crew.get() is not None


def each(
    what: str, n: int, work: Callable[[int], Tensors], *, size: int = 1, divided: bool = False,
    show: bool | None = False,
) -> list[Tensors]:  # fmt: skip
    """What `work` gives for 0 … n − 1, in this order.

    In a survey every rank does some shards of `size` items, keeps them in files, and gets what the others did; shards
    that are in files already are read. `what` names the stage, and progress if it is shown. All ranks must ask for the
    same stages in the same order; work that asks for stages of its own does these alone. A stage is `divided` among
    machines that never meet if it is long; the others are done by each of them.

    >>> [int(one["square"]) for one in each("squares", 3, lambda i: {"square": torch.tensor(i * i)})]
    [0, 1, 4]
    """
    crew, shards = _crew.get(), _split(n, size)
    if crew is None:
        with timed_stage(what, len(shards)):
            return [work(i) for i in track(range(n), what, show=show)]
    files = crew.stage(what)
    there = [list[int](json.loads(told)) for told in crew.ranks.gather(json.dumps(files.done(len(shards))).encode())]
    readers = {shard: rank for rank, done in reversed([*enumerate(there)]) for shard in done}
    pending = [shard for shard in range(len(shards)) if shard not in readers]
    part = crew.of_part(pending, divided=divided)
    ours = {shard: files.read(shard) for shard, rank in readers.items() if rank == crew.ranks.rank}
    with together(None):
        for shard in track(crew.ours(part), what, show=show if crew.ranks.first else False):
            ours[shard] = {f"{i}.{name}": t.clone() for i in shards[shard] for name, t in work(i).items()}
            files.write(shard, ours[shard])
    _whole(crew, what, len(pending), others=len(pending) - len(part))
    return _in_order(crew, ours, n)


def each_result(
    what: str, n: int, work: Callable[[int], T], kind: type[T], *, divided: bool = False, show: bool | None = False
) -> list[T]:
    """As `each`, of dataclasses of one kind; those that went through files are on the CPU.

    >>> from pushforward.linear import SVD
    >>> (one,) = each_result("modes", 1, lambda i: SVD(torch.eye(2), torch.ones(2), torch.eye(2)), SVD)
    >>> one.S
    tensor([1., 1.])
    """
    if not sharing():
        with timed_stage(what, n):
            return [work(i) for i in track(range(n), what, show=show)]
    parts = each(what, n, lambda i: codec.packed(work(i)), divided=divided, show=show)
    return [codec.unpacked(one, kind) for one in parts]


def _in_order(crew: Crew, ours: dict[int, Tensors], n: int) -> list[Tensors]:
    """The items of all ranks, of which some are ours."""
    parts = {name: t for shard in ours.values() for name, t in shard.items()}
    if crew.ranks.size > 1:
        told = crew.ranks.gather(packed({name: t.contiguous() for name, t in parts.items()}))
        parts = {name: t for one in told for name, t in unpacked(one).items()}
    items = [Tensors() for _ in range(n)]
    for name, t in parts.items():
        number, _, key = name.partition(".")
        items[int(number)][key] = t
    return items


def total(
    what: str, n: int, add: Callable[[int, Tensors], None], *, size: int = 1, divided: bool = False,
    of: Tensor | None = None, show: bool | None = False,
) -> Tensors:  # fmt: skip
    """The sums to which `add` adds what there is of 0 … n − 1: whole numbers, so that no order matters.

    `add(i, sums)` puts tensors of zeros into `sums` where they are missing. In a survey every rank keeps one file with
    the sum of its shards; see `each`. `of`: what `add` has from earlier stages; sums for which that differs are never
    added up. Raises `BadInput` then.

    >>> def add(i, sums):
    ...     sums.setdefault("squares", torch.zeros((), dtype=torch.long)).add_(i * i)
    >>> int(total("squares", 4, add)["squares"])
    14
    """
    crew, shards, sums = _crew.get(), _split(n, size), Tensors()
    if crew is None:
        with timed_stage(what, len(shards)):
            for i in track(range(n), what, show=show):
                add(i, sums)
        return sums
    files = crew.stage(what, of)
    chosen = _disjoint(crew, files)
    pending = sorted(set(range(len(shards))) - {shard for done in chosen for shard in done})
    part = crew.of_part(pending, divided=divided)
    done: list[int] = []
    with together(None):
        for shard in track(crew.ours(part), what, show=show if crew.ranks.first else False):
            for i in shards[shard]:
                add(i, sums)
            done.append(shard)
            files.write_sum(done, sums)
    _whole(crew, what, len(pending), others=len(pending) - len(part))
    for number in (number for number in chosen.values() if number is not None):
        _add(sums, files.read_sum(number))
    return _added_up(crew, sums)


def _disjoint(crew: Crew, files: Files) -> dict[tuple[int, ...], int | None]:
    """Sums that have no shard in common, of all that any rank has; with the numbers of those that this rank reads."""
    here = files.sums()
    told = crew.ranks.gather(json.dumps(sorted(here)).encode())
    there = [{tuple(done) for done in json.loads(one)} for one in told]
    chosen, known = dict[tuple[int, ...], int | None](), set[int]()
    for done in sorted(set().union(*there), key=lambda done: (-len(done), done)):
        if known.isdisjoint(done):
            reader = next(rank for rank, sums in enumerate(there) if done in sums)
            chosen[done] = here[done] if reader == crew.ranks.rank else None
            known.update(done)
    return chosen


def _added_up(crew: Crew, sums: Tensors) -> Tensors:
    """The sums of all ranks, of which some may have none."""
    shapes = {name: list(t.shape) for name, t in sums.items()}
    told = [json.loads(one) for one in crew.ranks.gather(json.dumps(shapes).encode())]
    for name, shape in sorted({name: shape for one in told for name, shape in one.items()}.items()):
        zero = torch.zeros(shape, dtype=torch.long)
        sums[name] = crew.ranks.total(sums.get(name, zero))
    return sums


def _add(sums: Tensors, more: Tensors) -> None:
    for name, t in more.items():
        sums[name] = sums[name] + t if name in sums else t


def _split(n: int, size: int) -> list[range]:
    return [range(first, min(first + size, n)) for first in range(0, n, size)]


def _whole(crew: Crew, what: str, pending: int, *, others: int) -> None:
    """Raise `Unfinished` if some of what was pending is for other machines to do."""
    if others:
        raise Unfinished(
            f"part {crew.part} of {crew.of} of {what!r} is done; {others} of {pending} shards are for the other "
            "parts. When all are done, bring their files together (`pushforward merge`) and run the same again."
        )
