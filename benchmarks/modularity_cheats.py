"""What has many unrelated neurons and no modules, and what has modules: does the score tell them apart?"""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.rng import generator, normal, sample, uniform

Weights = list[Tensor]
ACTIVATIONS = (nn.Tanh, nn.ReLU)


def dense(*widths: int, seed: int) -> Weights:
    """Gaussian weights of every layer."""
    draws = generator(seed)
    return [normal((b, a), seed=draws) / a**0.5 for a, b in pairwise(widths)]


def sparse(*widths: int, share: float, seed: int) -> Weights:
    """The same, a share of them not 0."""
    draws = generator(seed + 1000)
    return [W * (uniform(W.shape, seed=draws) < share) / share**0.5 for W in dense(*widths, seed=seed)]


def reading(*widths: int, each: int, seed: int) -> Weights:
    """The same, so many of each neuron not 0."""
    draws, weights = generator(seed + 1000), dense(*widths, seed=seed)
    for W in weights:
        for row in W:
            kept = row[some := sample(len(row), each, seed=draws)].clone()
            row.zero_()
            row[some] = kept * (len(row) / each) ** 0.5
    return weights


def beside(*networks: Weights) -> Weights:
    """Networks as blocks of one."""
    return [torch.block_diag(*weights) for weights in zip(*networks, strict=True)]


def unread(seed: int) -> Weights:
    """A dense network beside a block that feeds on inputs of its own, and that no output reads."""
    *first, last = beside(dense(16, 40, 40, 8, seed=seed), dense(16, 40, 40, 8, seed=seed + 500))
    return [*first, last[:8]]


def networks(seed: int) -> dict[str, Weights]:
    """Weights by what they are; modules are those whose name says so."""
    blocks = [dense(6, 16, 16, 4, seed=seed + 100 * i) for i in range(3)]
    return {
        "sparse weights, 5 %": sparse(32, 96, 96, 10, share=0.05, seed=seed),
        "sparse weights, 10 %": sparse(32, 96, 96, 10, share=0.1, seed=seed),
        "sparse weights, 20 %": sparse(32, 96, 96, 10, share=0.2, seed=seed),
        "two weights a neuron": reading(32, 64, 64, 16, each=2, seed=seed),
        "three weights a neuron": reading(32, 64, 64, 16, each=3, seed=seed),
        "a chain of single neurons": [torch.eye(20)] * 3,
        "a dense network beside single neurons": beside(dense(16, 40, 40, 8, seed=seed), [torch.eye(20)] * 3),
        "a dense network beside a block that no output reads": unread(seed),
        "modules: three": beside(*blocks),
        "modules: a dense network and a block on one input": beside(
            dense(16, 40, 40, 8, seed=seed), dense(1, 20, 20, 2, seed=seed + 500)
        ),
    }


def measured(name: str, weights: Weights, seed: int) -> dict[str, Any]:
    """What the score says of one network."""
    draws, layers = generator(seed), []
    for W in weights:
        layer = nn.Linear(W.shape[1], len(W))
        layer.weight.data, layer.bias.data = W.clone(), 0.1 * normal((len(W),), seed=draws)
        layers += [layer, ACTIVATIONS[seed % 2]()]
    d = weights[0].shape[1]
    X = normal((8, d), seed=draws)
    found = pf.modular.measure_modularity(
        pf.Neurons(nn.Sequential(*layers[:-1])), pf.Gaussian.isotropic((d,)), X, seed=seed
    )
    return {
        "net": name,
        "seed": seed,
        "score": found.score,
        "excess": found.excess,
        "p": found.p_value,
        "found": found.significant,
    }


def rows(seeds: range) -> list[dict[str, Any]]:
    """All networks with all seeds."""
    return [measured(name, weights, seed) for seed in seeds for name, weights in networks(seed).items()]
