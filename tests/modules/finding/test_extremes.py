"""What networks are like now and then: copies everywhere, inputs at which nothing moves, any scale."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.modules.finding.rows import Rows
from pushforward.modules.finding.shares import sharpen
from pushforward.rng import normal, permutation
from slowly import slowly

QUICK = {"points": 16, "nulls": 19, "twin": False}


def test_where_all_positions_repeat_the_first_the_channels_stay():
    conv = nn.Conv1d(1, 12, 3, bias=False)
    conv.weight.data = normal((12, 1, 3), seed=0)
    X = normal((40, 3), seed=1).repeat(1, 6)[:, None]  # every third position is the same
    net = pf.Neurons(nn.Sequential(conv, nn.Tanh()))
    found = pf.find_modules(net, pf.Gaussian.fit(X), X, seed=0, **QUICK)
    assert len(found.sample) - found.copies == 36


def test_no_block_of_a_forced_number_is_lost():
    alive, zeros = torch.ones(2, 20, dtype=torch.bool), torch.zeros(20, dtype=torch.long)
    rows = Rows(nn.functional.normalize(normal((2, 20, 6), seed=0), dim=2), alive, zeros, torch.arange(20))
    for seed in range(20):
        start = torch.arange(20)[permutation(20, seed=seed)] % 7
        labels = sharpen(rows, start)
        assert labels[labels >= 0].unique().tolist() == list(range(7))


def test_sets_are_looked_for_again_where_half_of_the_inputs_move_nothing():
    F = torch.zeros(8, 60, 12)
    F[0] = torch.block_diag(normal((30, 6), seed=0), normal((30, 6), seed=1))
    found = pf.find_modules(F, seed=0, nulls=19)
    assert found.evidence.significant
    assert len(found.stability) == 2


@pytest.mark.parametrize("power", slowly([-80, 80, -50, 50]))
def test_the_scale_of_the_network_does_not_matter(power):
    F = torch.block_diag(*(normal((30, 6), seed=i) for i in range(2)))
    plain, scaled = (pf.find_modules(F * 2.0**k, seed=0, nulls=19) for k in (0, power))
    assert plain.significant
    assert torch.equal(plain.labels, scaled.labels)
    assert plain.evidence == scaled.evidence
