"""`find_modules`: neurons whose part of J Σ Jᵀ can be permuted to block-diagonal form."""

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.finding.cluster import Leiden, by_size, choose, communities
from pushforward.modules.finding.evidence import Evidence, block_stability, evidence, whole_layers
from pushforward.modules.finding.hierarchy import hierarchy, merge_to
from pushforward.modules.finding.result import Modules
from pushforward.modules.finding.rows import Rows, excess, living, overlap, spread
from pushforward.modules.finding.shares import Shares, gram, labels_of, moments, refine, sharpen
from pushforward.modules.finding.source import Source, rows_of, source
from pushforward.progress import track
from pushforward.rng import Seed, generator

LEIDEN = Leiden()


def find_modules(
    net: object,
    inputs: Inputs | None = None,
    X: object = None,
    *,
    seed: Seed,
    points: int = 32,
    directions: int = 128,
    sample: int = 1000,
    nulls: int = 39,
    method: Leiden = LEIDEN,
    count: int | None = None,
    memory: int = 2**30,
    progress: bool = False,
) -> Modules:
    r"""Sets of neurons that work with different directions of the input, and how sure that is.

    The factor F (a, r) is pushed at up to `points` of the inputs X (n, ...), by random mixtures if r > `directions`;
    one input gives local modules.
    Squared correlations of its rows, averaged over inputs, in excess of chance, form a graph of `sample`
    neurons; its Leiden communities, at the most stable resolution, are made consistent with the subspaces they
    span, and all a neurons are assigned by how much of each lies in which subspace: linear in a. Neurons that are
    dead or load on several blocks are in none (−1). The modularity is compared with that of `nulls` networks whose
    channels are rotated at random within each layer; what is not significant is reported as such.

    Instead of (net, inputs, X), one factor (a, r), several (n, a, r) or what `pf.push` returns can be given.
    `count` forces that many blocks. `memory` (bytes) bounds the factors that are not pushed twice.

    >>> from pushforward.datasets import planted
    >>> from pushforward.inputs import Gaussian
    >>> from pushforward.net import Neurons
    >>> truth = planted(200, modules=2, seed=0)
    >>> modules = find_modules(Neurons(truth.model), Gaussian.isotropic((64,)), truth.inputs, points=8, seed=0)
    >>> len(modules.blocks), modules.p_value
    (2, 0.025)

    Raises `BadInput`, and what `pf.push` raises. Sources: Newman (2006) for modularity, Traag et al. (2019) for Leiden.
    """
    _check(points=points, directions=directions, sample=sample, nulls=nulls, count=count)
    draws = generator(seed)
    src = source(net, inputs, X, points=points, directions=directions, memory=memory, seed=draws)
    if src.neurons < 4:
        raise BadInput(f"there are {src.neurons} neurons; at least 4 are needed. Choose more `layers=`.")
    neurons = spread(src.layer, src.channel, sample, seed=draws)
    rows = rows_of(_watched(src, "pushing", progress), neurons)
    if (moving := int(rows.alive.any(0).sum())) < 4:
        raise BadInput(
            f"only {moving} neurons respond to these inputs; at least 4 are needed. Are the inputs in the usual range?"
        )
    labels, resolution = _partition(rows, method, count, seed=draws)
    branches = whole_layers(labels, rows.layer) and int(labels.max()) > 0 and len(rows.layer.unique()) > 1
    odds = evidence(rows, nulls=nulls, across_layers=branches, seed=draws, progress=progress)
    shares, dead = _assign(_watched(src, "assigning", progress), rows, labels)
    return _result(src, neurons, rows, labels, shares, dead, odds, resolution, method, count, seed=draws)


def _partition(rows: Rows, method: Leiden, count: int | None, *, seed: Seed) -> tuple[Tensor, float]:
    """Labels of the sampled neurons and their resolution."""
    smallest = method.least(rows.size)
    if count is None:
        choice = choose(rows, method, seed=seed)
        labels = refine(rows, choice.labels, smallest=smallest)
        return (labels if labels.max() >= 0 else torch.zeros_like(labels)), choice.resolution
    graph = excess(rows)
    cuts = ((by_size(communities(graph, res), smallest), res) for res in (*method.resolutions, 2.0, 4.0))
    labels, resolution = next(((cut, res) for cut, res in cuts if int(cut.max()) + 1 >= count), (None, 0.0))
    if labels is None:
        raise BadInput(f"`count={count}`: the neurons do not fall into that many blocks. Ask for fewer.")
    sizes = torch.bincount(labels[labels >= 0]).double()
    target = merge_to(gram(rows, labels), sizes, count)
    labels = by_size(torch.where(labels < 0, -1, target[labels]))
    return sharpen(rows, refine(rows, labels, smallest=1, dissolve=False)), resolution


def _assign(src: Source, rows: Rows, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Shares of all neurons (a, m) in the blocks of the sampled ones, and which are dead (a,)."""
    blocks = int(labels.max()) + 1
    shares = Shares(src.neurons, blocks)
    for factor, U in zip(src.factors, rows.U, strict=True):
        F = factor()
        length, alive = living(F, src.layer.to(F.device))
        shares.add(F, length, alive, moments(U, labels, blocks).to(F))
    return shares.result(), shares.alive == 0


def _result(
    src: Source,
    neurons: Tensor,
    rows: Rows,
    labels: Tensor,
    shares: Tensor,
    dead: Tensor,
    odds: Evidence,
    resolution: float,
    method: Leiden,
    count: int | None,
    *,
    seed: Seed,
) -> Modules:
    G = gram(rows, labels)
    candidate = labels_of(shares) if len(G) > 1 else -dead.long()
    sizes = torch.bincount(labels[labels >= 0], minlength=len(G)).double()
    mass = G * torch.outer(sizes, sizes)
    final = odds.significant or count is not None  # only then are there blocks whose stability is reported
    stability = block_stability(rows, labels, method, resolution, seed=seed) if final else torch.zeros(0)
    return Modules(
        candidate=candidate,
        shares=shares.float(),
        dead=dead,
        layer=src.layer,
        layers=src.names,
        evidence=odds,
        stability=stability,
        leakage=float(1 - mass.diagonal().sum() / mass.sum()),
        chance_leakage=float(1 - (sizes / sizes.sum()).square().sum()),
        sample=neurons,
        overlap=overlap(rows).float(),
        spectrum=torch.linalg.svdvals(rows.U).mean(0),
        resolution=resolution,
        groups=hierarchy(G),
        points=src.points,
        directions=rows.U.shape[2],
        forced=count is not None,
    )


def _watched(src: Source, what: str, progress: bool) -> Source:
    """The same source, whose factors show progress when they are gone through."""

    class Watched(list[object]):
        def __iter__(self):
            return track(super().__iter__(), what, show=progress, total=len(self))

    return src._replace(factors=Watched(src.factors))


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
