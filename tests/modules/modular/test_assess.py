import pytest
import torch

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.modular import assess
from pushforward.modules.modular.result import split


@pytest.mark.slow
def test_the_sides_of_a_network_with_two_modules_do_two_parts():
    truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
    blocks = [(truth.labels == b).nonzero()[:, 0] for b in (0, 1)]
    whole = net(truth.inputs)

    def metric(f):
        del f  # the parts are read off the neurons themselves
        return {"one": 1.0, "two": 1.0}

    result = assess(net, inputs, truth.inputs, metric, seed=0)
    assert whole.shape[1] == sum(map(len, blocks)) == len(result.modules.candidate)
    assert result.modularity.modules == 2
    assert result.split == (0.0, 0.0)
    assert assess(net, inputs, truth.inputs, lambda f: {"one": 1.0}, seed=0).split is None


@pytest.mark.parametrize("flipped", [False, True])
def test_each_side_goes_with_the_part_that_it_serves(flipped):
    effect = torch.tensor([[0.9, 0.1], [0.2, 0.7]])
    own, other = split(effect.flip(0) if flipped else effect)
    assert own == pytest.approx(0.7)
    assert other == pytest.approx(0.2)


def test_sides_that_share_work_are_not_called_specific():
    own, other = split(torch.tensor([[0.5, 0.5], [0.6, 0.6]]))
    assert other >= own
