"""Networks drawn at random run, and keep their rows apart: scripts/fuzz_networks.py."""

from random import Random

import pytest
import torch

import pushforward as pf
from fuzz.drawn import DAMAGE, DATA, KINDS, damage, data, network


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_kind_can_be_pushed_through(make):
    for seed in range(3):
        torch.manual_seed(seed)
        model, shape = make(Random(seed))
        P = pf.push(pf.Neurons(model.eval()), pf.Gaussian.isotropic(shape), torch.randn(shape))
        assert torch.isfinite(P.factor).all()


def test_weights_and_inputs_of_every_kind_are_numbers():
    for what in DAMAGE:
        model, _ = KINDS[1](Random(0))
        damage(model, what, Random(1))
        assert all(torch.isfinite(w).all() for w in model.parameters())
    for what in DATA:
        X = data((3, 4), what, Random(2))
        assert X.shape[1:] == (3, 4)
        assert torch.isfinite(X).all()


def test_a_seed_draws_the_same_case_again():
    (one, X, _, words), (two, Y, _, again) = network(3), network(3)
    assert words == again
    assert torch.equal(X, Y)
    assert str(one) == str(two)
