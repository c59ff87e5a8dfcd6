import math

import pytest
import torch
from scipy.special import i0

import pushforward as pf
from pushforward.datasets import manifold
from pushforward.datasets.manifolds import LATENTS
from pushforward.latents import Circle, Sphere


@pytest.mark.parametrize("name", LATENTS)
def test_every_manifold_is_where_its_map_puts_it(name):
    data = manifold(name, 50, seed=0)
    assert data.points.shape == (50, 50)
    assert torch.allclose(data.map(data.z).float(), data.points, atol=1e-5)
    assert torch.isfinite(data.log_density).all()
    assert torch.linalg.svdvals(data.points - data.points.mean(0))[data.latent.dim - 1] > 0.1


def test_noise_is_added_in_every_coordinate():
    clean, noisy = (manifold("torus", 2000, seed=0, noise=noise).points for noise in (0.0, 0.1))
    assert (clean - noisy).std(0) == pytest.approx(torch.full((50,), 0.1), rel=0.15)


def test_a_tilted_circle_has_the_von_mises_law():
    data = manifold("circle", 20_000, seed=0, concentration=2.0, centres=[[1.0]])
    assert data.z.sub(1).cos().mean() == pytest.approx(0.6978, abs=0.01)  # I₁(2)/I₀(2)
    speed = manifold("circle", 20_000, seed=0, concentration=0.0)
    at = torch.tensor([[1.0], [2.5]])
    one = [(data.z - a).abs().argmin() for a in at[:, 0]]
    two = [(speed.z - a).abs().argmin() for a in at[:, 0]]
    for i, j, a in zip(one, two, at[:, 0], strict=True):
        law = 2 * math.cos(a - 1) - math.log(i0(2.0))  # against uniform, the volume of the map drops out
        assert float(data.log_density[i] - speed.log_density[j]) == pytest.approx(law, abs=0.02)


def test_densities_integrate_to_one():
    """The mean of 1/p over points of the law is the volume, which uniform points give too."""
    plain = manifold(Sphere(2), 40_000, seed=1)
    tilted = manifold(Sphere(2), 40_000, seed=2, concentration=1.0)
    volume = [(-data.log_density).exp().mean() for data in (plain, tilted)]
    assert float(volume[0]) == pytest.approx(float(volume[1]), rel=0.02)


def test_two_centres_make_a_mixture():
    data = manifold(Circle(), 5000, seed=0, concentration=20.0, centres=[[0.0], [math.pi]])
    assert (data.z.cos() > 0.5).double().mean() == pytest.approx(0.5, abs=0.05)
    assert (data.z.cos().abs() < 0.5).double().mean() < 0.01


def test_any_law_can_be_given_as_a_tilt():
    """p(θ) ∝ e^{−θ} on [0, 2π)."""
    data = manifold("circle", 20_000, seed=0, tilt=lambda z: -z[:, 0].double())
    mass = 1 - math.exp(-2 * math.pi)
    assert (data.z < 1).double().mean() == pytest.approx((1 - math.exp(-1)) / mass, abs=0.01)
    speed = torch.linalg.vector_norm(data.map(data.z + 5e-5) - data.map(data.z - 5e-5), dim=1) / 1e-4
    truth = -data.z[:, 0].double() - math.log(mass) - speed.log()
    assert torch.allclose(data.log_density, truth, atol=0.02)


@pytest.mark.parametrize(
    ("args", "options", "cure"),
    [
        (("doughnut", 5), {}, "There are: interval, circle"),
        (("circle", 0), {}, "at least one point"),
        (("circle", 5), {"ambient": 1}, "2 coordinates"),
        (("circle", 5), {"noise": -1.0}, "0 is none"),
        (("circle", 5), {"concentration": -1.0}, "0 is none"),
        (("circle", 5), {"tilt": lambda z: z[:, 0]}, "Subtract the largest"),
        (("circle", 5), {"tilt": lambda z: -z[:, 0], "concentration": 1.0}, "leave `concentration`"),
    ],
)
def test_what_cannot_be_made_says_so(args, options, cure):
    with pytest.raises(pf.errors.PushforwardError, match=cure):
        manifold(*args, seed=0, **options)
