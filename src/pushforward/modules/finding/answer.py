"""From rows to an answer: which sets there are, which of them count, and to which every neuron belongs."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.modules.finding.community import by_size, communities
from pushforward.modules.finding.curve import Curve
from pushforward.modules.finding.evidence import TESTED, Evidence, branches, evidence, nearest, of_twin
from pushforward.modules.finding.families import LEAKS
from pushforward.modules.finding.finder import Finder
from pushforward.modules.finding.hierarchy import hierarchy, merge_to
from pushforward.modules.finding.leakage import leakage, worst_leak
from pushforward.modules.finding.method import Leiden
from pushforward.modules.finding.null import Rotations
from pushforward.modules.finding.power import power
from pushforward.modules.finding.repeat import best_matches, redraws
from pushforward.modules.finding.result import Modules
from pushforward.modules.finding.rows import Rows, excess, overlap, spread
from pushforward.modules.finding.sampling import Sample
from pushforward.modules.finding.shares import assigned, gram, labels_of, least_shares, little, members, sharpen
from pushforward.modules.finding.source import Source
from pushforward.rng import Seed

# Resolutions at which a forced number of blocks is looked for
FORCED = (0.4, 0.5, 0.65, 0.8, 1.0, 1.3, 2.0, 4.0)
# Less of the neurons in modules than this is little: then what would have been found is said as well
LITTLE = 0.1


@dataclass(frozen=True)
class Question:
    """What `find_modules` was asked."""

    leak: float | None
    by: Literal["directions", "activity"]
    nulls: int
    method: Leiden
    count: int | None
    progress: bool


def answer(src: Source, some: Sample, twin: Rows | str, asked: Question, *, seed: Seed) -> Modules:
    """See `find_modules`; `seed` is a generator, `twin` the rows of the untrained twin, or why there are none."""
    rows, squares = some.rows.neurons(some.originals), some.squares[some.originals][:, some.originals]
    few = spread(rows.layer, rows.channel, TESTED, seed=seed)
    tested = rows.neurons(few)
    odds, curve, near = _judged(tested, squares[few][:, few], asked, twin, seed)
    at, labels, stability, along = _sets(rows, squares, tested.size, odds, asked, seed)
    of = assigned(src, rows, some.neurons[some.originals], labels, some.longest, show=asked.progress)
    shares, dead = of.shares, of.dead
    least = _least(rows, labels, shares[some.neurons[some.originals]], at, forced=asked.count is not None)
    candidate = labels_of(shares, least) if shares.shape[1] > 1 else -dead.long()
    order = _largest_first(candidate, shares.shape[1])
    candidate = _renumbered(candidate, order)
    stability = stability[order] if len(stability) == len(order) else stability
    R, sizes = overlap(some.rows, some.squares), torch.bincount(src.layer, minlength=len(src.names))
    leaks = leakage(R, candidate[some.neurons], src.layer[some.neurons], sizes, some.rows.alive.any(0))
    modules = Modules(
        candidate=candidate,
        shares=shares[:, order].float(),
        dead=dead,
        layer=src.layer,
        layers=src.names,
        evidence=odds,
        stability=stability,
        leakage=leaks.modules,
        chance_leakage=leaks.chance,
        sample=some.neurons,
        overlap=R.float(),
        spectrum=of.spectrum.to(rows.U),
        groups=hierarchy(of.gram[order][:, order]),
        points=src.points,
        inputs=len(src.factors),
        directions=rows.U.shape[2],
        curve=curve,
        leak=at,
        leakage_all=leaks.all,
        nearest=near,
        copies=some.copies,
        by=asked.by,
        forced=asked.count is not None,
    )
    modules = replace(modules, families=_families(modules, some, along))
    return _with_power(modules, tested, asked, seed)


def _least(rows: Rows, labels: Tensor, shares: Tensor, leak: float, *, forced: bool) -> Tensor:
    """How much of a neuron each set must hold at the least (m,); `shares` are those of the rows."""
    if forced or shares.shape[1] < 2:
        return shares.new_full((shares.shape[1],), little(leak))
    return least_shares(rows, labels, shares).clamp_min(little(leak))


def _with_power(modules: Modules, tested: Rows, asked: Question, seed: Seed) -> Modules:
    """The same with what would have been found, where little is in modules."""
    if modules.forced or (modules.significant and float((modules.candidate >= 0).double().mean()) >= LITTLE):
        return modules
    least = asked.method.least(tested.size)
    return replace(modules, power=power(tested, modules.evidence, least=least, seed=seed, progress=asked.progress))


def _judged(
    tested: Rows, squares: Tensor, asked: Question, twin: Rows | str, seed: Seed
) -> tuple[Evidence, Curve, Tensor]:
    """The evidence, the curve with the untrained twin's, and how uneven overlaps between layers are (l, l)."""
    rotations, least = Rotations(tested, squares), asked.method.least(tested.size)
    across = branches(rotations, least=least)
    options = {"nulls": asked.nulls, "progress": asked.progress}
    odds, curve = evidence(rotations, least=least, across_layers=across, seed=seed, **options)
    if isinstance(twin, str):
        return odds, replace(curve, no_twin=twin), nearest(rotations, seed=seed)
    same = twin.neurons(spread(twin.layer, twin.channel, TESTED, seed=seed))
    curve = replace(curve, twin=(of_twin(same, least=least, across_layers=across, seed=seed),))
    return odds, curve, nearest(rotations, seed=seed)


def _sets(
    rows: Rows, squares: Tensor, tested: int, odds: Evidence, asked: Question, seed: Seed
) -> tuple[float, Tensor, Tensor, Tensor | None]:
    """The leak, labels of the sampled neurons from which all are assigned, and how much each set is found again.

    Last the sets at all leaks (l, m), if the number of blocks was no argument.
    """
    if asked.count is not None:
        labels = _forced(rows, asked.count, asked.method)
        whole = members(rows, labels, all_neurons=True)
        return worst_leak(overlap(rows, squares), whole), labels, _forced_again(rows, whole, asked, seed), None
    finder = Finder(rows, squares, odds, asked.method, tested, seed=seed)
    leak = finder.settle() if asked.leak is None else asked.leak
    return leak, *finder.sets(leak), finder.along()


def _families(modules: Modules, some: Sample, along: Tensor | None) -> Tensor:
    """The sets at all leaks of the whole sample (l, s): a copy goes with the neuron that it overlaps with most."""
    if along is None:
        return modules.families
    like = modules.overlap.clone().fill_diagonal_(1)[:, some.originals].argmax(1)
    rows, here = along[:, like].short(), torch.tensor(LEAKS) == modules.leak
    rows[here] = modules.labels[some.neurons].short()
    return rows


def _forced(rows: Rows, count: int, method: Leiden) -> Tensor:
    """A partition into a given number of blocks, its clearer halves."""
    graph, smallest = excess(rows), method.least(rows.size)
    cuts = (by_size(communities(graph, resolution), smallest) for resolution in FORCED)
    labels = next((cut for cut in cuts if int(cut.max()) + 1 >= count), None)
    if labels is None:
        raise BadInput(f"`count={count}`: the neurons do not fall into that many blocks. Ask for fewer.")
    sizes = torch.bincount(labels[labels >= 0]).double()
    target = merge_to(gram(rows, labels), sizes, count)
    labels = by_size(torch.where(labels < 0, -1, target[labels]))
    return sharpen(rows, members(rows, labels, all_neurons=True))


def _forced_again(rows: Rows, labels: Tensor, asked: Question, seed: Seed) -> Tensor:
    """How much each forced block is found again when the same is asked of other inputs and neurons (m,)."""
    assert asked.count is not None
    scores: list[Tensor] = []
    for index, inputs in redraws(rows, asked.method.resamples, seed=seed):
        part = rows.part(index, inputs)
        try:
            again = members(part, _forced(part, asked.count, asked.method), all_neurons=True)
        except BadInput:  # the part does not fall into so many blocks: none is found again
            again = torch.full((part.size,), -1)
        scores.append(best_matches(labels[index], again, asked.count))
    return torch.stack(scores).mean(0) if scores else torch.full((asked.count,), torch.nan)


def _renumbered(labels: Tensor, order: Tensor) -> Tensor:
    return torch.where(labels < 0, -1, order.argsort()[labels])


def _largest_first(candidate: Tensor, blocks: int) -> Tensor:
    """The order of the blocks by size, then by first neuron (m,)."""
    sizes = torch.bincount(candidate[candidate >= 0], minlength=blocks).tolist()
    first = [int(there[0]) if len(there := (candidate == b).nonzero()) else len(candidate) for b in range(blocks)]
    return torch.tensor(sorted(range(blocks), key=lambda b: (-sizes[b], first[b])))
