"""`check_inputs` passes what we ship and names the law that is broken."""

import pytest
import torch

import pushforward as pf
from parts import normal
from pushforward.extend import Chart, check_inputs

X = normal(60, 2, 3)


class Curved(Chart):
    """x + w + w²."""

    def __init__(self, x):
        self.point, self.rank = x, 3

    def __call__(self, w):
        return self.point + w + w.square()

    def tangents(self, start, stop):
        return torch.eye(3)[start:stop]


class Given:
    def __init__(self, kind):
        self.kind = kind

    def chart(self, x):
        return self.kind(x)


@pytest.mark.parametrize(
    "inputs",
    [
        pf.Gaussian.isotropic((2, 3)),
        pf.Gaussian.fit(X, rank=4),
        pf.Gaussian.local(X, neighbours=20, rank=3),
        pf.Gaussian.per_position((2, 3), X[:, 0], rank=2),
    ],
)
def test_gaussian_inputs_obey(inputs):
    check_inputs(inputs, X[0], seed=0)
    check_inputs(inputs, X[0].double(), seed=0)


def test_generators_and_your_own_obey():
    gen = pf.Generator.wrap(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh()), pf.latents.Gaussian(2))
    check_inputs(gen, gen(torch.zeros(1, 2))[0].detach(), seed=0)
    check_inputs(Given(Curved), torch.zeros(3), seed=0)


class Off(Curved):
    def __call__(self, w):
        return self.point + 1 + w


class Steep(Curved):
    def tangents(self, start, stop):
        return 2 * torch.eye(3)[start:stop]


class Mixed(Curved):
    def __call__(self, w):
        return self.point + w.mean(0) + 0 * w


class Single(Curved):
    def __call__(self, w):
        return self.point


class Flat(Curved):
    def tangents(self, start, stop):
        return torch.eye(3)


class Nothing(Curved):
    def __init__(self, x):
        self.point, self.rank = x, 0


class Drawn(Curved):
    def __init__(self, x):
        super().__init__(x)
        self.shift = torch.rand(3)

    def __call__(self, w):
        return self.point + self.shift * w


class Elsewhere(Curved):
    def at(self, w):
        return Curved(self.point)


@pytest.mark.parametrize(
    ("kind", "law"),
    [
        (Off, r"x\(0\) is the chart's `point`"),
        (Steep, r"`tangents` are ∂x/∂w at w = 0"),
        (Mixed, r"depends on w_i alone"),
        (Single, r"x\(w\) of four coordinates is \(3,\), not \(4, 3\)"),
        (Flat, r"`tangents\(0, 1\)` has shape \(3, 3\)"),
        (Nothing, r"`rank` is 0"),
        (Drawn, r"the same each time"),
        (Elsewhere, r"the chart around x\(w\) is at x\(w\)"),
        (lambda x: x, r"`chart\(x\)` is a Tensor, not a `Chart`"),
    ],
)
def test_the_broken_law_is_named(kind, law):
    with pytest.raises(pf.errors.BrokenLaw, match=law):
        check_inputs(Given(kind), torch.ones(3), seed=0)
