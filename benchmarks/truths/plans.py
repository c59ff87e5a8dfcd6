"""What planted networks are made of: which weights are within modules, between them and for those in none."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from pushforward.errors import BadInput
from pushforward.rng import Seed, generator, normal, permutation
from truths.truth import DEAD, NONE

BIAS = 0.1
"""Standard deviation of biases, where that of what they are added to is 1."""

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


def activation(name: str) -> nn.Module:
    """A new activation by name."""
    if name not in ACTIVATIONS:
        raise BadInput(f"`activation={name!r}`: there is no such one here. Choose one of {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]()


def shuffle(sizes: Sequence[int], *, rest: int = 0, dead: int = 0, seed: Seed) -> Tensor:
    """Labels of a layer in random order: so many neurons of each module, then of none, then dead.  -> (width,)"""
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    labels = torch.cat([labels, torch.full((rest,), NONE), torch.full((dead,), DEAD)])
    return labels[permutation(len(labels), seed=seed)]


def weights(
    target: Tensor,
    source: Tensor,
    *,
    leak: float = 0.0,
    groups: Tensor | None = None,
    beside: bool = False,
    own: Tensor | None = None,
    seed: Seed,
) -> Tensor:
    """Weights (t, s) from neurons labelled `source` to neurons labelled `target`.

    A neuron reads its own module with norm 1 and all others of its group together with norm `leak`. One in none reads
    everything alive or, if `beside`, its like alone; no module reads it. `own` (t, s) says what else counts as own.
    """
    W = normal((len(target), len(source)), seed=seed)
    same = (target[:, None] == source) & (source >= 0) if own is None else own & (target[:, None] >= 0)
    both = (target[:, None] >= 0) & (source >= 0) & ~same
    if groups is not None:
        both &= groups[target.clamp_min(0)][:, None] == groups[source.clamp_min(0)]
    free = (target[:, None] == NONE) & ((source == NONE) if beside else (source != DEAD))
    return normalize(W * (same | free), dim=1) + leak * normalize(W * both, dim=1)


def stack(
    layers: Sequence[Tensor], X: Tensor, *, act: str = "relu", still: Sequence[Tensor] | None = None, seed: Seed
) -> nn.Sequential:
    """`fc1`, `act1`, `fc2`, …: weights scaled so that what goes into each activation has standard deviation 1 at X.

    `still` marks, of each layer (width,), neurons without bias.
    """
    draws = generator(seed)
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    h = X
    for i, W in enumerate(layers):
        before = h @ W.T
        alive = W.abs().sum(1) > 0
        W = W / before[:, alive].std().clamp_min(1e-6)
        b = BIAS * normal((len(W),), seed=draws)
        if still is not None:
            b = b * ~still[i]
        parts[f"fc{i + 1}"], parts[f"act{i + 1}"] = linear(W, b), activation(act)
        with torch.no_grad():
            h = parts[f"act{i + 1}"](parts[f"fc{i + 1}"](h))
    return nn.Sequential(parts).eval()


def linear(W: Tensor, b: Tensor) -> nn.Linear:
    """A layer with these weights; the global generator is not drawn from."""
    with torch.device("meta"):
        layer = nn.Linear(W.shape[1], W.shape[0])
    layer.weight, layer.bias = nn.Parameter(W.contiguous()), nn.Parameter(b)
    return layer


def acts(depth: int) -> tuple[str, ...]:
    """The names of the activations of a stack."""
    return tuple(f"act{i + 1}" for i in range(depth))


def shown(labels: Sequence[Tensor]) -> Tensor:
    """Labels of all neurons (a,), where dead ones are in none."""
    return torch.cat(list(labels)).clamp_min(NONE)
