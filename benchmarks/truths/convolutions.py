"""Grouped convolutions, hidden: dense kernels, channels in random order, input channels rotated."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from pushforward.rng import generator, normal, rotation
from truths.plans import BIAS, acts, shuffle, weights
from truths.truth import Truth, Unit

SIDE = 6
"""Pixels of a side of the inputs."""


def convolutions(
    seed: int, *, modules: int = 4, width: int = 8, colours: int = 3, depth: int = 3, leak: float = 0.0,
    unit: Unit = "channel",
) -> Truth:  # fmt: skip
    """A CNN of 3 × 3 kernels in which every module has `width` channels a layer and reads `colours` input channels.

    The input channels are rotated; the last layer has stride 2. Neurons are channels, or channels at positions.
    """
    draws, d = generator(seed), modules * colours
    X, Q = normal((128, d, SIDE, SIDE), seed=draws), rotation(d, seed=draws)
    labels = [shuffle([width] * modules, seed=draws) for _ in range(depth)]
    source, h = torch.arange(d) // colours, X
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    sides = []
    for i, target in enumerate(labels):
        K = _kernels(target, source, leak=leak, seed=draws)
        K = K if i else torch.einsum("tsxy,rs->trxy", K, Q)
        conv = _conv(K / conv2d(h, K, padding=1).std(), BIAS * normal((len(K),), seed=draws), 1 + (i == depth - 1))
        parts[f"conv{i + 1}"], parts[f"act{i + 1}"] = conv, nn.ReLU()
        with torch.no_grad():
            h = conv(h).relu()
        sides.append(h.shape[-1])
        source = target
    if unit == "position":
        labels = [one.repeat_interleave(side * side) for one, side in zip(labels, sides, strict=True)]
    truth = torch.cat(labels)
    return Truth(
        name=f"convolutions, {unit}s" + f", leak {leak:g}" * (leak > 0),
        model=nn.Sequential(parts).eval(),
        labels=truth,
        X=X,
        layers=acts(depth),
        unit=unit,
        exact=truth if leak == 0 else None,
    )


def _kernels(target: Tensor, source: Tensor, *, leak: float, seed: torch.Generator) -> Tensor:
    """Weights as of a linear layer, drawn anew for each of nine places.  -> (t s 3 3)"""
    places = [weights(target, source, leak=leak, seed=seed) for _ in range(9)]
    return torch.stack(places, -1).unflatten(-1, (3, 3))


def _conv(K: Tensor, b: Tensor, stride: int) -> nn.Conv2d:
    with torch.device("meta"):
        conv = nn.Conv2d(K.shape[1], K.shape[0], 3, padding=1, stride=stride)
    conv.weight, conv.bias = nn.Parameter(K.contiguous()), nn.Parameter(b)
    return conv
