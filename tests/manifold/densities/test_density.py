import dataclasses
import math

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.datasets import manifold
from pushforward.generator import Generator
from pushforward.latents import Circle, Cube, Gaussian, Sphere, Torus
from pushforward.manifold import density
from pushforward.rng import normal


class Known(nn.Module):
    """The map of a known manifold as a network."""

    def __init__(self, data):
        super().__init__()
        self.data = data

    def forward(self, features):
        return self.data.embedding(features.double()).float()


class Squares(nn.Module):
    """z ↦ z²: two preimages everywhere."""

    def forward(self, z):
        return torch.cat([z.square(), z.square()], 1)


@pytest.mark.parametrize("latent", [Circle(), Torus(2), Sphere(2)])
def test_a_known_generator_has_the_density_of_the_area_formula(latent):
    data = manifold(latent, 20, seed=0)
    result = density(Generator.wrap(Known(data), latent, reads="features"), data.points, seed=0)
    assert torch.allclose(result.log_density.double(), data.log_density, atol=1e-3)
    assert (result.multiplicity == 1).all()
    assert (result.residual < 1e-3).all()


def test_a_gaussian_through_a_linear_map_is_a_gaussian():
    A = normal((3, 3), seed=1)
    linear = nn.Linear(3, 3, bias=False)
    linear.weight.data = A
    x = normal((10, 3), seed=2)
    result = density(Generator.wrap(linear, Gaussian(3)), x, seed=0)
    truth = torch.distributions.MultivariateNormal(torch.zeros(3), A @ A.T).log_prob(x)
    assert torch.allclose(result.log_density, truth, atol=1e-3)
    S = torch.linalg.svdvals(A)
    assert torch.allclose(result.singular_values, S.expand(10, 3), atol=1e-4)
    assert torch.allclose(result.factors, 1 / S.expand(10, 3), rtol=1e-3)
    J = result.directions.mT * result.singular_values[:, None] @ result.latent_directions
    assert torch.allclose(J, A.expand(10, 3, 3), atol=1e-4)


def test_both_preimages_of_a_two_to_one_generator_are_summed():
    """z ~ U(−1, 1) and x = (z², z²) has density 1/(2 √2 √t) along the diagonal at (t, t)."""
    t = torch.tensor([[0.25], [0.5], [0.81]])
    result = density(Generator.wrap(Squares(), Cube(1)), t.expand(3, 2), seed=0)
    assert result.multiplicity.tolist() == [2, 2, 2]
    truth = -(2 * math.sqrt(2) * t[:, 0].sqrt()).log()
    assert torch.allclose(result.log_density, truth, atol=0.01)


def test_percentiles_are_among_the_reference():
    line = nn.Linear(1, 1, bias=False)
    line.weight.data.fill_(2.0)
    gen = Generator.wrap(line, Gaussian(1))
    reference = torch.linspace(-4, 4, 81)[:, None]
    result = density(gen, torch.tensor([[0.0], [4.0], [2.01]]), reference=reference, seed=0)
    assert result.percentile.tolist() == pytest.approx([80 / 81, 0, 40 / 81], abs=0.02)
    own = density(gen, torch.tensor([[0.0], [2 * 0.6745]]), seed=0)
    assert own.percentile.tolist() == pytest.approx([1, 0.5], abs=0.1)


def test_one_input_is_a_batch_of_one_and_results_read_well():
    data = manifold("circle", 3, seed=0)
    result = density(Generator.wrap(Known(data), Circle(), reads="features"), data.points[0], seed=0)
    assert result.log_density.shape == (1,)
    assert "1 preimage" in str(result)


def test_inputs_off_the_manifold_are_flagged_and_the_others_have_their_density():
    data = manifold("circle", 3, seed=0)
    gen = Generator.wrap(Known(data), Circle(), reads="features")
    x = data.points.clone()
    x[1] += 3
    result = density(gen, x, seed=0)
    alone = density(gen, data.points[[0, 2]], seed=0)
    assert result.on_manifold.tolist() == [True, False, True]
    assert result.log_density[1] == -math.inf
    assert (result.percentile[1], result.multiplicity[1]) == (0, 0)
    assert torch.allclose(result.log_density[[0, 2]], alone.log_density, atol=1e-4)
    assert "1 not on the manifold" in repr(result)
    assert "not on the manifold: " in result.summary()
    assert result.columns()["on_manifold"] == [True, False, True]
    assert result.plot(gen) is not None


def test_inputs_that_are_all_off_the_manifold_have_no_density():
    data = manifold("circle", 3, seed=0)
    gen = Generator.wrap(Known(data), Circle(), reads="features")
    with pytest.raises(pf.errors.OffManifold, match=r"2 of 2 inputs are not on the generator's manifold.*tolerance="):
        density(gen, data.points[:2] + 3, seed=0)


def test_densities_of_before_have_all_inputs_on_the_manifold():
    data = manifold("circle", 2, seed=0)
    result = density(Generator.wrap(Known(data), Circle(), reads="features"), data.points, seed=0)
    assert dataclasses.replace(result, on_manifold=None).columns()["on_manifold"] == [True, True]
