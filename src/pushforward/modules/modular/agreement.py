"""Whether two networks fall into the same modules: ones that work with the same directions of the input."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.linear import Inputs
from pushforward.modules.modular.count import living, unit
from pushforward.modules.modular.factors import Factors
from pushforward.modules.modular.result import Agreement
from pushforward.net import Neurons
from pushforward.points import read
from pushforward.rng import Seed, generator, permutation, sample

POINTS = 16


@steady
@checked
def compare(
    first: tuple[Neurons, Sequence[Tensor]],
    second: tuple[Neurons, Sequence[Tensor]],
    inputs: Inputs,
    X: object,
    *,
    seed: Seed,
) -> Agreement:
    r"""How much the modules of two networks agree in what they work with, at up to 16 of the inputs X (n, ...).

    A network and its modules, as in `Modules.blocks`, twice; the networks need nothing in common but their inputs. A
    module with unit rows U of F works with directions as $U^\top U$ says; these are compared by the RV coefficient,
    which is 1 if they are proportional, and averaged over inputs. Modules are paired so that the sum is largest, and
    one that is left over counts 0.

    >>> from pushforward.datasets import planted
    >>> from pushforward.inputs import Gaussian
    >>> truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    >>> parts = Neurons(truth.model), [(truth.labels == b).nonzero()[:, 0] for b in (0, 1)]
    >>> compare(parts, parts, Gaussian.isotropic((64,)), truth.inputs, seed=0).same > 0.999
    True

    Raises `BadInput` where a network has no modules, and `NotFinite`.

    Source: Robert, Escoufier (1976) for the RV coefficient.
    """
    if not first[1] or not second[1]:
        raise BadInput("`compare` compares modules, and one of the networks has none: give at least one block of each.")
    draws = generator(seed)
    shuffled = _shuffled(second[1], seed=draws)
    factors = [Factors(net, inputs) for net, _ in (first, second)]
    X = read(X, "`agreement(..., X)`")
    some = sample(structure.length(X), POINTS, seed=draws).tolist()
    same = chance = torch.zeros(len(first[1]), len(second[1]), dtype=torch.float32)
    for i in some:
        x = structure.batch(structure.item(X, i))
        U, V = (_directions(factor, net.cast(x)) for factor, (net, _) in zip(factors, (first, second), strict=True))
        one, two, random = _profiles(U, first[1]), _profiles(V, second[1]), _profiles(V, shuffled)
        same, chance = same + one @ two.T / len(some), chance + one @ random.T / len(some)
    return Agreement(_paired(same), _paired(chance))


def _shuffled(blocks: Sequence[Tensor], *, seed: Seed) -> Sequence[Tensor]:
    """Blocks of as many neurons, dealt out at random."""
    neurons = torch.cat(list(blocks))
    return neurons[permutation(len(neurons), seed=seed)].split([len(b) for b in blocks])


def _directions(factors: Factors, x: object) -> Tensor:
    """The unit rows (a, K) of a network's factor at an input; zero for neurons that do not move."""
    with torch.no_grad():
        F, _ = factors.at(x, seed=0)
    return unit(F[0] * living(F, factors.net.table.layer.to(F.device))[0][:, None])


def _profiles(U: Tensor, blocks: Sequence[Tensor]) -> Tensor:
    """The directions of each module, flat and at unit length (modules, K²)."""
    P = torch.stack([U[b.to(U.device)].T @ U[b.to(U.device)] for b in blocks]).flatten(1).float().cpu()
    return unit(P)


def _paired(R: Tensor) -> float:
    """The mean of a matrix over the best pairs of rows and columns."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(R.numpy(), maximize=True)
    return float(R[rows, columns].sum()) / max(R.shape)
