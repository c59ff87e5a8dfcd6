"""A copy of a neuron of A among hundreds of others in B: no mean over B hides it."""

import re

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.modules.contrasts.verdict import Extreme, measured
from pushforward.rng import generator, normal

READS, WIDTH = 8, 400
QUICK = {"starts": 6, "candidates": 2, "frames": 3, "directions": 1}


class Copied(nn.Module):
    """`a` reads the first input, 400 neurons of `b` the others, and `c` is `times` what `a` is, or nearly so."""

    def __init__(self, times=1.0, near=1.0):
        super().__init__()
        draws = generator(0)
        self.W, self.v = (normal((n, READS), seed=draws) / READS**0.5 for n in (WIDTH, 1))
        self.times, self.near = times, near
        self.a, self.b, self.c = nn.Tanh(), nn.Tanh(), nn.Tanh()

    def forward(self, x):
        one, rest = 0.4 * x[:, :1], x[:, 1:]
        other = 0.4 * rest @ self.v.T / self.v.norm()
        copy = self.times * self.c(self.near * one + (1 - self.near**2) ** 0.5 * other)
        return torch.cat([self.a(one), self.b(rest @ self.W.T), copy], 1)


X = normal((300, 1 + READS), seed=3)
A, B, COPY = torch.tensor([0]), torch.arange(1, WIDTH + 2), WIDTH + 1


def contrast(a=A, b=B, start=X, model=None, **options):
    net = pf.Neurons(model or Copied(**options), layers=["output"], example=X[0])
    return pf.contrast(net, pf.Gaussian.isotropic((1 + READS,)), a, b, start=start, seed=0, **QUICK)


@pytest.mark.parametrize("options", [{}, {"times": -1.0}, {"times": 0.002}, {"near": 0.98}, {"near": -0.98}])
def test_a_copy_is_never_called_separable(options):
    c = contrast(**options)
    assert "separable" not in c.verdict
    assert not c.a.verdict.good
    assert not c.b.verdict.good
    assert (c.copies[0].a, c.copies[0].b) == (0, COPY)
    assert abs(c.copies[0].correlation) > 0.97
    assert f"number {COPY}" in c.verdict


@pytest.mark.parametrize("n", [1, 12, 40])
def test_a_copy_is_seen_from_few_inputs(n):
    c = contrast(start=X[0] if n == 1 else X[:n], near=0.98)
    assert c.copies[0].b == COPY
    assert "separable" not in c.verdict


def test_a_copy_of_one_of_several_is_seen():
    c = contrast(torch.tensor([0, 1, 2]), B[2:])
    assert c.copies[0].b == COPY
    assert c.a.verdict.kind == c.b.verdict.kind == "not separated"


def test_without_the_copy_they_are_separable_and_the_worst_neuron_is_named():
    c = contrast(b=B[:-1])
    assert "separable" in c.verdict
    assert c.copies == ()
    said = re.findall(r"worst neuron output.(\d+), number (\d+): ", c.verdict)
    assert [one == other for one, other in said] == [True, True]
    assert int(said[0][0]) in B[:-1]
    assert int(said[1][0]) == 0


def test_a_table_has_the_same_verdicts():
    net = pf.Neurons(Copied(), layers=["output"], example=X[0])
    sets = {"one": A, "rest": B[:-1], "copy": torch.tensor([COPY])}
    table = pf.contrast(net, pf.Gaussian.isotropic((1 + READS,)), sets, start=X, seed=0, **QUICK)
    assert table.verdict(0, 1).kind == table.verdict(1, 0).kind == "kept fixed"
    assert not table.verdict(0, 2).good
    assert not table.verdict(2, 0).good
    assert table.peak[0, 2] > 0.99
    assert table.columns()["peak"][0] == table.peak[0, 1]


def test_neurons_that_are_silent_but_for_one_input_are_no_copies():
    class Spiking(nn.Module):
        """Two neurons that both fire at one input of 300, for different reasons, and others."""

        def forward(self, x):
            return torch.cat([torch.relu(x[:, :2] - 1.5), x[:, 2:]], 1)

    start = X.clone()
    start[:, :2] = start[:, :2].clamp(max=1.4)
    start[7, :2] = torch.tensor([4.0, 5.0])
    c = contrast(torch.tensor([0, 2]), torch.tensor([1, 3]), start=start, model=Spiking())
    assert c.copies == ()


@pytest.mark.parametrize(("share", "kind"), [(0.5, "kept fixed"), (0.51, "off-target change"), (1.01, "not separated")])
def test_kinds_by_worst_neuron(share, kind):
    one = Extreme("fc.3", 17, share / 2, share)
    verdict = measured("A", "B", leak=0.01, moved=0.5, distance=0.5, stopped="", worst=one)
    assert verdict.kind == kind
    assert f"worst neuron fc.3, number 17: {share / 2:.2f} σ, {share:.1%}" in str(verdict)
