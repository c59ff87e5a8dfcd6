"""`measure_modularity`: the score of `modularity` with error, null, parts and Newman's Q."""

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.finding import modularity as newman
from pushforward.modules.modular.count import TINY, Count, Shape
from pushforward.modules.modular.factors import Factors
from pushforward.modules.modular.result import Modularity
from pushforward.modules.modular.score import (
    GAMMA,
    Counts,
    Excess,
    at_one,
    batched,
    check,
    excess,
    packed,
    unpacked,
    usable,
)  # fmt: skip
from pushforward.modules.modular.survey import Survey, survey
from pushforward.modules.modular.units import units
from pushforward.net import Neurons
from pushforward.progress import track
from pushforward.rng import Seed, generator, integers
from pushforward.rng import sample as draw
from pushforward.shards import Folder, Shards, each, sharing, surveyed


@surveyed
@steady
@checked
def measure_modularity(
    net: Neurons,
    inputs: Inputs,
    X: object,
    *,
    seed: Seed,
    partition: Tensor | None = None,
    gamma: float = GAMMA,
    points: int = 16,
    sample: int = 512,
    nulls: int = 19,
    shards: Folder | Shards | None = None,  # noqa: ARG001 (taken by `surveyed`)
    progress: bool = False,
) -> Modularity:
    r"""How modular a network is beyond chance, with standard error, p-value, parts, and Newman's Q beside it.

    The score is that of `modularity`, averaged over up to `points` of the inputs X (n, ...). `nulls` networks whose
    neurons are mixed at random within each layer, and as many whose rows are as sparse as they were with entries dealt
    out at random, say what chance is and how much it scatters.
    `partition` (a,) is a module for each neuron, −1 for none, as `Modules.labels` does: then Q of that split is
    measured too, and what share it is of the Q of a network in which nothing crosses the split. With `shards=`, a
    folder, the ranks of a process group (`torchrun`) share the inputs, and what is done is kept there.

    >>> from pushforward.datasets import planted
    >>> from pushforward.inputs import Gaussian
    >>> truth = planted(200, modules=2, leak=0.0, mixing=0.0, seed=0)
    >>> result = measure_modularity(
    ...     Neurons(truth.model), Gaussian.isotropic((64,)), truth.inputs, seed=0, points=4, partition=truth.labels
    ... )
    >>> result.significant, result.modules, round(result.partition_share, 2)
    (True, 2, 1.0)

    Raises `BadInput` and what `modularity` raises.
    """
    check(net, inputs, gamma=gamma, sample=sample, nulls=nulls, points=points)
    draws, X = generator(seed), batched(net, inputs, X)
    if structure.length(X) == 0:
        raise BadInput("`measure_modularity(net, inputs, X)`: X is empty; at least one input is needed.")
    some = draw(structure.length(X), points, seed=draws).tolist()
    factors = Factors(net, inputs)
    rows = _rows(factors, [structure.batch(structure.item(X, i)) for i in some], seed=draws, show=progress)
    known = survey(net.table, units(net.table, sample, seed=draws), rows)
    seeds = integers(2**31, (nulls,), seed=draws).tolist()
    shape = Shape(gamma, len(net.table), sketched=0)
    counted = each("counting", len(rows), lambda i: packed(at_one(rows[i], known, shape, seeds)), show=progress)
    return _result(net, usable([unpacked(one) for one in counted]), known, partition, gamma)


@torch.no_grad()
def _rows(factors: Factors, X: list[object], *, seed: Seed, show: bool) -> list[Tensor]:
    """F (a, r) at each of some batches of one input."""
    if not sharing():
        return [factors.at(x, seed=seed)[0][0] for x in track(X, "pushing", show=show)]
    factors = factors.eager(X[0])
    parts = each(
        "pushing", len(X), lambda i: {"rows": factors.at(X[i], seed=seed)[0][0].cpu()}, divided=True, show=show
    )
    return [part["rows"] for part in parts]


def _result(net: Neurons, readings: list[Counts], known: Survey, partition: Tensor | None, gamma: float) -> Modularity:
    R, beyond, neurons = known.graph.mean(), excess(readings), known.compared.neuron
    labels = None if partition is None else _labels(partition, net)[neurons]
    Q = None if labels is None else newman(R, labels)
    most = None if labels is None else _most(R, labels)
    return Modularity(
        score=float(beyond.score),
        error=_error(readings, beyond),
        null=_chance(readings, [one.null for one in readings]),
        pairs=_pairs(readings),
        layers=net.layers,
        alive=float(known.graph.alive.mean() / len(readings)),
        Q=newman(R, known.labels.cpu()),
        modules=int(known.labels.max()) + 1,
        Q_partition=Q,
        partition_share=None if Q is None else Q / max(most or 0.0, TINY),
        inputs=len(readings),
        neurons=len(neurons),
        gamma=gamma,
        excess=float(beyond.mixed),
        dealt=_chance(readings, [one.dealt for one in readings]),
        idle=known.idle,
    )


def _error(readings: list[Counts], beyond: Excess) -> float:
    """The standard error of the mean over inputs; with one input, the scatter of its mixtures."""
    null = torch.tensor([[float(mixture.share()) for mixture in one.null] for one in readings])  # (n b)
    real = torch.tensor([float(one.real.share()) for one in readings])
    each = (real - null.mean(1)) / (1 - null.mean()).clamp_min(TINY)
    if beyond.explained < beyond.mixed:
        shares = torch.stack([one.explained for one in readings])  # (n p)
        each = shares[:, shares.mean(0).argmax()]
    if len(readings) > 1:
        return float(each.std() * beyond.dense / len(readings) ** 0.5)
    return float((null / (1 - null.mean()).clamp_min(TINY)).std()) if null.shape[1] > 1 else float("nan")


def _chance(readings: list[Counts], networks: list[tuple[Count, ...]]) -> Tensor:
    """The excess (b,) of random networks over the mean of the mixed ones."""
    mixtures = torch.tensor([[float(mixture.share()) for mixture in one.null] for one in readings]).mean()
    null = torch.tensor([[float(network.share()) for network in some] for some in networks]).mean(0)
    return (null - mixtures) / (1 - mixtures).clamp_min(TINY)


def _pairs(readings: list[Counts]) -> Tensor:
    """The score of each pair of layers (l, l); 0 where none of their neurons were compared."""
    real, null = _sum([one.real for one in readings]), _sum([mixture for one in readings for mixture in one.null])
    return torch.where(real.weight > 0, (real.shares() - null.shares()) / (1 - null.shares()).clamp_min(TINY), 0)


def _sum(counts: list[Count]) -> Count:
    return Count(*(torch.stack(parts).sum(0).detach().cpu() for parts in zip(*counts, strict=True)))


def _most(R: Tensor, labels: Tensor) -> float:
    """Q of a graph with the same degrees of blocks in which nothing crosses them."""
    degree = R.sum(1) / R.sum().clamp_min(TINY)
    return 1 - sum(float(degree[labels == b].sum()) ** 2 for b in labels[labels >= 0].unique())


def _labels(partition: Tensor, net: Neurons) -> Tensor:
    if partition.shape != (len(net),) or partition.is_floating_point():
        raise BadInput(
            f"`partition` is {partition.dtype} {tuple(partition.shape)}; a whole number for each of the {len(net)} "
            "neurons is needed, −1 for none, as in `Modules.labels`."
        )
    return partition.cpu()
