"""Networks to start in the middle of, and what of them runs."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module


class Block(nn.Module):
    """A residual block whose ReLU works in place."""

    def __init__(self, d: int = 6, hidden: int = 8):
        super().__init__()
        self.norm, self.up, self.act, self.down = (
            nn.LayerNorm(d),
            nn.Linear(d, hidden),
            nn.ReLU(True),
            nn.Linear(hidden, d),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        return x + self.down(self.act(self.up(self.norm(x))))


def chain() -> nn.Module:
    return nn.Sequential(*[nn.Sequential(nn.Linear(6, 6), nn.Tanh()) for _ in range(5)])


def residual_stream() -> nn.Module:
    return nn.Sequential(*[Block() for _ in range(5)])


def transformer() -> nn.Module:
    layer = nn.TransformerEncoderLayer(6, 2, 8, batch_first=True, activation="gelu")
    return nn.TransformerEncoder(layer, 5, enable_nested_tensor=False)


def unet() -> nn.Module:
    """A skip connection goes round the start, a positional table is added before it."""

    def run(m: Any, x: Tensor) -> Tensor:
        first = m.act(m.down(x) + m.table(torch.arange(x.shape[1]) % 3).mean())
        return m.head(torch.cat([m.up(m.act(m.middle(m.inner(first)))), first], 1))

    parts = {"down": nn.Linear(6, 6), "inner": nn.Linear(6, 4), "middle": nn.Linear(4, 4), "up": nn.Linear(4, 6)}
    return Module(run, **parts, act=nn.Tanh(), table=nn.Embedding(3, 6), head=nn.Linear(12, 5))


@contextmanager
def computed(model: nn.Module, names: list[str]) -> Iterator[Counter[str]]:
    """How often the innermost parts of modules compute anything."""
    calls: Counter[str] = Counter()
    inner = {name: m for name, m in model.named_modules() if name in names}
    for name, m in inner.items():
        forward = m.forward
        m.forward = lambda *a, name=name, forward=forward, **k: (calls.update([name]), forward(*a, **k))[1]
    try:
        yield calls
    finally:
        for m in inner.values():
            del m.forward


class Shared(nn.Module):
    """One activation and one layer before and after the start, and a buffer."""

    def __init__(self):
        super().__init__()
        self.act, self.same, self.one, self.two = nn.Tanh(), nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        """The output."""
        h = self.act(self.same(x))
        h = self.act(self.one(h)) + h
        return self.act(self.same(self.two(h)))


def factor(net: pf.Neurons, X: Any, i: int = 0) -> Tensor:
    x = net.take(X, i)
    return pf.push(net, pf.Gaussian.isotropic(x), x).factor
