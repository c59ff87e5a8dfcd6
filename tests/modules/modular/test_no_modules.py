"""What is no module does not score: sparse weights, lone neurons, blocks that no output sees; what is one, does."""

from itertools import pairwise

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.modular.count import Pairs
from pushforward.modules.modular.survey import explained, in_proportion
from pushforward.rng import generator, normal, sample, uniform
from slowly import slowly


def dense(*widths, seed=0):
    """Weights of a random network."""
    draws = generator(seed)
    return [normal((b, a), seed=draws, dtype=torch.float64) / a**0.5 for a, b in pairwise(widths)]


def sparse(*widths, share=None, each=None, seed=0):
    """The same with a share of the weights, or with so many of each neuron."""
    draws, weights = generator(seed), []
    for W in dense(*widths, seed=seed + 1000):
        kept = uniform(W.shape, seed=draws) < share if share else torch.zeros_like(W)
        for row in kept if each else ():
            row[sample(W.shape[1], each, seed=draws)] = 1
        weights.append(W * kept / kept.double().mean() ** 0.5)
    return weights


def side_by_side(*networks):
    """Networks as blocks of one, with inputs of their own."""
    return [torch.block_diag(*weights) for weights in zip(*networks, strict=True)]


def measure(weights, *, activation=nn.Tanh, bias=0.1, seed=3):
    layers = []
    for i, W in enumerate(weights):
        layer = nn.Linear(W.shape[1], W.shape[0]).double()
        layer.weight.data, layer.bias.data = W.clone(), bias * normal((len(W),), seed=90 + i, dtype=torch.float64)
        layers += [layer, activation()]
    net, inputs = pf.Neurons(nn.Sequential(*layers[:-1])), pf.Gaussian.isotropic((weights[0].shape[1],))
    X = normal((6, weights[0].shape[1]), seed=77, dtype=torch.float64)
    found = pf.modular.measure_modularity(net, inputs, X, seed=seed)
    with torch.no_grad():
        assert float(pf.modularity(net, inputs, X, seed=seed)) == pytest.approx(found.score, abs=0.03)
    return found


@pytest.mark.parametrize(
    ("widths", "kind", "activation"),
    slowly(
        [
            ((32, 96, 96, 10), {"share": 0.05}, nn.ReLU),
            ((64, 64, 64, 64), {"share": 0.05}, nn.Tanh),
            ((32, 96, 96, 10), {"share": 0.1}, nn.ReLU),
            ((64, 64, 64, 64), {"share": 0.1}, nn.Tanh),
            ((32, 64, 64, 16), {"each": 1}, nn.Tanh),
            ((32, 64, 64, 16), {"each": 2}, nn.Tanh),
            ((32, 64, 64, 16), {"each": 3}, nn.Tanh),
            ((32, 64), {"each": 3}, nn.Tanh),
        ],
        quick=1,
    ),
)
def test_sparse_random_weights_are_no_modules(widths, kind, activation):
    found = measure(sparse(*widths, **kind, seed=5), activation=activation)
    assert found.score < 0.06
    assert found.excess > 0.1
    assert found.significant or "rows are sparse" in str(found)


@pytest.mark.parametrize("scale", slowly([torch.ones(20), 1 + torch.arange(20) / 20]))
def test_a_chain_of_single_neurons_is_no_modules(scale):
    found = measure([torch.diag(scale).double()] * 3)
    assert found.score == 0
    assert not found.significant


def test_lone_neurons_beside_a_dense_network_do_not_count():
    alone = [torch.eye(20, dtype=torch.float64)] * 3
    assert abs(measure(side_by_side(dense(16, 40, 40, 8), alone)).score) < 0.02


@pytest.mark.slow
def test_a_block_that_feeds_on_noise_counts_only_if_the_output_sees_it():
    weights = side_by_side(dense(16, 40, 40, 8), dense(16, 40, 40, 8, seed=40))
    assert measure(weights).score > 0.3
    weights[-1] = weights[-1][:8]
    unread = measure(weights)
    assert abs(unread.score) < 0.02
    assert unread.idle == pytest.approx(80 / 168)
    assert "48% not seen by the output" in str(unread)
    assert "no more than chance" in str(unread)
    assert unread.reason in str(unread)


@pytest.mark.parametrize("inputs", slowly([1, 2, 4]))
def test_a_separate_block_counts_whatever_the_number_of_its_inputs(inputs):
    found = measure(side_by_side(dense(16, 40, 40, 8), dense(inputs, 20, 20, 2, seed=40)))
    assert found.significant
    assert found.modules == 2
    assert found.score > 0.15


def test_three_separate_modules_score_what_they_did():
    found = measure(side_by_side(*(dense(6, 16, 16, 4, seed=10 * i) for i in range(3))))
    assert found.score == found.excess == pytest.approx(0.59, abs=0.01)
    assert found.significant
    assert found.reason == ""


@pytest.mark.parametrize(("few", "bias"), [(4, 0.0), (4, 1.0), (8, 0.0), (8, 1.0)])
def test_near_copies_of_few_neurons_are_no_modules(few, bias):
    first, second, last = dense(16, few, 40, 8, seed=1)
    copied = [first.repeat(40 // few, 1), second.repeat(1, 40 // few) * few / 40, last]
    assert measure(copied, bias=bias).score < 0.1


def test_neurons_that_mix_modules_do_not_hide_them():
    scores = []
    for mixing in (0.0, 0.1):
        truth = planted(160, modules=4, dim=16, leak=0.0, mixing=mixing, seed=5)
        net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((16,))
        scores.append(pf.modular.measure_modularity(net, inputs, truth.inputs, seed=0, points=4))
    assert scores[0].score > scores[1].score > 0.45
    assert scores[1].score == scores[1].excess


def test_neurons_are_copies_if_their_lengths_are_in_proportion_at_all_inputs():
    lengths = torch.tensor([[1.0, 2.0, 1.0, 0.0], [3.0, 6.0, 1.0, 3.0], [2.0, 4.0, 1.0, 2.0]])
    assert in_proportion(lengths)[0].tolist() == [True, True, False, False]


def test_modules_account_for_all_pairs_that_they_make_and_for_no_others():
    same = torch.arange(60)[:, None] // 20 == torch.arange(60) // 20
    blocks = torch.where(same, 0.3, 0.0) * normal((60, 60), seed=0).square()
    weights = Pairs(torch.ones(60, 60).fill_diagonal_(0), torch.ones(60), torch.ones(60))
    own, others = torch.arange(60) // 20, torch.arange(60) % 3
    assert float(explained(blocks, weights, own, 0.4)) == pytest.approx(0.6, abs=0.05)
    assert float(explained(blocks, weights, others, 0.4)) < 0.01
    assert float(explained(blocks, weights, torch.zeros(60, dtype=torch.long), 0.4)) == pytest.approx(0, abs=1e-6)
