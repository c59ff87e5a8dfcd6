"""What would raise a naive count does not raise the score, and nothing changes it that should not."""

from itertools import pairwise

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.datasets import planted
from pushforward.linear import Chart
from pushforward.rng import normal, permutation, rotation
from slowly import slowly

INPUTS = pf.Gaussian.isotropic((16,))
X = normal((6, 16), seed=0, dtype=torch.float64)


def network(widths=(16, 40, 40, 8), *, seed=0, activation=nn.Tanh):
    parts = []
    for i, (a, b) in enumerate(pairwise(widths)):
        layer = nn.Linear(a, b).double()
        layer.weight.data = normal((b, a), seed=seed + i, dtype=torch.float64) / a**0.5
        layer.bias.data = 0.1 * normal((b,), seed=seed + 50 + i, dtype=torch.float64)
        parts += [layer, activation()]
    return nn.Sequential(*parts[:-1])


def score(model, inputs=INPUTS, X=X, **options):
    with torch.no_grad():
        return float(pf.modularity(pf.Neurons(model), inputs, X, seed=3, **options))


def change_hidden(model, layer, change_rows, change_columns):
    """The weights into and out of a hidden layer, replaced by functions of themselves."""
    into, out = model[2 * layer], model[2 * layer + 2]
    into.weight.data, into.bias.data = change_rows(into.weight.data), change_rows(into.bias.data)
    out.weight.data = change_columns(out.weight.data.T).T
    return model


@pytest.fixture(scope="module")
def modular():
    truth = planted(96, modules=3, dim=16, leak=0.1, mixing=0.0, seed=1)
    return truth.model.double(), truth.labels


def test_planted_modules_score_and_a_random_network_does_not(modular):
    assert score(modular[0]) > 0.15
    assert abs(score(network())) < 0.02


def test_scaling_neurons_changes_nothing():
    model = network(activation=nn.ReLU)
    before = score(model)
    scale = 10 ** normal((40,), seed=5, dtype=torch.float64)
    shape = lambda W: scale.reshape(-1, *[1] * (W.ndim - 1))  # noqa: E731
    change_hidden(model, 0, lambda W: W * shape(W), lambda W: W / shape(W))
    assert score(model) == pytest.approx(before, abs=1e-8)


def test_shrinking_all_activations_changes_nothing():
    model = network(activation=nn.ReLU)
    before = score(model)
    for layer in model[::2]:
        layer.weight.data *= 1e-3
        layer.bias.data *= 1e-3
    assert score(model) == pytest.approx(before, abs=0.02)  # biases count more, so the network is another one


def test_permuting_neurons_changes_nothing_but_which_mixtures_are_drawn(modular):
    model = network()
    before = score(model, nulls=40)
    order = permutation(40, seed=1)
    change_hidden(model, 0, lambda W: W[order], lambda W: W[order])
    assert score(model, nulls=40) == pytest.approx(before, abs=0.01)


def test_rotating_w_changes_nothing(modular):
    class Rotated:
        def chart(self, x):
            return RotatedChart(INPUTS.chart(x))

    class RotatedChart(Chart):
        Q = rotation(16, seed=2, dtype=torch.float64)

        def __init__(self, chart):
            self.chart, self.point, self.rank = chart, chart.point, chart.rank

        def __call__(self, w):
            return self.chart(w @ self.Q.T)

        def tangents(self, start, stop):
            return (self.Q.T @ self.chart.tangents(0, self.rank))[start:stop]

    model = modular[0]
    assert score(model, Rotated()) == pytest.approx(score(model), abs=1e-8)


@pytest.mark.slow
def test_copies_of_neurons_do_not_raise_it(modular):
    for model, copied in ((network(), 40), (network(), 10)):
        before = score(model, nulls=20)
        some = torch.cat([torch.arange(40), torch.arange(copied)])
        count = torch.bincount(some, minlength=40)[some].double()
        change_hidden(model, 0, lambda W, s=some: W[s], lambda W, s=some, n=count: W[s] / n[:, None])
        assert score(model, nulls=20) == pytest.approx(before, abs=0.01)


def test_many_copies_of_few_neurons_are_no_modules():
    model = network()
    some = torch.arange(40) % 8
    change_hidden(model, 0, lambda W: W[some], lambda W: W)
    assert score(model, nulls=20) < 0.03


def test_killing_neurons_and_adding_constant_ones_does_not_raise_it():
    model = network(activation=nn.ReLU)
    before = score(model, nulls=20)
    padded = network(activation=nn.ReLU)
    change_hidden(padded, 0, lambda W: torch.cat([W, 0 * W[:15]]), lambda W: torch.cat([W, normal((15, 40), seed=9)]))
    assert score(padded, nulls=20) == pytest.approx(before, abs=0.01)
    model[0].weight.data[:20], model[0].bias.data[:20] = 0, -1
    assert score(model, nulls=20) < 0.03


def test_one_neuron_modules_do_not_raise_it():
    model = nn.Sequential(nn.Linear(16, 16, bias=False).double(), nn.Tanh())
    model[0].weight.data = rotation(16, seed=0, dtype=torch.float64)
    assert abs(score(model)) < 0.01  # all neurons are orthogonal: each one alone
    mixed = nn.Sequential(nn.Linear(16, 46, bias=False).double(), nn.Tanh())
    W = torch.zeros(46, 16, dtype=torch.float64)
    W[:6, :6], W[6:, 6:] = torch.eye(6), normal((40, 10), seed=1)
    mixed[0].weight.data = W
    plain = nn.Sequential(nn.Linear(16, 40, bias=False).double(), nn.Tanh())
    plain[0].weight.data = W[6:]
    assert score(mixed, nulls=20) < score(plain, nulls=20) + 0.02


@pytest.mark.parametrize("width", slowly([12, 40, 160]))
def test_widening_does_not_raise_it(width):
    values = [score(network((16, width, width, 8), seed=7 * s), nulls=8) for s in range(4)]
    assert abs(sum(values) / 4) < 0.02


@pytest.mark.slow
def test_random_networks_of_every_width_and_rank_score_zero():
    results = []
    for seed in range(100):
        d, a, b = ((4, 8, 16, 32, 64)[seed % 5], (16, 32, 64, 128)[seed % 4], (12, 48, 96)[seed % 3])
        model = network((d, a, b, 10), seed=1000 + 7 * seed, activation=(nn.Tanh, nn.ReLU, nn.GELU)[seed % 3])
        points = normal((16, d), seed=seed, dtype=torch.float64)
        inputs = pf.Gaussian.isotropic((d,))
        results.append(pf.modular.measure_modularity(pf.Neurons(model), inputs, points, seed=seed))
    scores = torch.tensor([m.score for m in results])
    assert abs(scores.mean()) < 0.005
    assert sum(m.significant for m in results) <= 8
