"""Neurons that are active together: the same search, on activations instead of directions."""

import torch

from pushforward.errors import BadInput
from pushforward.modules.finding.source import Source
from pushforward.net import Neurons
from pushforward.points import stock
from pushforward.rng import Seed, permutation

# Inputs that are needed, and that one fold has at the least
FEWEST, FOLD = 32, 16


def activity_source(
    net: object, inputs: object, X: object, *, points: int, directions: int, memory: int, seed: Seed
) -> Source:
    """Activations over folds of the inputs X (n, ...), each centred: rows whose squared correlations are co-activation.

    Up to `points` folds of up to `directions` inputs each, drawn at random. A fold takes the place of an input, and
    its inputs that of directions. `inputs`, `memory`: not needed. Raises `BadInput`.
    """
    del inputs, memory
    if not isinstance(net, Neurons) or X is None:
        raise BadInput(
            f"`find_modules(net, X=X, by='activity')`: net is {type(net).__name__} and X {type(X).__name__}; a "
            "`pf.Neurons` and a batch of inputs (n, ...) are needed."
        )
    X = stock(X, "`find_modules(net, X=X, by='activity')`").through(net.cast)
    n = X.count
    if n < FEWEST:
        raise BadInput(
            f"`find_modules(by='activity')`: {n} inputs were given; which neurons are active together shows at "
            f"{FEWEST} or more. Give more, or use `by='directions'`."
        )
    size = max(FOLD, min(directions, n // 4))
    folds = permutation(n, seed=seed)[: size * min(points, n // size)].reshape(-1, size)
    with torch.no_grad():
        parts = [net(X.take(i)) for i in folds]
    table = net.table
    factors = [(part - part.mean(0)).T.float().contiguous() for part in parts]
    return Source(
        [lambda F=F: F for F in factors],
        table.layer,
        table.channel,
        net.layers,
        tuple(folds[:, 0].tolist()),
        size - 1,
        lambda: torch.cat(parts[:4]).cpu(),
    )
