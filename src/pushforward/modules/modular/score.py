"""`modularity`: how much more unrelated pairs of neurons there are than chance makes, as one differentiable number."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.modular.count import TINY, Count, Shape, against, count, living, mixed, unit
from pushforward.modules.modular.factors import Factors
from pushforward.modules.modular.units import Units, units
from pushforward.net import Neurons
from pushforward.points import read
from pushforward.rng import Seed, generator, integers

# What counts as near zero, in units of the root mean squared correlation
GAMMA = 0.4
# Neurons alive at an input below which it says nothing
FEWEST = 4


class Counts(NamedTuple):
    """The count of the network at one input, and those of `nulls` networks mixed at random."""

    real: Count
    null: tuple[Count, ...]


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
    r"""How modular the network is beyond chance, a scalar of at most 1 that is differentiable in the weights.

    At each input the squared correlations $R_{ij}$ of the rows of F are counted softly as near zero,
    $Z = \langle \gamma^2 / (\gamma^2 + R_{ij}) \rangle$, over all pairs of neurons that are alive; $Z_0$ is the same
    for neurons mixed at random within each layer, which keeps the spectrum. The result is $(Z - Z_0)/(1 - Z_0)$ with Z
    and $Z_0$ averaged over inputs: 0 at chance (a network of random weights scatters around 0), about 1 − 1/m for
    m modules of equal size.

    x is one input or a batch (n, ...); `gamma` is in units of the root of the mean of R; about `sample` neurons are
    compared, along all directions of the chart: choose the rank of `inputs` for speed. Z₀ is the mean of `nulls`
    mixtures. Unchanged by the scale and order of neurons, rotations of w, copies of neurons, dead or constant ones;
    neurons that stand alone do not count.

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
    return excess(readings)


def counts(factors: Factors, x: object, *, gamma: float, sample: int, nulls: int, seed: Seed) -> list[Counts]:
    """The counts at each input of a batch, or at one input."""
    draws = generator(seed)
    F, _ = factors.at(batched(factors.net, factors.inputs, x), seed=draws)
    compared = units(factors.net.table, sample, seed=draws)
    shape, seeds = Shape(gamma, len(factors.net.table), sketched=0), integers(2**31, (nulls,), seed=draws).tolist()
    readings = [at_one(f[compared.neuron.to(f.device)], compared, shape, seeds) for f in F]
    return usable(readings)


def at_one(F: Tensor, compared: Units, shape: Shape, seeds: list[int]) -> Counts | None:
    """The counts at one input from the rows F (m, K) of the neurons that are compared; None if too few are alive.

    One mixture for each seed; a seed mixes neurons alike at all inputs.
    """
    alive = living(F[None], compared.layer.to(F.device))[0]
    if int(alive.sum()) < FEWEST:
        return None
    U, moving, all_ = unit(F[alive]), compared.some(alive.cpu()), alive[alive]
    real, weights = count(U @ U.T, moving, all_, shape)
    mixtures = (mixed(U, weights.share, compared, alive.cpu(), seed=s) for s in seeds)
    return Counts(real, tuple(count(against(U, rows, moving), moving, all_, shape)[0] for rows in mixtures))


def usable(readings: list[Counts | None]) -> list[Counts]:
    """The inputs at which enough neurons move. Raises `BadInput` if there are none."""
    enough = [one for one in readings if one is not None]
    if not enough:
        raise BadInput(
            f"fewer than {FEWEST} neurons respond to these inputs; at least {FEWEST} are needed. Are the inputs in the "
            "usual range, and `layers=` the right ones?"
        )
    return enough


def excess(readings: list[Counts]) -> Tensor:
    """(Z − Z₀)/(1 − Z₀), Z and Z₀ averaged over inputs."""
    real = torch.stack([one.real.share() for one in readings]).mean()
    null = torch.stack([mixture.share() for one in readings for mixture in one.null]).mean()
    return (real - null) / (1 - null).clamp_min(TINY)


def batched(net: Neurons, inputs: Inputs, x: object) -> object:
    """A batch from one input or a batch: one input is what the network is bound to, or else what `inputs` takes."""
    x = net.cast(read(x, "`modularity(net, inputs, x)`"))
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
