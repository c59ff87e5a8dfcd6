"""`modularity`: how far neurons fall into modules, as one differentiable number that is 0 at chance."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.modular.count import TINY, Count, Shape, against, count, dealt, living, mixed, unit
from pushforward.modules.modular.factors import Factors
from pushforward.modules.modular.survey import Survey, explained, survey
from pushforward.modules.modular.units import units
from pushforward.net import Neurons
from pushforward.points import read
from pushforward.rng import Seed, generator, integers

# What counts as near zero, in units of the root mean squared correlation
GAMMA = 0.4
# Neurons alive at an input below which it says nothing
FEWEST = 4
# The excess counts for nothing if rows as sparse leave this share of it, fully if they leave the other. Those of random
# weights, 2 to 10 % of which are not 0, leave 0.35 at most, those of 2 to 10 separate modules 0.82 and more
SPARSE, DENSE = 0.35, 0.75
# What the excess over dealt rows is below that over mixed ones by chance: 0.02 at most in 12 random networks
SCATTER = 0.03


class Counts(NamedTuple):
    """The count of the network at one input, and those of networks mixed and dealt at random.

    `explained` (p,) is what modules account for, with any of the partitions of a `Survey`.
    """

    real: Count
    null: tuple[Count, ...]
    dealt: tuple[Count, ...]
    explained: Tensor


class Excess(NamedTuple):
    """Scalars: the excess of pairs over mixed networks, over dealt ones, and what modules account for."""

    mixed: Tensor
    dealt: Tensor
    explained: Tensor

    @property
    def dense(self) -> Tensor:
        """How much of the excess counts, in [0, 1]: less where rows as sparse have most of it, too."""
        left = (self.dealt + SCATTER) / self.mixed.clamp_min(TINY)
        return torch.where(self.mixed > 0, ((left - SPARSE) / (DENSE - SPARSE)).clamp(0, 1), 1)

    @property
    def score(self) -> Tensor:
        """The score."""
        return torch.minimum(self.mixed, self.explained) * self.dense


@steady
@checked
def modularity(
    net: Neurons,
    inputs: Inputs,
    x: object,
    *,
    seed: Seed,
    gamma: float = GAMMA,
    sample: int = 512,
    nulls: int = 4,
) -> Tensor:
    r"""How far the neurons fall into modules, a scalar of at most 1 that is differentiable in the weights.

    A module is a set of several neurons that share directions, fewer than there are neurons, and that have next to none
    in common with other modules. The score is 0 at chance (a network of random weights scatters around 0), and about
    1 − 1/m for m separate modules of equal size.

    At each input the squared correlations $R_{ij}$ of the rows of F are counted softly as near zero,
    $Z = \langle \gamma^2 / (\gamma^2 + R_{ij}) \rangle$, over all pairs of neurons that are alive; $Z_0$ is the same
    for neurons mixed at random within each layer, which keeps the spectrum. The excess $E = (Z - Z_0)/(1 - Z_0)$, with
    Z and $Z_0$ averaged over inputs, is counted as far as modules account for it: at most as much as there would be if
    neurons had nothing in common but the modules they are in, the communities of the mean R; and less where rows whose
    entries are dealt out over the directions at random have more than a quarter of it, nothing from two thirds on. So
    sparse weights, which make many pairs orthogonal, are no modules.

    x is one input or a batch (n, ...); `gamma` is in units of the root of the mean of R; about `sample` neurons are
    compared, along all directions of the chart: choose the rank of `inputs` for speed. Z₀ is the mean of `nulls`
    mixtures. Unchanged by the scale and order of neurons, copies of neurons, dead or constant ones, and, unless rows
    are sparse, by rotations of w. Neurons that stand alone do not count, nor, where the output is recorded, those that
    it does not see. Parallel neurons of a layer are copies if their rows have lengths in one proportion at all inputs:
    with one input all are. Inputs that carry nothing are not told from others: a block that maps them to an output of
    its own is a module.

    >>> from pushforward.datasets import planted
    >>> from pushforward.inputs import Gaussian
    >>> truth = planted(200, modules=4, leak=0.0, mixing=0.0, seed=0)
    >>> net, inputs = Neurons(truth.model), Gaussian.isotropic((64,))
    >>> 0.5 < float(modularity(net, inputs, truth.inputs[:4], seed=0)) < 0.7
    True

    Raises `BadInput`, `NotFinite` and `NotDifferentiable`. See `measure_modularity` for errors and details, and
    `ModularityPenalty` for training. Sources: Geman, McClure (1985) for the count; Newman (2006) for the excess.
    """
    check(net, inputs, gamma=gamma, sample=sample, nulls=nulls)
    readings = counts(Factors(net, inputs), x, gamma=gamma, sample=sample, nulls=nulls, seed=seed)
    return excess(readings).score


def counts(factors: Factors, x: object, *, gamma: float, sample: int, nulls: int, seed: Seed) -> list[Counts]:
    """The counts at each input of a batch, or at one input."""
    draws = generator(seed)
    F, _ = factors.at(batched(factors.net, factors.inputs, x), seed=draws)
    known = survey(factors.net.table, units(factors.net.table, sample, seed=draws), list(F))
    shape, seeds = Shape(gamma, len(factors.net.table), sketched=0), integers(2**31, (nulls,), seed=draws).tolist()
    return usable([at_one(f, known, shape, seeds) for f in F])


def at_one(F: Tensor, known: Survey, shape: Shape, seeds: list[int]) -> Counts | None:
    """The counts at one input from the rows F (a, K) of all neurons; None if too few of those compared are alive.

    One mixture and one deal for each seed; a seed mixes neurons alike at all inputs. What neurons count for their
    company, they count in mixtures, too.
    """
    compared = known.compared
    F = F[compared.neuron.to(F.device)]
    alive = living(F[None], compared.layer.to(F.device))[0] & known.busy
    if int(alive.sum()) < FEWEST:
        return None
    here = alive.cpu()
    U, moving, kin = unit(F[alive]), compared.some(here), known.kin.some(alive)
    real, weights = count(U @ U.T, moving, alive[alive], shape, kin=kin)
    again = lambda rows: count(against(U, rows, moving), moving, weights.company, shape, kin=kin)[0]  # noqa: E731
    R = (U @ U.T).square()
    return Counts(
        real,
        tuple(again(mixed(U, weights.share, compared, here, seed=s)) for s in seeds),
        tuple(again(dealt(U, compared, here, seed=s)) for s in seeds),
        torch.stack([explained(R, weights, labels[alive], shape.gamma) for labels in known.partitions]),
    )


def packed(reading: Counts | None) -> dict[str, Tensor]:
    """The counts at one input as tensors, for other ranks; none where there are no counts."""
    if reading is None:
        return {}
    parts = {"real": [reading.real], "null": reading.null, "dealt": reading.dealt}
    columns = {
        f"{name} {key}": [getattr(one, key) for one in some] for name, some in parts.items() for key in Count._fields
    }
    return {name: torch.stack(some) for name, some in columns.items()} | {"explained": reading.explained}


def unpacked(tensors: dict[str, Tensor]) -> Counts | None:
    """What `packed` has made tensors of."""
    if not tensors:
        return None
    real, null, dealt = (
        tuple(Count(*parts) for parts in zip(*(tensors[f"{name} {key}"] for key in Count._fields), strict=True))
        for name in ("real", "null", "dealt")
    )
    return Counts(real[0], null, dealt, tensors["explained"])


def usable(readings: Sequence[Counts | None]) -> list[Counts]:
    """The inputs at which enough neurons move. Raises `BadInput` if there are none."""
    enough = [one for one in readings if one is not None]
    if not enough:
        raise BadInput(
            f"fewer than {FEWEST} neurons respond to these inputs and move the output; at least {FEWEST} are needed. "
            "Are the inputs in the usual range, and `layers=` the right ones?"
        )
    return enough


def excess(readings: list[Counts]) -> Excess:
    """(Z − Z₀)/(1 − Z₀) against both kinds of chance, Z and Z₀ averaged over inputs, and what modules account for."""
    real = torch.stack([one.real.share() for one in readings]).mean()
    mixtures = torch.stack([mixture.share() for one in readings for mixture in one.null]).mean()
    deals = torch.stack([deal.share() for one in readings for deal in one.dealt]).mean()
    beyond = lambda null: (real - null) / (1 - null).clamp_min(TINY)  # noqa: E731
    return Excess(beyond(mixtures), beyond(deals), torch.stack([one.explained for one in readings]).mean(0).max())


def batched(net: Neurons, inputs: Inputs, x: object) -> object:
    """A batch from one input or a batch: one input is what the network is bound to, or else what `inputs` takes."""
    x = net.cast(read(x, "`modularity(net, inputs, x)`"))
    if structure.length(x) == 0:
        raise BadInput("`modularity(net, inputs, x)`: x is empty; give one input, or a batch of some.")
    try:
        if net.bound:
            net.expect(x)
        else:
            inputs.chart(x)
    except BadInput:
        return x
    return structure.batch(x)


def check(net: object, inputs: object, *, gamma: float, **counts: int | None) -> None:
    """Raise `BadInput` for arguments that make no sense."""
    if not isinstance(net, Neurons):
        raise BadInput(f"a `pf.Neurons` is needed, not {type(net).__name__}; use `pf.Neurons(model)`.")
    if not isinstance(inputs, Inputs):
        raise BadInput(
            f"inputs is {type(inputs).__name__}; it says what near an input means: `pf.Gaussian.fit(X)`, or anything "
            "that has `chart(x)`."
        )
    if not gamma > 0:
        raise BadInput(f"`gamma={gamma}`: a positive number is needed, such as {GAMMA}.")
    least = {"directions": 4, "sample": 8, "nulls": 1, "points": 1, "every": 1, "neurons": 8}
    for name, value in counts.items():
        if value is not None and value < least[name]:
            raise BadInput(f"`{name}={value}`: at least {least[name]} is needed.")
