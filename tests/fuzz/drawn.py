"""Ordinary networks drawn at random: layers of every kind, what happens to weights and data, and a Gaussian."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module, normal

ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.GELU, nn.Sigmoid, nn.SiLU, nn.LeakyReLU, nn.Hardtanh, nn.ReLU6, nn.ELU)
DAMAGE = ("none", "dead layer", "dead unit", "copy", "saturated", "sparse", "huge", "tiny", "zero", "rank one", "same")
DATA = ("plain", "constant", "twice", "pixels", "strided", "integers", "one pixel", "collinear", "offset")
GAUSSIANS = ("fit", "isotropic", "local", "small rank", "per position")
SCALES = (1.0, 1.0, 1.0, 1.0, 1e-15, 1e15, 1e-5, 1e5)
DTYPES = (torch.float32, torch.float32, torch.float32, torch.float64, torch.bfloat16)
Drawn = tuple[nn.Module, tuple[int, ...]]
"""A model and the shape of its inputs."""


def act(d: Random) -> nn.Module:
    return d.choice(ACTIVATIONS)()


def layer(d: Random) -> Drawn:
    a = d.choice((4, 30))
    return nn.Linear(a, d.choice((4, 5, 64))), (a,)


def mlp(d: Random) -> Drawn:
    sizes = [d.choice((3, 6, 40)), *(d.choice((1, 2, 7, 50)) for _ in range(d.randint(1, 4))), d.choice((1, 2, 5))]
    parts = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), act(d))]
    return nn.Sequential(parts[0], d.choice((nn.Identity, nn.BatchNorm1d))(sizes[1]), *parts[1:-1]), (sizes[0],)


def cnn(d: Random) -> Drawn:
    """Grouped, dilated, strided and transposed convolutions in one to three dimensions, overlapping pools."""
    dim, channels = d.choice((1, 2, 2, 3)), d.choice((1, 2, 4))
    kind = lambda name: getattr(nn, f"{name}{dim}d")  # noqa: E731
    shape, parts, inside = (channels, *(24 // dim,) * dim), list[nn.Module](), channels
    for _ in range(d.randint(1, 3)):
        groups = d.choice((1, inside))
        outside = 2 * inside if groups > 1 else d.choice((1, 4, 8))
        how = d.choice(({"padding": 1}, {"padding": 2, "dilation": 2}, {"padding": 1, "stride": 2}))
        parts += [kind("Conv")(inside, outside, 3, groups=groups, **how), act(d)]
        parts += [kind("BatchNorm")(outside)] if d.random() < 0.3 else []
        inside = outside
    parts += [kind(d.choice(("MaxPool", "AvgPool")))(2, d.choice((1, 2)), padding=1)] if d.random() < 0.5 else []
    parts += [kind("ConvTranspose")(inside, 3, 3, stride=2), act(d)] if d.random() < 0.2 else []
    if d.random() < 0.7:
        parts += [nn.Flatten()]
        width = nn.Sequential(*parts).eval()(torch.zeros(2, *shape)).shape[1]
        parts += [nn.Linear(width, 10), act(d), nn.Linear(10, 3)]
    return nn.Sequential(*parts), shape


def recurrent(d: Random) -> Drawn:
    kind, both, last = d.choice((nn.LSTM, nn.GRU, nn.RNN)), d.random() < 0.5, d.random() < 0.5
    body = kind(5, 8, batch_first=True, num_layers=d.choice((1, 2)), bidirectional=both)
    run = lambda m, x: m.out(m.body(x)[0][:, -1] if last else m.body(x)[0])  # noqa: E731
    return Module(run, body=body, out=nn.Linear(8 * (1 + both), 4)), (d.choice((3, 7)), 5)


def transformer(d: Random) -> Drawn:
    how = {"batch_first": True, "norm_first": d.random() < 0.5, "activation": d.choice(("relu", "gelu"))}
    part = nn.TransformerEncoderLayer(12, d.choice((1, 3)), 24, **how)
    body = nn.TransformerEncoder(part, d.choice((1, 2)), enable_nested_tensor=False)
    return Module(lambda m, x: m.out(m.body(x).mean(1)), body=body, out=nn.Linear(12, 5)), (6, 12)


def unet(d: Random) -> Drawn:
    def run(m: Any, x: Tensor) -> Tensor:
        a = m.act(m.first(x))
        b = m.act(m.second(nn.functional.max_pool2d(a, 2)))
        return m.out(torch.cat([a, m.act(m.up(b))], 1))

    first, second = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 12, 3, padding=1)
    up, out = nn.ConvTranspose2d(12, 6, 2, stride=2), nn.Conv2d(12, 1, 1)
    return Module(run, first=first, second=second, up=up, out=out, act=act(d)), (1, 8, 8)


def residual(d: Random) -> Drawn:
    """One block for all, or one for each."""
    make = lambda: nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), act(d), nn.Linear(16, 8))  # noqa: E731
    blocks = nn.ModuleList([make()] * 2 if d.random() < 0.3 else [make() for _ in range(d.randint(1, 3))])

    def run(m: Any, x: Tensor) -> Tensor:
        for block in m.blocks:
            x = x + block(x)
        return m.out(x)

    return Module(run, blocks=blocks, out=nn.Linear(8, 3)), (8,)


def branches(d: Random) -> Drawn:
    one, two = (nn.Sequential(nn.Linear(10, 12), act(d), nn.Linear(12, 4), act(d)) for _ in range(2))
    return Module(lambda m, x: torch.cat([m.one(x[:, :10]), m.two(x[:, 10:])], 1), one=one, two=two), (20,)


def experts(d: Random) -> Drawn:
    """All of four, or the two best."""
    best = d.choice((2, 4))

    def run(m: Any, x: Tensor) -> Tensor:
        top = m.gate(x).softmax(1).topk(best, 1)
        gates = torch.zeros(len(x), 4).to(x).scatter(1, top.indices, top.values)
        return torch.stack([gates[:, i : i + 1] * expert(x) for i, expert in enumerate(m.experts)]).sum(0)

    parts = nn.ModuleList(nn.Sequential(nn.Linear(9, 8), act(d), nn.Linear(8, 6)) for _ in range(4))
    return Module(run, gate=nn.Linear(9, 4), experts=parts), (9,)


KINDS = (layer, mlp, cnn, recurrent, transformer, unet, residual, branches, experts)
"""Functions that draw a network each."""


@torch.no_grad()
def damage(model: nn.Module, what: str, d: Random) -> None:
    """Do to the weights of one layer what happens in practice."""
    some = [m for m in model.modules() if isinstance(getattr(m, "weight", None), Tensor) and m.weight.ndim > 1]
    if not some:
        return
    m = d.choice(some)
    W, b = m.weight, m.bias
    i, j = d.randrange(len(W)), d.randrange(len(W))
    changes: dict[str, Callable[[], object]] = {
        "dead layer": lambda: b.fill_(-100) if b is not None else None,
        "dead unit": lambda: W[i].zero_(),
        "copy": lambda: W[i].copy_(W[j]),
        "saturated": lambda: W.mul_(50),
        "sparse": lambda: W.mul_(normal(*W.shape) > 0.5),
        "huge": lambda: W.mul_(1e6),
        "tiny": lambda: W.mul_(1e-6),
        "zero": lambda: W.zero_(),
        "rank one": lambda: W.copy_(W[:1] * normal(len(W), *[1] * (W.ndim - 1))),
        "same": lambda: W.copy_(W[:1].clone().expand_as(W)),
    }
    changes.get(what, lambda: None)()


def data(shape: tuple[int, ...], what: str, d: Random) -> Tensor:
    """Inputs (n, *shape) as they are now and then."""
    n = d.choice((2, 3, 5, 10, 40, 300))
    X = normal(n, *shape, seed=d.randrange(10**6))
    pixels, line = X.flatten(1), torch.linspace(-2, 2, n).reshape(n, *[1] * len(shape))
    changes: dict[str, Callable[[], Tensor]] = {
        "constant": lambda: X[:1].expand_as(X).clone(),
        "twice": lambda: torch.cat([X, X]),
        "pixels": lambda: pixels.index_fill(1, torch.arange(0, pixels.shape[1], 2), 0.5).reshape(X.shape),
        "strided": lambda: X.transpose(0, -1).contiguous().transpose(0, -1),
        "integers": lambda: X.round(),
        "one pixel": lambda: (pixels * (torch.arange(pixels.shape[1]) == 0)).reshape(X.shape),
        "collinear": lambda: X[:1] * line,
        "offset": lambda: X + 100,
    }
    return changes.get(what, lambda: X)()


def gaussian(X: Tensor, what: str, d: Random) -> pf.extend.Inputs:
    """What near an input means."""
    shape = tuple(X.shape[1:])
    if what in ("fit", "small rank"):
        return pf.Gaussian.fit(X, rank=64 if what == "fit" else d.choice((1, 2, 5)))
    if what == "local":
        return pf.Gaussian.local(X, neighbours=min(len(X), 256))
    if what == "per position" and len(shape) == 2:
        return pf.Gaussian.per_position(shape, X.flatten(0, 1))
    return pf.Gaussian.isotropic(shape, sigma=d.choice((1.0, 0.1, 1e-3)))


def network(seed: int) -> tuple[nn.Module, Tensor, pf.extend.Inputs, str]:
    """A model in eval mode, inputs, what near one means, and all that in words. Raises what `pf.Gaussian` raises."""
    d = Random(seed)
    plain = lambda choices: choices[0] if d.random() < 0.5 else d.choice(choices)  # noqa: E731
    make, wrong, form, near = d.choice(KINDS), plain(DAMAGE), plain(DATA), d.choice(GAUSSIANS)
    scale, dtype = d.choice(SCALES), d.choice(DTYPES)
    model, shape = make(d)
    damage(model, wrong, d)
    X = (data(shape, form, d) * scale).to(dtype)
    words = f"{make.__name__} ({wrong}), X {form} {tuple(X.shape)} × {scale:g}, {dtype}, {near}"
    return model.eval().to(dtype), X, gaussian(X, near, d), words
