"""What is no block, no network and no inputs is refused, with a cure."""

import pytest
import torch
from torch import nn

import pushforward as pf
from glued import WHITE, A, B, D, data, glued
from pushforward.rng import normal


def contrast(a, b, net=None, start=None, inputs=WHITE):
    return pf.contrast(net or glued(), inputs, a, b, start=data() if start is None else start, seed=0, starts=2)


@pytest.mark.parametrize(
    ("a", "message"),
    [
        ([], r"A=...\)`: no neurons were given. Name a layer, or give `modules.blocks\[0\]`"),
        (torch.zeros(16, dtype=torch.bool), r"no neurons were given"),
        (torch.zeros(9, dtype=torch.bool), r"a mask of shape \(9,\) was given; for 16 neurons \(16,\) is needed"),
        (torch.tensor([0.5]), r"indices of neurons are integers"),
        (torch.zeros(2, 2, dtype=torch.long), r"\(2, 2\) of torch.int64 was given"),
        ([3, 16], r"neurons 3 … 16 were given; there are 0 … 15"),
        ([-1], r"neurons -1 … -1 were given"),
        ({"a": 1}, r"A is dict, several sets of neurons, and B another. Give two sets"),
        ([7, 8], r"1 neuron is in A and in B, such as neuron 8.*`B\[~torch.isin\(B, A\)\]`"),
    ],
)
def test_blocks_that_are_none(a, message):
    with pytest.raises(pf.errors.BadInput, match=message):
        contrast(a, B)


def test_unknown_layers_are_listed():
    with pytest.raises(pf.errors.UnknownLayer, match=r"no layer has this name or pattern. Layers: output"):
        contrast("fc9", B)
    with pytest.raises(pf.errors.UnknownLayer):
        contrast(["output", "nothing*"], B)


def test_dead_neurons_are_left_out_and_dead_blocks_refused():
    net = glued(activation=nn.ReLU)
    net.model.fc.bias.data[[0, 1]] = -1e4
    c = contrast(A, B, net)
    assert c.dead == (2, 0)
    assert "2 of A" in str(c)
    assert not {0, 1} & {leak.neuron for leak in c.b.worst}
    with pytest.raises(pf.errors.BadInput, match=r"none of the 2 neurons of A moves.*more varied inputs"):
        contrast([0, 1], B, net)


def test_constant_networks_are_refused():
    net = glued()
    net.model.fc.weight.data.zero_()
    for start in (data(), data()[0]):
        with pytest.raises(pf.errors.BadInput, match="a dead block, or a constant network"):
            contrast(A, B, net, start)


def test_equal_inputs_are_refused():
    with pytest.raises(pf.errors.BadInput, match="more and more varied inputs"):
        contrast(A, B, start=data()[:1].expand(30, -1))


@pytest.mark.parametrize("start", [normal((5, D + 1), seed=0), data()[:0], torch.tensor(1.0), torch.ones(3, D).long()])
def test_starts_of_another_shape(start):
    with pytest.raises(pf.errors.BadInput, match=r"\(n, \.\.\.\)"):
        contrast(A, B, start=start)


def test_what_is_no_network_and_no_inputs():
    with pytest.raises(pf.errors.BadInput, match=r"use `pf.Neurons\(model\)`"):
        contrast(A, B, net=nn.Linear(2, 2))
    with pytest.raises(pf.errors.BadInput, match=r"inputs=None.*use `pf.Gaussian.fit\(X\)`"):
        contrast(A, B, inputs=None)


def test_why_inputs_are_not_taken_is_said():
    X = torch.ones(20, 4)
    net, local = pf.Neurons(nn.Linear(4, 6)), pf.Gaussian.local(X, neighbours=10)
    with pytest.raises(pf.errors.BadInput, match=r"neither its items nor the whole.*the data never varies"):
        pf.contrast(net, local, [0, 1], [2, 3], start=X, seed=0)
