"""What a search will take, from two smaller ones."""

import pytest
import torch

import pushforward as pf
from pushforward.modules import plan
from pushforward.modules.finding.planning import _Lines
from pushforward.rng import normal
from pushforward.shards import Meter


def test_stages_grow_in_proportion_and_are_shared_in_whole_shards():
    small = Meter({"pushing": 1, "nulls": 39}, {"pushing": 2.0, "nulls": 4.0}, whole=7.0, peak=100)
    large = Meter({"pushing": 2, "nulls": 39}, {"pushing": 4.0, "nulls": 8.0}, whole=13.5, peak=140)
    lines = _Lines(small, large, 4, 8, rows=10)
    assert _Lines(small, large, 4, 8, rows=10, once=1.5).need(16, 2).seconds == lines.need(16, 2).seconds + 1.5
    alone = lines.need(16, 1)
    assert (alone.seconds, alone.memory) == (pytest.approx(1.5 + 8 + 16), 220)
    assert lines.need(16, 2).seconds == pytest.approx(1.5 + 8 / 2 + 16 * 20 / 39)
    assert lines.need(16, 64).seconds == pytest.approx(1.5 + 8 / 4 + 16 / 39)
    assert lines.need(16, 64).rank_hours == pytest.approx(64 * (3.5 + 16 / 39) / 3600)


def test_beyond_what_is_searched_only_assigning_grows_and_pushes_again():
    small = Meter({"pushing": 4, "assigning": 4}, {"pushing": 4.0, "assigning": 1.0}, whole=5.0, peak=100)
    large = Meter({"pushing": 8, "assigning": 8}, {"pushing": 8.0, "assigning": 2.0}, whole=10.0, peak=180)
    lines = _Lines(small, large, 16, 32, factor=2, rows=3, memory=200)  # 100 factors are kept
    assert lines.need(64, 1).seconds == pytest.approx(16 + 4)
    assert lines.need(512, 1).seconds == pytest.approx(128 + 32 + 412 / 4)
    assert lines.need(512, 4).seconds == pytest.approx((128 + 32 + 112 / 4) / 4)
    assert lines.need(10_240, 1).seconds == pytest.approx(256 + 640 + 10_140 / 4)
    assert [lines.need(n, 1).memory for n in (64, 512, 10_240)] == [
        180 + 32 * (3 + 2),
        180 + 480 * 3 + 2 * (100 - 32),
        180 + 992 * 3 + 2 * (100 - 32),
    ]
    assert lines.need(64, 4).memory == 180 + 32 * 3 - 2 * 16


def test_a_plan_says_what_every_number_of_ranks_needs():
    net = pf.Neurons(torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.Tanh(), torch.nn.Linear(12, 4)))
    inputs, X = pf.Gaussian.isotropic((6,)), normal((20, 6), seed=0)
    planned = plan(net, inputs, X, seed=0, points=6, ranks=(1, 3), nulls=19, twin=False)
    one, three = planned.needs
    assert one.seconds > three.seconds > 0
    assert one.memory > 2**25
    assert "memory a rank" in str(planned)
    assert planned.as_json()["at"] == (6, 6)
