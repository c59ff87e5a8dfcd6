import math

import pytest
import torch

from pushforward.errors import BadInput
from truths import mmcs, toy


def test_five_features_in_two_directions_make_a_pentagon():
    one = toy(0, features=5, hidden=2, steps=1200)
    angles = torch.atan2(one.directions[:, 1], one.directions[:, 0]).sort().values
    gaps = torch.cat([angles.diff(), (angles[:1] - angles[-1:]) + 2 * math.pi])
    assert gaps.tolist() == pytest.approx([2 * math.pi / 5] * 5, abs=0.05)
    assert one.represented.all()
    assert one.loss < 0.2 * float(one.X.square().mean())
    assert torch.allclose(one.H, one.X @ one.model.get_buffer("W").T)


def test_a_toy_is_repeated_by_its_seed():
    before = torch.get_rng_state()
    one, two, other = (toy(seed, features=8, hidden=4, steps=20) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.directions, two.directions)
    assert not torch.equal(one.directions, other.directions)


def test_the_mean_of_largest_cosines():
    truth = torch.eye(3)
    assert mmcs(truth, 5 * truth[[2, 0, 1]]) == pytest.approx(1)
    assert mmcs(truth, -truth) == pytest.approx(0)
    assert mmcs(truth, -truth, signed=False) == pytest.approx(1)
    assert mmcs(truth, truth[:2]) == pytest.approx(2 / 3)
    assert mmcs(truth, torch.ones(1, 3)) == pytest.approx(3**-0.5)


def test_more_directions_than_features_are_refused():
    with pytest.raises(BadInput, match="fewer hidden directions"):
        toy(0, features=3, hidden=4)
