"""Attention heads and patterns as neurons, against the same computed by hand."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)
from torch.nn.attention.bias import causal_lower_right

import pushforward as pf
import reference
from attentions import (
    HEADS,
    HIDDEN,
    WIDTH,
    D,
    T,
    Wrapped,
    X,
    by_hand,
    dotted,
    eager,
    einsums,
    encoder,
    fused,
    merge,
    split,
    together,
)
from parts import Module, normal
from pushforward.net import Ablated

INPUTS = pf.Gaussian.isotropic((T, WIDTH))

BOOL = torch.rand(T, T, generator=torch.Generator().manual_seed(0)) < 0.6
BOOL[2] = False  # a query that sees nothing
WAYS = {
    "eager": (eager, HIDDEN),
    "fused": (fused(), None),
    "fused, causal": (fused(is_causal=True), HIDDEN),
    "fused, boolean mask": (fused(attn_mask=BOOL), ~BOOL),
    "fused, added mask": (fused(attn_mask=torch.zeros(T, T).masked_fill(HIDDEN, -torch.inf)), HIDDEN),
    "einsum": (einsums, None),
    "einsum with dots, projected head by head": (dotted, None),
    "inputs and heads in one axis": (together(False), None),
}


@pytest.mark.parametrize("way", WAYS)
def test_heads_and_patterns_are_those_by_hand(way: str) -> None:
    run, hidden = WAYS[way]
    net = pf.Neurons(Wrapped(run).eval(), layers=["heads", "pattern"], example=X[0])
    assert net.layers == ("attn.pattern", "attn.heads")
    assert [layer.shape for layer in net.table] == [(HEADS, T, T), (T, WIDTH)]
    assert net.table.unseen == ()
    P, y = (t.nan_to_num().flatten(1) for t in by_hand(net.model.attn, X, hidden))
    assert torch.allclose(net(X), torch.cat([P, y], 1), atol=1e-6)
    wanted = reference.differences(
        lambda x: torch.cat([t.nan_to_num().flatten(1) for t in by_hand(net.model.attn.double(), x, hidden)], 1),
        X[0].double(),
        torch.eye(X[0].numel(), dtype=torch.float64),
    )
    net.model.float()
    traced = way in ("eager", "fused, boolean mask")
    net.programs.announce(1000 if traced else 1)
    for _ in range(2 if traced else 1):  # the second is by a traced program
        factor = pf.push(net, INPUTS, X[0]).factor.double()
    assert net.programs.traced == traced
    assert torch.allclose(factor, wanted, atol=1e-5)


def test_groups_of_heads_share_keys_and_values() -> None:
    def run(self: Any, x: Tensor) -> Tensor:
        q, k, v = split(self.q(x), 4), split(self.k(x)[..., :4]), split(self.v(x)[..., :4])
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3, enable_gqa=True)
        return self.out(merge(y))

    net = pf.Neurons(Wrapped(run).eval(), layers=["attn.pattern", "attn.heads"], example=X[0])
    a = net.model.attn
    q, k, v = split(a.q(X), 4), split(a.k(X)[..., :4]), split(a.v(X)[..., :4])
    each = [0, 0, 1, 1]
    P = (0.3 * q @ k[:, each].transpose(-1, -2)).masked_fill(HIDDEN, -torch.inf).softmax(-1)
    wanted = torch.cat([P.flatten(1), merge(P @ v[:, each]).flatten(1)], 1)
    assert torch.allclose(net(X), wanted, atol=1e-6)
    wanted = reference.factor(net.model, X[0], torch.eye(X[0].numel()), layers=["attn.pattern", "attn.heads"])
    assert torch.allclose(pf.push(net, INPUTS, X[0]).factor.double(), wanted, atol=1e-5)


def test_an_encoder_of_pytorch() -> None:
    body = encoder()
    net = pf.Neurons(body, layers=["pattern", "heads", "residual"], example=X[0])
    stream, wanted = X, [X]
    for layer in body.layers:
        attention = layer.self_attn
        q, k, v = (split(t) for t in F.linear(stream, attention.in_proj_weight, attention.in_proj_bias).chunk(3, -1))
        P = (q @ k.transpose(-1, -2) / D**0.5).softmax(-1)
        stream = layer(stream)
        wanted += [P, merge(P @ v), stream]
    assert torch.allclose(net(X), torch.cat([t.flatten(1) for t in wanted], 1), atol=1e-5)
    assert net.layers[:4] == (
        "layers.residual.0",
        "layers.0.self_attn.pattern",
        "layers.0.self_attn.heads",
        "layers.residual.1",
    )
    truth = reference.factor(body, X[0], torch.eye(X[0].numel()), layers=["pattern", "heads", "residual"])
    assert torch.allclose(pf.push(net, INPUTS, X[0]).factor.double(), truth, atol=1e-5)


def test_heads_are_named_by_number() -> None:
    net = pf.Neurons(encoder(), layers=["heads", "pattern", "residual", "output"], example=X[0])
    start = {layer.name: layer.start for layer in net.table}
    head = torch.arange(T * WIDTH).reshape(T, HEADS, D)
    one = "layers.1.self_attn.heads"
    assert torch.equal(net.select(f"{one}.1"), start[one] + head[:, 1].flatten())
    assert torch.equal(net.select(f"{one}.1.2"), start[one] + head[:, 1, 2])
    assert torch.equal(
        net.select("layers.1.self_attn.pattern.1"), start["layers.1.self_attn.pattern"] + T * T + torch.arange(T * T)
    )
    assert len(net.select("heads")) == 3 * T * WIDTH
    assert len(net.select("*.heads.1")) == 3 * T * D
    assert torch.equal(net.select("residual"), net.select("layers.residual"))
    assert len(net.select("residual.2")) == T * WIDTH
    assert len(net.select("layers.residual.2.7")) == T
    assert net.table.label(int(net.select(f"{one}.1.2")[3])) == f"{one}.1.2[3]"
    assert net.table.label(int(net.select("layers.0.self_attn.pattern.1")[7])) == "layers.0.self_attn.pattern.1[1,2]"
    for wrong in (f"{one}.2", f"{one}.1.4", f"{one}.1.0.0", "heads.9", f"{one}.x"):
        with pytest.raises(pf.errors.UnknownLayer, match=r"self_attn\.heads \(2 heads of 4 channels\)"):
            net.select(wrong)
    some = pf.Neurons(encoder(), layers=["*.1.self_attn.heads.1", "residual"], example=X[0])
    assert len(some.select(f"{one}.1.3")) == len(some.select("heads.1.3")) == T
    assert len(some.select("heads")) == T * D
    for wrong in ("heads.0", f"{one}.0", "residual.6", "layers.residual.6"):  # not channels of what there is
        with pytest.raises(pf.errors.UnknownLayer, match="no layer has this name"):
            some.select(wrong)


def test_single_heads_and_directions() -> None:
    body, W = encoder(), normal(D, 2, seed=3)
    whole = pf.Neurons(body, layers=["heads"])
    values = whole(X)[:, whole.select("layers.2.self_attn.heads.1")]
    one = pf.Neurons(body, layers=["layers.2.self_attn.heads.1"])
    assert torch.equal(one(X), values)
    assert one.layers == ("layers.2.self_attn.heads.1",)
    along = pf.Neurons(body, directions={"layers.2.self_attn.heads.1": W})
    assert torch.allclose(along(X), (values.unflatten(-1, (T, D)) @ W).flatten(1), atol=1e-6)
    wide = pf.Neurons(body, directions={"heads": normal(WIDTH, 3)}, unit="channel")
    wide(X)
    assert len(wide) == 9
    assert len(wide.select("layers.2.self_attn.heads.1")) == 1


def test_second_calls_have_numbers() -> None:
    attention = Wrapped(eager).attn
    net = pf.Neurons(Module(lambda m, x: m.attn(m.attn(x)), attn=attention).eval(), layers=["heads"], example=X[0])
    assert net.layers == ("attn.heads", "attn.heads#2")
    assert torch.allclose(net(X)[:, T * WIDTH :], by_hand(attention, attention(X), HIDDEN)[1].flatten(1), atol=1e-6)
    assert len(net.select("attn.heads#2.1")) == T * D
    second = pf.Neurons(net.model, layers=["attn.heads.1#2"], example=X[0])
    assert torch.equal(second(X), net(X)[:, net.select("attn.heads#2.1")])


class Masked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.body = nn.Embedding(20, WIDTH), encoder(2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.body(self.words(input_ids), src_key_padding_mask=attention_mask == 0)


def test_masks_and_positions() -> None:
    ids = torch.arange(2, 12).reshape(2, T)
    padded = {"input_ids": F.pad(ids, (0, 3)), "attention_mask": F.pad(torch.ones_like(ids), (0, 3))}
    plain = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    body = Masked().eval()
    net = pf.Neurons(body, ["heads", "residual"], "channel", start="words")
    assert torch.allclose(net(net.embed(padded)), net(net.embed(plain)), atol=1e-5)
    assert len(net) == 5 * WIDTH
    last = pf.Neurons(body, ["pattern"], start="words", positions="last")
    every = pf.Neurons(body, ["pattern"], start="words")
    P = every(every.embed(padded)).reshape(2, 2, HEADS, T + 3, T + 3)
    assert not P[..., T:, :].any()
    assert not P[..., T:].any()
    assert torch.allclose(P.sum(-1)[..., :T], torch.ones(2, 2, HEADS, T))
    assert torch.allclose(last(last.embed(padded)).reshape(2, 2, HEADS, T + 3), P[..., T - 1, :], atol=1e-6)
    with pytest.raises(pf.errors.BadInput, match="an attention pattern, whose rows sum to 1"):
        pf.Neurons(body, ["pattern"], "channel", start="words")(net.embed(plain))


def test_fixed_heads_and_streams() -> None:
    body = Wrapped(eager).eval()
    net = pf.Neurons(body, layers=["heads"], example=X[0])
    cut = Ablated(net, net.select("attn.heads.1"), torch.zeros(len(net)))
    y = by_hand(body.attn, X, HIDDEN)[1]
    y[..., D:] = 0
    assert torch.allclose(cut(X), body.attn.out(y).tanh(), atol=1e-6)
    single = pf.Neurons(body, layers=["attn.heads.1"], example=X[0])
    assert torch.allclose(Ablated(single, single.select(), torch.zeros(len(single)))(X), cut(X), atol=1e-6)
    stack = encoder()
    for k in range(3):
        net = pf.Neurons(stack, layers=["residual"], example=X[0])
        fill = normal(len(net))
        there = net.select(f"residual.{k}")
        wanted = fill[there].reshape(1, T, WIDTH).expand_as(X)
        for layer in stack.layers[k:]:
            wanted = layer(wanted)
        assert torch.allclose(Ablated(net, there, fill)(X), wanted, atol=1e-5)
        heads = pf.Neurons(stack, layers=["heads"], example=X[0])
        dead = Ablated(heads, heads.select(), torch.zeros(len(heads)))(X)
        assert not torch.allclose(dead, stack(X), atol=1e-2)
        assert torch.allclose(dead, without_attention(stack, X), atol=1e-5)
    with pytest.raises(pf.errors.BadInput, match="patterns cannot be fixed"):
        Ablated(pf.Neurons(stack, layers=["pattern"], example=X[0]), torch.tensor([0]), torch.zeros(300))


def without_attention(stack: nn.TransformerEncoder, x: Tensor) -> Tensor:
    for layer in stack.layers:
        x = layer.norm1(x + layer.self_attn.out_proj.bias)
        x = layer.norm2(x + layer.linear2(layer.linear1(x).relu()))
    return x


def test_what_is_no_head_is_refused() -> None:
    def axial(self: Any, x: Tensor) -> Tensor:  # (n T W d): attention along W, in each row alone
        x = x.unflatten(-1, (HEADS, D))
        P = (x @ x.transpose(-1, -2)).softmax(-1)
        return self.out((P @ x).flatten(2))

    def windows(self: Any, x: Tensor) -> Tensor:
        x = split(x).unflatten(0, (-1, 1)).expand(-1, 3, -1, -1, -1).flatten(0, 1)
        return F.scaled_dot_product_attention(x, x, x).unflatten(0, (-1, 3)).sum(1)

    for run, said in (
        (together(True), "heads come before inputs"),
        (axial, "are not put side by side as channels"),
        (windows, r"it gives \(9, 2, 5, 4\): not \(inputs"),
        (lambda self, x: (x @ x.mT).softmax(-1).sum(1), "no product of it with values"),
        (fused(attn_mask=causal_lower_right(T, T)), "its mask is a `CausalBias`"),
    ):
        with pytest.raises(pf.errors.UnknownLayer, match=said):
            pf.Neurons(Wrapped(run).eval(), layers=["heads"], example=X[0])


class LinearAttention(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.softmax(-1) @ (x.softmax(1).mT @ x)


@pytest.mark.filterwarnings("ignore:flex_attention called without")
def test_what_cannot_be_seen_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.nn.attention import flex_attention as flex

    monkeypatch.setattr(flex, "_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG", True)

    def flexible(self: Any, x: Tensor) -> Tensor:
        return merge(flex.flex_attention(split(x), split(x), split(x)))

    for hidden in (Module(flexible), LinearAttention()):
        both = nn.Sequential(hidden, Wrapped(eager)).eval()
        net = pf.Neurons(both, layers=["heads"], example=X[0])
        assert net.layers == ("1.attn.heads",)
        ((name, why),) = net.table.unseen
        assert name == "0.heads"
        assert "`flex_attention`, one operation" in why or "a LinearAttention in which no attention" in why


def test_models_without_attention_or_blocks() -> None:
    plain = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(pf.errors.UnknownLayer, match=r"Attention is seen as .* There are: 0, 1, 2, output"):
        pf.Neurons(plain, layers=["heads"], example=torch.ones(3))
    with pytest.raises(pf.errors.UnknownLayer, match=r'Name the modules instead: `layers=\["blocks.\*"\]`'):
        pf.Neurons(plain, layers=["residual"], example=torch.ones(3))
    with pytest.raises(pf.errors.UnknownLayer, match=r"attn\.heads \(2 heads: attn\.heads\.0 to attn\.heads\.1\)"):
        pf.Neurons(Wrapped(eager).eval(), layers=["attn.heads.99"], example=X[0])
    with pytest.raises(pf.errors.UnknownLayer, match=r"There are: layers\.residual\.0, .*layers\.residual\.3"):
        pf.Neurons(encoder(), layers=["residual.9"], example=X[0])
    with pytest.raises(pf.errors.UnknownLayer, match="residual stream: 'heads'"):
        pf.Neurons(encoder(), layers=["nothing"], example=X[0])
