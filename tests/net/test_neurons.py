"""Which neurons there are, how they are named and chosen, and that their values are the network's."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

import pushforward as pf
from parts import Module, cnn, encoder, linear, mlp, normal, residual, text


def named(**parts: Any) -> nn.Module:
    return Module(lambda m, x: m.b(m.act(m.a(x))), **parts)


def test_values_are_those_of_the_layers() -> None:
    model, x = mlp().eval(), normal(4, 6)
    net = pf.Neurons(model)
    h1 = torch.relu(model[0](x))
    h2 = torch.tanh(model[2](h1))
    torch.testing.assert_close(net(x), torch.cat([h1, h2, model[4](h2)], 1))
    assert net.layers == ("1", "3", "output")
    assert len(net) == 19
    assert repr(net) == "Neurons(Sequential, 19 neurons in 3 layers)"


def test_values_before_they_are_overwritten() -> None:
    model, x = residual().eval(), normal(3, 2, 4, 4)
    net, body = pf.Neurons(model, layers="*"), model.body
    first = body[0](x)
    conv = body[1].conv1(first)
    names = net(x) is not None and net.layers
    values = dict(zip(names, net(x).split([layer.size for layer in net.table], 1), strict=True))
    torch.testing.assert_close(values["body.0"], first.flatten(1))
    torch.testing.assert_close(values["body.1.conv1"], conv.flatten(1))
    torch.testing.assert_close(values["body.1.relu"], conv.relu().flatten(1))


def test_an_activation_that_is_overwritten_to_be_the_output() -> None:
    model = Module(lambda m, x: m.first(x).relu().add_(1), first=nn.Linear(3, 4))
    net, x = pf.Neurons(model), normal(2, 3)
    hidden = model.first(x).relu()
    torch.testing.assert_close(net(x), torch.cat([hidden, hidden + 1], 1))
    assert net.layers == ("relu", "output")


def test_entries_overwritten_only_on_one_branch_are_seen() -> None:
    model = Module(
        lambda m, x: m.first(x).relu().mul_(2) if x.sum() < 0 else m.first(x).relu() + 0, first=nn.Linear(3, 4)
    )
    net = pf.Neurons(model, layers=["relu"], example=torch.ones(3))
    x = -torch.ones(1, 3)
    torch.testing.assert_close(net(x), model.first(x).relu())


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("a", ("a",)),
        (["act"], ("act",)),
        (["a", "output"], ("a", "output")),
        (["output"], ("output",)),
        ("*", ("a", "act", "output")),
        (["?"], ("a", "b")),
    ],
)
def test_layers_are_chosen_by_name_or_pattern(layers: Any, expected: tuple[str, ...]) -> None:
    net = pf.Neurons(named(a=nn.Linear(3, 4), b=nn.Linear(4, 2), act=nn.ReLU()), layers, example=normal(3))
    assert net.layers == expected


def test_each_call_of_a_shared_module_is_a_layer() -> None:
    model = Module(lambda m, x: m.act(m.second(m.act(m.first(m.act(x))))) + 1, act=nn.Tanh(), **linear(3, 3))
    x = normal(3)
    assert pf.Neurons(model, example=x).layers == ("act", "act#2", "act#3", "output")
    assert pf.Neurons(model, ["act"], example=x).layers == ("act", "act#2", "act#3")
    assert pf.Neurons(model, ["act#1", "act#3"], example=x).layers == ("act", "act#3")
    assert pf.Neurons(model, ["act#2"], example=x).layers == ("act#2",)


def test_whole_blocks() -> None:
    net = pf.Neurons(encoder().eval(), ["layers.0", "layers.*.linear1"], example=normal(5, 8))
    assert net.layers == ("layers.0.linear1", "layers.0", "layers.1.linear1")


def test_select() -> None:
    net = pf.Neurons(cnn().eval(), example=normal(1, 6, 6))
    assert torch.equal(net.select(), torch.arange(len(net)))
    assert torch.equal(net.select("output"), torch.arange(len(net) - 3, len(net)))
    assert torch.equal(net.select("body"), net.select("body.2", "body.6"))
    assert torch.equal(net.select("b*"), net.select("body"))
    assert torch.equal(net.select("body.2.1"), torch.arange(36, 72))
    assert torch.equal(net.select("output.2"), torch.tensor([len(net) - 1]))
    assert torch.equal(net.select("output", "output.1", "output.2"), net.select("output"))


def test_table_names_every_neuron() -> None:
    net = pf.Neurons(cnn().eval(), example=normal(1, 6, 6))
    table = net.table
    assert [layer.shape for layer in table] == [(4, 6, 6), (6, 1, 1), (3,)]
    assert table.where(36 + 6 + 2) == ("body.2", 1, (1, 2))
    assert table.label(36 + 6 + 2) == "body.2.1[1,2]"
    assert table.label(len(net) - 1) == "output.2"
    assert table.channel.bincount().tolist() == [38, 38, 38, 37, 1, 1]
    assert table.layer.bincount().tolist() == [144, 6, 3]
    for i in range(len(net)):
        name, channel, _ = table.where(i)
        assert i in net.select(f"{name}.{channel}")
    with pytest.raises(IndexError):
        table.where(len(net))


def test_channels_of_sequences_are_last_and_of_images_first() -> None:
    net = pf.Neurons(encoder().eval(), example=normal(5, 8))
    assert net.table[0].shape == (5, 12)
    assert net.table.where(12 + 3) == ("layers.0.relu", 3, (1,))
    patches = Module(
        lambda m, x: m.act2(m.mix(m.act1(m.cut(x)).flatten(2).mT)),
        cut=nn.Conv2d(1, 4, 2, 2),
        act1=nn.ReLU(),
        mix=nn.Linear(4, 5),
        act2=nn.ReLU(),
    )
    table = pf.Neurons(patches, example=normal(1, 4, 4)).table
    assert [layer.channels for layer in table] == [4, 5]


def test_channel_units_are_means_over_positions() -> None:
    model, x = cnn().eval(), normal(3, 1, 6, 6)
    full, pooled = pf.Neurons(model), pf.Neurons(model, unit="channel")
    values = full(x)
    means = torch.stack([values[:, full.select(f"body.2.{c}")].mean(1) for c in range(4)], 1)
    torch.testing.assert_close(pooled(x)[:, :4], means)
    assert len(pooled) == 4 + 6 + 3
    assert pooled.table.label(2) == "body.2.2"
    assert pooled.table.channel.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 0, 1, 2]
    inputs = pf.Gaussian.fit(x, rank=2)
    F, G = (pf.push(net, inputs, x[0]).factor for net in (full, pooled))
    torch.testing.assert_close(G[1], F[full.select("body.2.1")].mean(0))


def test_channel_units_of_sequences_are_means_over_time() -> None:
    model, x = encoder().eval(), normal(2, 5, 8)
    full, pooled = pf.Neurons(model, ["output"])(x), pf.Neurons(model, ["output"], unit="channel")(x)
    torch.testing.assert_close(pooled, full.reshape(2, 5, 8).mean(1))


def test_batch_axis_that_is_not_first() -> None:
    model = Module(lambda m, x: m.body(x.transpose(0, 1))[0], body=nn.GRU(3, 4))
    net, x = pf.Neurons(model), normal(2, 5, 3)
    values = net(x)
    assert values.shape == (2, 20)
    torch.testing.assert_close(values[:, :4], model.body(x.transpose(0, 1))[0][0])
    pf.push(net, pf.Gaussian.isotropic((5, 3)), x[0])


def test_embed() -> None:
    model = text().eval()
    net, ids = pf.Neurons(model, start="tokens"), torch.tensor([[1, 2, 3], [4, 5, 6]])
    x = net.embed(ids)
    assert x["embedding"].shape == (2, 3, 6)
    torch.testing.assert_close(net(x)[:, -2:], model(ids))
    moved = {**x, "embedding": x["embedding"] + 1}
    assert not torch.allclose(net(moved), net(x))


def test_embed_of_keyword_inputs() -> None:
    model = Module(lambda m, ids, mask: (m.tokens(ids) * mask[..., None]).sum(1).tanh(), tokens=nn.Embedding(5, 3))
    net = pf.Neurons(model, start="tokens")
    x = net.embed({"ids": torch.tensor([[1, 2]]), "mask": torch.tensor([[True, False]])})
    torch.testing.assert_close(net(x), model.tokens.weight[1:2].tanh())


@dataclass
class Answer:
    logits: torch.Tensor
    rest: dict[str, torch.Tensor]


def test_outputs_in_a_dataclass() -> None:
    model = Module(lambda m, x: Answer(m.first(x), {"deep": m.first(x).cos()}), first=nn.Linear(3, 4))
    assert pf.Neurons(model, example=normal(3)).layers == ("first#2", "output.logits", "output.rest.deep")


def test_a_number_per_input() -> None:
    net = pf.Neurons(Module(lambda m, x: torch.tanh(m.first(x)).sum(1), first=nn.Linear(3, 4)), example=normal(3))
    assert [layer.shape for layer in net.table] == [(4,), ()]
    assert net(normal(2, 3)).shape == (2, 5)
    assert net.table.label(4) == "output.0"
    assert net.select("output").tolist() == [4]


def test_what_is_the_same_for_every_input_is_no_neuron() -> None:
    net = pf.Neurons(
        Module(lambda m, x: m.first(x) * m.first.weight.tanh().sum(), first=nn.Linear(3, 4)), example=normal(3)
    )
    assert net.layers == ("output",)
    assert "tanh" in net.table.available


def test_in_place_compilation_is_by_passed() -> None:
    model = mlp().eval()
    model.compile()
    net = pf.Neurons(model, example=normal(6))
    assert net.layers == ("1", "3", "output")
    wanted = pf.push(pf.Neurons(mlp().eval()), pf.Gaussian.isotropic((6,)), normal(6)).factor.shape
    assert pf.push(net, pf.Gaussian.isotropic((6,)), normal(6)).factor.shape == wanted
