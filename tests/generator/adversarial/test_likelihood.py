"""The likelihood phase: its derivatives are those of the exact likelihood, and the density becomes right."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.datasets import manifold
from pushforward.generator import jacobians
from pushforward.generator.adversarial.likelihood import pinned
from pushforward.generator.inverse import LevenbergMarquardt
from pushforward.latents import Circle


class Ellipse(nn.Module):
    """The circle stretched, turned in parameter and shifted by weights."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([2.0, 1.0, 0.3, 0.1], dtype=torch.float64))

    def forward(self, features):
        a, b, c, d = self.w
        angle = torch.atan2(features[:, 1], features[:, 0])
        angle = angle + c * angle.sin() + d * (2 * angle).cos()
        return torch.stack([a * angle.cos(), b * angle.sin()], 1)


def log_volume(net, x, z):
    """½ log det JᵀJ at the preimage nearest to z, found to all digits."""
    paint = lambda z: net(Circle().features(z))  # noqa: E731
    z = LevenbergMarquardt(50, tolerance=1e-14).descend(paint, Circle(), x, z).z
    return float(torch.linalg.svdvals(jacobians(paint, Circle(), z)).log().sum()), z


def test_derivatives_count_that_preimages_move_with_the_weights():
    net, z = Ellipse(), torch.tensor([[0.9], [2.2], [4.0]], dtype=torch.float64)
    paint = lambda z: net(Circle().features(z))  # noqa: E731
    x = paint(z).detach()
    off, volume = pinned(paint, Circle(), x, z)
    (slope,) = torch.autograd.grad(volume.sum(), net.w)
    assert off.abs().max() < 1e-12
    h = 1e-5
    for i in range(2, 4):  # weights that keep the ellipse and move points along it
        step = torch.zeros(4, dtype=torch.float64)
        step[i] = h
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                net.w += sign * step
            values.append(log_volume(net, x, z)[0])
            with torch.no_grad():
                net.w -= sign * step
        assert float(slope[i]) == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-4)


@pytest.mark.slow
def test_likelihood_makes_the_density_right():
    centre = torch.tensor([[1.0]])
    train, test = (
        manifold("circle", n, seed=seed, ambient=8, concentration=2.0, centres=centre)
        for n, seed in ((4000, 1), (300, 2))
    )
    errors = []
    for share in (0.0, 0.5):
        training = pf.settings.Training(steps=400, batch=64, likelihood=share)
        gen = pf.Generator.fit(train.points, Circle(), seed=0, training=training)
        z = gen.encode(test.points)
        log_density = gen.latent.log_density(z) - torch.linalg.svdvals(jacobians(gen, gen.latent, z)).log().sum(1)
        errors.append(float((log_density - test.log_density).abs().mean()))
    assert errors[1] < errors[0]
    assert errors[1] < 0.25


def test_shares_are_shares():
    with pytest.raises(pf.errors.BadInput, match=r"a number in \[0, 1\]"):
        pf.settings.Training(likelihood=2.0)
