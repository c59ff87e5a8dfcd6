"""Networks without modules: of random, sparse, copied and pruned weights, recurrent ones, and those of few inputs."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from pushforward import datasets
from pushforward.rng import Seed, generator, integers, normal, permutation, uniform
from truths.plans import acts, stack
from truths.truth import NONE, Truth

POINTS = 256


def random_mlp(seed: int, *, dim: int = 32, width: int = 80, depth: int = 3, density: float = 1.0) -> Truth:
    """An MLP of Gaussian weights, of which a share `density` is kept at random; every neuron keeps one or more."""
    draws, name = generator(seed), f"random MLP of {dim} inputs" + f", {density:.0%} of weights" * (density < 1)
    return _mlp(name, [_sparse(width, width if i else dim, density, draws) for i in range(depth)], draws)


def copied(seed: int, *, dim: int = 24, width: int = 80, depth: int = 3, copies: int = 5) -> Truth:
    """A random MLP in which each neuron stands `copies` times, in random order: small groups, but no modules."""
    draws = generator(seed)
    once = [normal((width // copies, width if i else dim), seed=draws) for i in range(depth)]
    layers = [W.repeat_interleave(copies, 0)[permutation(width, seed=draws)] for W in once]
    return _mlp(f"neurons copied {copies} times", layers, draws)


def pruned(seed: int, *, width: int = 100, density: float = 0.1, steps: int = 120) -> Truth:
    """A digit MLP 784-`width`-`width`-10, trained for `steps`, pruned by magnitude and trained for half as many again."""
    draws, digits = generator(seed), datasets.digits("train")
    x, y = digits.images.flatten(1), digits.labels
    sizes = (784, width, width, 10)
    layers = [normal((b, a), seed=draws) * (2 / a) ** 0.5 for a, b in pairwise(sizes)]
    biases = [torch.zeros(b) for b in sizes[1:]]
    _train(layers, biases, [torch.ones_like(W) for W in layers], x, y, steps, draws)
    masks = [(W.abs() >= W.abs().flatten().kthvalue(max(1, round((1 - density) * W.numel()))).values) for W in layers]
    _train(layers, biases, masks, x, y, steps // 2, draws)
    model = nn.Sequential()
    for i, (W, b) in enumerate(zip(layers, biases, strict=True), start=1):
        with torch.device("meta"):
            fc = nn.Linear(W.shape[1], W.shape[0])
        fc.weight, fc.bias = nn.Parameter(W.detach()), nn.Parameter(b.detach())
        model.add_module(f"fc{i}", fc)
        if i < len(layers):
            model.add_module(f"act{i}", nn.ReLU())
    X = datasets.digits("test").images.flatten(1)
    labels = torch.full((width * 2,), NONE)
    return Truth(f"digit MLP pruned to {density:.0%}", model.eval(), labels, X, acts(2), rank=64)


class Recurrent(nn.Module):
    """A recurrent layer; its state at every step is its output."""

    def __init__(self, cell: type[nn.LSTM] | type[nn.GRU], dim: int, width: int, depth: int, draws: torch.Generator):
        super().__init__()
        with torch.device("meta"):
            layer = cell(dim, width, depth, batch_first=True)
        self.layer = layer.to_empty(device="cpu")
        with torch.no_grad():
            for p in self.layer.parameters():
                p.copy_((2 * uniform(p.shape, seed=draws) - 1) * (3 / width) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(n t d) -> (n t width)"""
        return cast("Tensor", self.layer(x)[0])


def recurrent(
    seed: int, *, cell: Literal["lstm", "gru"], dim: int = 12, width: int = 40, steps: int = 6, depth: int = 2
) -> Truth:
    """A random LSTM or GRU of two layers, whose last layer's states are the neurons, pooled over time."""
    draws = generator(seed)
    model = Recurrent(nn.LSTM if cell == "lstm" else nn.GRU, dim, width, depth, draws)
    X = normal((POINTS, steps, dim), seed=draws)
    labels = torch.full((width,), NONE)
    return Truth(f"random {cell.upper()}", model.eval(), labels, X, ("layer",), unit="channel")


def _mlp(name: str, layers: list[Tensor], draws: torch.Generator) -> Truth:
    X = normal((POINTS, layers[0].shape[1]), seed=draws)
    labels = torch.full((sum(len(W) for W in layers),), NONE)
    return Truth(name, stack(layers, X, seed=draws), labels, X, acts(len(layers)))


def _sparse(a: int, d: int, density: float, draws: Seed) -> Tensor:
    """Gaussian weights (a, d) of which a share is kept, and one in every row."""
    mask = uniform((a, d), seed=draws) < density
    mask[torch.arange(a), integers(d, (a,), seed=draws)] = True
    return normal((a, d), seed=draws) * mask


def _train(
    layers: list[Tensor], biases: list[Tensor], masks: list[Tensor], x: Tensor, y: Tensor, steps: int, draws: Seed
) -> None:
    """Adam on cross-entropy, in place; what is masked becomes and stays zero."""
    parameters = [p.requires_grad_() for p in (*layers, *biases)]
    optimiser = torch.optim.Adam(parameters, 2e-3)
    with torch.enable_grad():
        for step in range(steps + 1):
            with torch.no_grad():
                for W, mask in zip(layers, masks, strict=True):
                    W *= mask
            if step == steps:
                break
            batch = integers(len(x), (128,), seed=draws)
            h = x[batch]
            for i, (W, b) in enumerate(zip(layers, biases, strict=True)):
                h = linear(h, W, b) if i == len(layers) - 1 else linear(h, W, b).relu()
            optimiser.zero_grad()
            cross_entropy(h, y[batch]).backward()
            optimiser.step()
    for p in parameters:
        p.requires_grad_(False)


WITHOUT: dict[str, Callable[[int], Truth]] = {
    "random MLP": random_mlp,
    "sparse MLP": partial(random_mlp, dim=24, density=0.1),
    "few inputs, 2": partial(random_mlp, dim=2, width=60),
    "few inputs, 4": partial(random_mlp, dim=4, width=60),
    "copied neurons": copied,
    "pruned digit MLP": pruned,
    "random LSTM": partial(recurrent, cell="lstm"),
    "random GRU": partial(recurrent, cell="gru"),
}
"""By name: functions of a seed."""
