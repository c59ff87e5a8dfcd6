"""The manifold that a layer's activations lie on."""

import math

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.errors import BadInput, UnknownLayer
from pushforward.manifold.activations import subject_of
from pushforward.rng import normal, uniform


def model():
    net = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 1))
    for i, p in enumerate(net.parameters()):
        p.data = 0.4 * normal(tuple(p.shape), seed=i)
    return net.eval()


def ring(n=500):
    a = 2 * math.pi * uniform((n, 1), seed=0)
    return torch.cat([a.cos(), a.sin(), (2 * a).cos()], 1)


def test_a_circle_stays_one_in_every_layer_but_the_last():
    net = pf.Neurons(model(), example=ring()[0])
    for layer in net.layers[:2]:
        result = pf.topology(net, ring(), layer=layer, seed=0, check=False)
        assert (result.name, result.confident) == ("circle", True)
    assert pf.topology(net, ring(), layer="output", seed=0, check=False).name == "interval"


def test_a_module_and_its_neurons_are_the_same_and_nothing_is_changed():
    net = model().train()
    one, other = (pf.topology(of, ring(), layer="1", seed=0, check=False) for of in (net, pf.Neurons(net)))
    assert str(one) == str(other)
    assert net.training


def test_the_activations_are_those_of_the_layer():
    net = model()
    expected = net[:2](ring())
    torch.testing.assert_close(subject_of("topology", net, ring(), "1"), expected.detach())
    both = subject_of("topology", net, ring(), ["1", "output"])
    assert both.shape == (500, 13)


def test_data_and_generators_are_read_as_they_are():
    gen = pf.Generator.wrap(nn.Identity(), pf.latents.Circle(), reads="features")
    for subject in (ring(), gen, "folder"):
        assert subject_of("dimension", subject, None, None) is subject


@pytest.mark.parametrize(
    ("arguments", "layer", "reason"),
    [
        ((model(), ring()), None, r"which layer\? There are: 1, 3, output. Name one, `layer='output'`"),
        ((model(),), "1", r"a network was given without inputs\. Give the inputs X"),
        ((ring(), ring()), None, r"`X` and `layer` go with a network, and Tensor was given in its place"),
        ((ring(),), "1", r"Give data alone, `pf.topology\(X\)`"),
        ((model(), ring()[:0]), "1", "X is empty. Give the inputs the network is to be run at"),
    ],
)
def test_what_is_missing_is_said(arguments, layer, reason):
    with pytest.raises(BadInput, match=reason):
        pf.topology(*arguments, layer=layer, seed=0)


def test_unknown_layers_are_said():
    with pytest.raises(UnknownLayer, match="no layer has this name or pattern"):
        pf.topology(model(), ring(), layer="seven", seed=0)


@pytest.mark.slow
def test_the_dimension_of_a_layer_is_that_of_its_activations():
    net, X = pf.Neurons(torch.nn.Sequential(torch.nn.Linear(2, 12), torch.nn.Tanh())), normal((400, 2), seed=0)
    of_layer = pf.dimension(net, X, layer="output", seed=0)
    assert of_layer == pf.dimension(net(X).detach(), seed=0)
    assert of_layer.estimate == 2
    with pytest.raises(pf.errors.BadInput, match="which layer"):
        pf.dimension(net, X, seed=0)
