"""The residual stream as neurons, in one stack of blocks and in several; names that are modules' own."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
import reference
from attentions import WIDTH, D, T, Wrapped, X, eager, encoder
from parts import Module

INPUTS = pf.Gaussian.isotropic((T, WIDTH))


class TwoParts(nn.Module):
    """Blocks that give tuples, write into what they are given, and take it by name; and a second stack."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ModuleList(Module(self.add, inner=nn.Linear(WIDTH, WIDTH)) for _ in range(3))
        self.second = nn.Sequential(*(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()) for _ in range(2)))

    @staticmethod
    def add(block: Any, scale: float, hidden: Tensor) -> tuple[Tensor, str]:
        hidden += scale * block.inner(hidden).tanh()
        return hidden, "more"

    def forward(self, x: Tensor) -> Tensor:
        x = 1.0 * x
        for block in self.first:
            x, _ = block(0.5, hidden=x)
        return self.second(x)


def test_streams_of_several_stacks() -> None:
    body = TwoParts().eval()
    with pytest.raises(
        pf.errors.UnknownLayer, match=r"2 stacks of blocks.*layers=\['first.residual'\].*second.residual"
    ):
        pf.Neurons(body, layers=["residual"], example=X[0])
    net = pf.Neurons(body, layers=["*.residual"], example=X[0])
    assert net.layers == (*(f"first.residual.{k}" for k in range(4)), *(f"second.residual.{k}" for k in range(3)))
    x, wanted = X, [X]
    for block in body.first:
        x = x + 0.5 * block.inner(x).tanh()
        wanted.append(x)
    wanted.append(x)
    for block in body.second:
        x = block(x)
        wanted.append(x)
    assert torch.allclose(net(X), torch.cat([t.flatten(1) for t in wanted], 1), atol=1e-6)
    only = pf.Neurons(body, layers=["first.residual.2", "output"], example=X[0])
    assert only.layers == ("first.residual.2", "output")
    assert torch.allclose(only(X), torch.cat([wanted[2], x], 1).flatten(1), atol=1e-6)
    truth = reference.factor(body, X[0], torch.eye(X[0].numel()), layers=["first.residual"])
    first = pf.Neurons(body, layers=["first.residual"], example=X[0])
    assert torch.allclose(pf.push(first, INPUTS, X[0]).factor.double(), truth, atol=1e-5)


def test_streams_within_blocks() -> None:
    body = nn.Sequential(*(nn.Sequential(Wrapped(eager), Wrapped(eager)) for _ in range(2))).eval()
    outer = tuple(f"residual.{k}" for k in range(3))
    assert pf.Neurons(body, layers=["residual"], example=X[0]).layers == outer
    net = pf.Neurons(body, layers=["residual", "1.residual.1"], example=X[0])
    assert net.layers == ("residual.0", "residual.1", "1.residual.1", "residual.2")
    x = body[0](X)
    assert torch.allclose(net(X)[:, net.select("1.residual.1")], body[1][0](x).flatten(1), atol=1e-6)


def test_blocks_side_by_side_are_no_stream() -> None:
    blocks = nn.ModuleList(nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh()) for _ in range(3))
    for run, said in (
        (lambda m, x: sum(block(x) for block in m.blocks), "what enters block 1 is not what left"),
        (lambda m, x: m.blocks[1](m.blocks[0](m.blocks[1](m.blocks[0](x)))), "block 0 runs more than once"),
    ):
        with pytest.raises(pf.errors.UnknownLayer, match=f"blocks.residual: {said}"):
            pf.Neurons(Module(run, blocks=blocks), layers=["blocks.residual"], example=X[0])


def test_modules_of_these_names_stay_modules() -> None:
    class Vision(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.heads = encoder(1), nn.Linear(WIDTH, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.heads(self.body(x)).tanh()

    body = Vision().eval()
    assert pf.Neurons(body, layers=["heads"], example=X[0]).layers == ("heads",)
    assert pf.Neurons(body, layers=["*.heads"], example=X[0]).layers == ("body.layers.0.self_attn.heads",)
    for pattern in ("*", "body.*"):
        names = pf.Neurons(body, layers=pattern, example=X[0]).layers
        assert not [name for name in names if name.endswith((".heads", ".pattern")) or "residual" in name]
    single = [Module(lambda m, x: (x @ x.mT).softmax(-1) @ m.v(x), v=nn.Linear(WIDTH, D)) for _ in range(2)]
    separate = Module(lambda m, x: torch.cat([head(x) for head in m.heads], -1), heads=nn.ModuleList(single))
    assert pf.Neurons(separate, layers=["heads.*"], example=X[0]).layers[:2] == ("heads.0.v", "heads.0")
    net = pf.Neurons(separate, layers=["*.heads"], example=X[0])
    assert net.layers == ("heads.0.heads", "heads.1.heads")
    clash = Wrapped(eager).eval()
    clash.attn.add_module("heads", nn.Identity())
    with pytest.raises(pf.errors.UnknownLayer, match="a module of the model has the name"):
        pf.Neurons(clash, layers=["attn.pattern"], example=X[0])
