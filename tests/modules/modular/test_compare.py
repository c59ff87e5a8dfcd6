import pytest
import torch

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.modular import compare

INPUTS = pf.Gaussian.isotropic((64,))


def parts(truth):
    return pf.Neurons(truth.model), [(truth.labels == b).nonzero()[:, 0] for b in (0, 1)]


def test_networks_of_the_same_two_subspaces_agree_whatever_their_neurons_and_the_order_of_modules():
    truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    net, blocks = parts(truth)
    agreement = compare((net, blocks), (net, blocks[::-1]), INPUTS, truth.inputs, seed=0)
    assert agreement.same == pytest.approx(1, abs=1e-4)
    assert agreement.chance < 0.8


def test_other_subspaces_do_not_agree_beyond_chance():
    one, two = (planted(60, modules=2, leak=0.0, mixing=0.0, seed=s) for s in (0, 1))
    agreement = compare(parts(one), parts(two), INPUTS, one.inputs, seed=0)
    assert agreement.same < agreement.chance + 0.1


def test_a_module_without_a_partner_counts_nothing():
    truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    net, blocks = parts(truth)
    agreement = compare((net, blocks), (net, blocks[:1]), INPUTS, truth.inputs, seed=0)
    assert agreement.same == pytest.approx(0.5, abs=1e-4)


def test_no_modules_are_a_clear_error():
    truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    with pytest.raises(pf.errors.BadInput, match="has none"):
        compare(parts(truth), (pf.Neurons(truth.model), []), INPUTS, truth.inputs, seed=0)


def test_directions_are_compared_not_lengths():
    def net(scale):
        layer = torch.nn.Linear(6, 12)
        layer.weight.data = torch.eye(6).repeat_interleave(2, 0) * scale[:, None]
        return pf.Neurons(layer), [torch.arange(6), torch.arange(6, 12)]

    X = torch.zeros(4, 6)
    agreement = compare(net(torch.ones(12)), net(torch.linspace(0.5, 9, 12)), pf.Gaussian.isotropic((6,)), X, seed=0)
    assert agreement.same == pytest.approx(1, abs=1e-6)
    assert agreement.chance < 0.9
