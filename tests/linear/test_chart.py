"""Charts are re-centred and tell of the law, by themselves or by composition."""

import pytest
import torch

import pushforward as pf
from parts import normal
from pushforward.linear import Chart, ConstantInputs, centred, log_density, recentred

X = normal(60, 2, 3)


class Square(Chart):
    """x + w + w²: knows nothing of re-centring."""

    def __init__(self, x, broken=False):
        self.point, self.rank, self.broken = x, 3, broken

    def __call__(self, w):
        w = torch.from_numpy(w.numpy()) if self.broken else w
        return self.point + w + w.square()

    def tangents(self, start, stop):
        return torch.eye(3)[start:stop]


def lawful(chart, w):
    """Whether the chart around x(w) is what composition gives."""
    moved, v = recentred(chart, w), normal(5, chart.rank, seed=3)
    torch.testing.assert_close(moved.point, chart(w[None])[0])
    torch.testing.assert_close(moved(torch.zeros(1, chart.rank))[0], moved.point)
    J = torch.func.jacrev(lambda w: moved(w[None])[0].flatten())(torch.zeros(chart.rank))
    torch.testing.assert_close(moved.tangents(0, chart.rank), J.T, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(moved.tangents(1, 3), J.T[1:3], atol=1e-5, rtol=1e-4)
    return moved, v


@pytest.mark.parametrize(
    "inputs", [pf.Gaussian.isotropic((2, 3)), pf.Gaussian.fit(X, rank=4), pf.Gaussian.local(X, neighbours=20, rank=3)]
)
def test_gaussian_charts_keep_their_directions(inputs):
    chart = inputs.chart(X[0])
    moved, v = lawful(chart, normal(chart.rank))
    torch.testing.assert_close(moved(v), chart(v + normal(chart.rank)))


def test_other_charts_are_composed():
    chart = Square(torch.tensor([1.0, 2.0, 3.0]))
    moved, v = lawful(chart, torch.tensor([0.5, -0.1, 0.2]))
    torch.testing.assert_close(moved(v), chart(v + torch.tensor([0.5, -0.1, 0.2])))
    torch.testing.assert_close(recentred(moved, v[0])(v), chart(v + v[0] + torch.tensor([0.5, -0.1, 0.2])))
    assert log_density(chart) is centred(chart) is log_density(moved) is None


def test_charts_without_a_derivative_are_told_what_to_do():
    with pytest.raises(pf.errors.NotDifferentiable, match=r"Square has no forward derivative.*a method `at\(w\)`"):
        recentred(Square(torch.zeros(3), broken=True), torch.ones(3)).tangents(0, 3)


def test_generators_stay_in_their_latent():
    class Bent(torch.nn.Module):
        def forward(self, z):
            return torch.stack([z[:, 0], z[:, 1], z[:, 0] * z[:, 1], z[:, 0].square()], 1)

    gen = pf.Generator.wrap(Bent(), pf.latents.Cube(2))
    chart = gen.chart_at(torch.tensor([0.5, -0.2]))
    moved = chart.at(torch.tensor([0.3, 0.1]))
    torch.testing.assert_close(moved.point, chart(torch.tensor([[0.3, 0.1]]))[0])
    torch.testing.assert_close(chart.at(torch.tensor([9.0, 0.0])).z, torch.tensor([1.0, -0.2]))
    density = pf.density(gen, chart.point[None], seed=0).log_density
    assert chart.log_density() == pytest.approx(float(density), abs=1e-4)
    assert centred(chart) is None


def test_the_law_of_fitted_gaussians_is_mahalanobis():
    inputs = pf.Gaussian.fit(X)
    L = inputs.L.double()
    for x in X[:5]:
        away = (x.flatten() - inputs.mean).double()
        squared = away @ torch.linalg.pinv(L @ L.T) @ away
        chart = inputs.chart(x)
        assert log_density(chart) == pytest.approx(-float(squared) / 2, rel=1e-3)
        w = centred(chart)
        torch.testing.assert_close(L.float() @ w + inputs.mean, x.flatten(), atol=1e-4, rtol=1e-4)
    assert log_density(pf.Gaussian.isotropic((2, 3)).chart(X[0])) is None
    assert centred(pf.Gaussian.isotropic((2, 3)).chart(X[0])) is None


def test_a_chart_held_is_given_whatever_is_asked():
    chart = Square(torch.zeros(3))
    assert ConstantInputs(chart).chart(None) is chart
