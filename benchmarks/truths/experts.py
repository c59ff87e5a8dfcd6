"""A mixture of experts: all read the same input, and a gate says which of them are on."""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from pushforward.rng import generator, normal
from truths.plans import BIAS, shuffle, weights
from truths.truth import Truth


class Experts(nn.Module):
    """Layers of experts, whose pre-activations are multiplied by the gate of their expert.

    The gate is the softmax of `sharpness` times a linear map of the input or, if `hard`, 1 for the largest alone.
    """

    gate: Tensor

    def __init__(self, gate: Tensor, layers: list[Tensor], labels: list[Tensor], sharpness: float, *, hard: bool):
        super().__init__()
        self.sharpness, self.hard = sharpness, hard
        self.register_buffer("gate", gate)
        for i, (W, own) in enumerate(zip(layers, labels, strict=True), start=1):
            self.register_buffer(f"W{i}", W)
            self.register_buffer(f"own{i}", own)
            self.add_module(f"act{i}", nn.ReLU())
        self.depth = len(layers)

    def forward(self, x: Tensor) -> Tensor:
        """(n d) -> (n width)"""
        p = (self.sharpness * x @ self.gate.T).softmax(-1)
        if self.hard:
            p = (p == p.max(-1, keepdim=True).values).to(x)
        h = x
        for i in range(1, self.depth + 1):
            W, own = self.get_buffer(f"W{i}"), self.get_buffer(f"own{i}")
            act = cast("nn.ReLU", self.get_submodule(f"act{i}"))
            h = act((h @ W.T + BIAS) * p[:, own])
        return h


def experts(
    seed: int, *, hard: bool, modules: int = 4, dim: int = 16, width: int = 24, depth: int = 2, sharpness: float = 4.0
) -> Truth:
    """`modules` experts of `width` neurons a layer on one input (dim,), routed to one (`hard`) or softly.

    No gradients are orthogonal by wiring: experts differ in when they are on.
    """
    draws = generator(seed)
    gate = normal((modules, dim), seed=draws) / dim**0.5
    labels = [shuffle([width] * modules, seed=draws) for _ in range(depth)]
    layers = [1.5 * normal((modules * width, dim), seed=draws) / dim**0.5]
    layers += [1.5 * weights(b, a, seed=draws) for a, b in pairwise(labels)]
    return Truth(
        name=f"experts, {'hard' if hard else 'soft'}",
        model=Experts(gate, layers, labels, sharpness, hard=hard).eval(),
        labels=torch.cat(labels),
        X=normal((1000, dim), seed=draws),
        layers=tuple(f"act{i}" for i in range(1, depth + 1)),
    )
