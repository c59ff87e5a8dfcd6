"""Padding is never moved, counted or averaged; neurons stand at the positions that are asked for."""

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward import structure
from pushforward.rng import integers

REAL = 6


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(50, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 64, batch_first=True, activation="gelu", dropout=0.0)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.body(self.words(input_ids), src_key_padding_mask=attention_mask == 0)


class Careless(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)

    def forward(self, x: Tensor, attention_mask: Tensor) -> Tensor:
        return self.first(x).tanh()


MODEL = Encoder().eval()
IDS = integers(49, (12, REAL), seed=0) + 1


def tokens(pads: int, *, left: bool = False) -> dict[str, Tensor]:
    none = torch.zeros(len(IDS), pads, dtype=torch.long)
    parts = [none, IDS] if left else [IDS, none]
    mask = torch.cat([part * 0 + int(part is IDS) for part in parts], 1)
    return {"input_ids": torch.cat(parts, 1), "attention_mask": mask}


def network(**options) -> pf.Neurons:
    return pf.Neurons(MODEL, start="words", **{"layers": ["body.layers.*.gelu"]} | options)


def near(X: object, i: int) -> tuple[pf.Gaussian, object]:
    return pf.Gaussian.isotropic(structure.item(X, i)), structure.item(X, i)


@pytest.mark.parametrize("pads", [0, 6, 18, 100])
@pytest.mark.parametrize("left", [False, True])
def test_padding_changes_nothing(pads: int, left: bool) -> None:
    plain, padded = network(unit="channel"), network(unit="channel")
    X, Y = plain.embed(tokens(0)), padded.embed(tokens(pads, left=left))
    assert torch.allclose(padded(Y), plain(X), atol=1e-5)
    F, G = pf.push(plain, *near(X, 1)).factor, pf.push(padded, *near(Y, 1)).factor
    assert torch.allclose(G @ G.T, F @ F.T, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"unit": "channel"}, {"positions": "last"}])
def test_a_traced_push_sees_the_mask_of_each_input(options: dict[str, str]) -> None:
    whole = {"input_ids": IDS.repeat(1, 2), "attention_mask": torch.ones(12, 2 * REAL, dtype=torch.long)}
    net, fresh = network(**options), network(**options)
    net.programs.announce(1000)
    for _ in range(2):
        pf.push(net, *near(net.embed(whole), 0))
    assert net.programs.traced
    X = net.embed(tokens(REAL))
    assert torch.allclose(pf.push(net, *near(X, 1)).factor, pf.push(fresh, *near(X, 1)).factor, atol=1e-6)


def test_neurons_on_padding_are_dead() -> None:
    net = network()
    X = net.embed(tokens(5))
    F = pf.push(net, *near(X, 0)).factor.reshape(2, REAL + 5, 64, -1)
    assert not F[:, REAL:].any()
    assert F[:, :REAL].any(2).any(2).all()
    counted = pf.Neurons(MODEL, start="words", layers=["body.layers.*.gelu"], mask=None)
    assert pf.push(counted, *near(X, 0)).factor.reshape(2, REAL + 5, 64, -1)[:, REAL:].any()


def test_sequences_of_several_lengths_in_one_network() -> None:
    net = network(unit="channel")
    short, long = net.embed(tokens(0)), net.embed(tokens(9))
    assert torch.allclose(net(short), net(long), atol=1e-5)
    assert pf.push(net, *near(short, 0)).factor.shape[0] == pf.push(net, *near(long, 0)).factor.shape[0] == 128
    fixed = network()
    fixed(short)
    with pytest.raises(pf.errors.BadInput, match="first ran on an input"):
        fixed(fixed.embed(tokens(9)))


@pytest.mark.parametrize(
    ("positions", "where"),
    [
        ("last", [5]),
        (0, [0]),
        (-1, [10]),
        (slice(1, 4), [1, 2, 3]),
        ([2, 0], [2, 0]),
        (torch.arange(11) % 5 == 0, [0, 5, 10]),
    ],
)
def test_neurons_at_chosen_positions(positions: object, where: list[int]) -> None:
    X = network().embed(tokens(5))
    every = network()(X).reshape(len(IDS), 2, 11, 64)
    net = network(positions=positions)
    assert torch.allclose(net(X).reshape(len(IDS), 2, -1, 64), every[:, :, where], atol=1e-6)
    F = pf.push(network(), *near(X, 3)).factor.reshape(2, 11, 64, -1)
    assert torch.allclose(pf.push(net, *near(X, 3)).factor.reshape(2, -1, 64, F.shape[-1]), F[:, where], atol=1e-5)


def test_the_last_position_is_the_last_that_is_real() -> None:
    net = network(positions="last")
    X, Y = net.embed(tokens(0)), net.embed(tokens(7, left=True))
    assert torch.allclose(net(X), net(Y), atol=1e-5)
    assert len(net) == 128


def test_bad_masks_and_positions() -> None:
    net = network()
    X = net.embed(tokens(3))
    none = {**X, "original": {**X["original"], "attention_mask": torch.zeros(12, 9, dtype=torch.long)}}
    with pytest.raises(pf.errors.BadInput, match="is 0 everywhere for some inputs"):
        net(none)
    for mask, said in (
        (torch.ones(12, 9, 9) > 0, r"is \(9, 9\) of bool for one input"),
        (torch.ones(12, 4) > 0, "has 4 positions"),
    ):
        with pytest.raises(pf.errors.BadInput, match=f"`attention_mask` {said}"):
            pf.Neurons(Careless())({"x": torch.zeros(12, 9, 3), "attention_mask": mask})
    with pytest.raises(pf.errors.BadInput, match="the input has 9 positions"):
        network(positions=9)(X)
    with pytest.raises(pf.errors.BadInput, match="that is none of the 9 positions"):
        network(positions=slice(9, 12))(X)
    with pytest.raises(pf.errors.BadInput, match="'last', an index"):
        network(positions="first")
    with pytest.raises(pf.errors.BadInput, match="the name of the part"):
        network(mask=torch.ones(3))
