"""Latent points of inputs, found where they are known."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.generator import Generator, jacobians
from pushforward.generator.inverse import LevenbergMarquardt
from pushforward.latents import Atlas, Circle, Cube, Sphere, Torus
from toys import Lifted, quick, ring, twice_round


@pytest.mark.parametrize("latent", [Cube(3), Sphere(2), Circle(), Torus(2)])
def test_closed_forms_are_inverted(latent):
    gen = Generator.wrap(Lifted(latent.feature_count, 9), latent, reads="features")
    z = latent.sample(20, seed=1)
    inverse = gen.invert(gen(z), seed=0)
    assert inverse.converged.all()
    assert latent.distance(inverse.z, z).max() < 1e-2
    assert inverse.residual.max() < 1e-4
    assert torch.allclose(gen(inverse.z), inverse.points)
    assert torch.equal(gen.encode(gen(z)), inverse.z)
    assert repr(inverse).startswith("Inverse(20 inputs")


def test_off_the_manifold_the_nearest_point_is_found_and_the_residual_said():
    gen = Generator.wrap(nn.Identity(), Sphere(2))
    x = torch.tensor([[0.0, 0.0, 3.0]])
    inverse = gen.invert(x, seed=0)
    assert torch.allclose(inverse.points, x / 3, atol=1e-3)
    assert float(inverse.residual) == pytest.approx(2 / math.sqrt(3), abs=1e-3)


def test_latent_points_stay_in_the_latent():
    gen = Generator.wrap(nn.Identity(), Cube(2))
    inverse = gen.invert(torch.tensor([[5.0, 0.3]]), seed=0)
    assert torch.allclose(inverse.z, torch.tensor([[1.0, 0.3]]), atol=1e-3)


def test_a_step_is_taken_only_if_the_residual_falls():
    latent, gen = Circle(), twice_round()
    x, z = gen.sample(30, seed=0), latent.sample(30, seed=1)
    residuals = [LevenbergMarquardt(steps).descend(gen, latent, x, z).residual for steps in range(8)]
    assert all((after <= before + 1e-7).all() for before, after in pairwise(residuals))


def test_more_memory_changes_nothing(monkeypatch):
    latent, gen = Circle(), twice_round()
    x, z = gen.sample(30, seed=0), latent.sample(30, seed=1)
    whole = LevenbergMarquardt().descend(gen, latent, x, z)
    monkeypatch.setattr("pushforward.generator.inverse.MEMORY", 40)
    assert torch.allclose(LevenbergMarquardt().descend(gen, latent, x, z).z, whole.z, atol=1e-5)


def test_both_preimages_of_a_two_to_one_map_are_found():
    gen = twice_round()
    x = gen.sample(70, seed=0)
    preimages = gen.preimages(x, seed=1)
    assert (preimages.multiplicity == 2).all()
    for x_i, z in zip(x, preimages.points, strict=True):
        assert torch.allclose(gen(z), x_i.expand(2, -1), atol=1e-2)
        assert float(gen.latent.distance(z[:1], z[1:])) == pytest.approx(math.pi, abs=1e-2)
    assert repr(preimages) == "Preimages(70 inputs; multiplicity 70 × 2)"


def test_off_the_manifold_there_are_no_preimages_unless_tolerated():
    gen, x = twice_round(), torch.tensor([[2.0, 0.0]])
    none = gen.preimages(x, seed=0)
    assert none.multiplicity.tolist() == [0]
    assert float(none.residual) == pytest.approx(0.5**0.5, abs=1e-3)
    assert none.points[0].shape == (0, 1)
    assert gen.preimages(x, seed=0, tolerance=0.75).multiplicity.tolist() == [2]


def test_every_chart_that_covers_a_point_counts():
    class SameInAll(nn.Module):
        def forward(self, z):
            return z[:, 1:]

    preimages = Generator.wrap(SameInAll(), Atlas(3, 2)).preimages(torch.zeros(1, 2), seed=0)
    assert preimages.multiplicity.tolist() == [3]
    assert sorted(preimages.points[0][:, 0].tolist()) == [0, 1, 2]


def test_a_trained_encoder_is_refined_by_its_steps():
    gen, X = quick(), ring(60)
    off = [(gen(gen.encode(X, steps=steps)) - X).square().sum(1) for steps in (0, 3)]
    assert (off[1] <= off[0] + 1e-5).all()
    assert off[1].mean() < off[0].mean()


def test_jacobians_are_those_of_the_whole_generator():
    latent, gen = Torus(2), Generator.wrap(Lifted(4, 6).double(), Torus(2), reads="features")
    z = latent.sample(3, seed=0).double()
    J = jacobians(gen, latent, z)
    for i in range(3):
        exact = pf.jacobian(lambda v, i=i: gen(latent.move(z[i][None], v[None]))[0], torch.zeros(2).double())
        assert torch.allclose(J[i], exact.dense(), atol=1e-10)


def test_networks_without_forward_derivative_say_so():
    class Opaque(torch.autograd.Function):
        @staticmethod
        def forward(z):
            return z.clone()

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    class Layer(nn.Module):
        def forward(self, z):
            return Opaque.apply(z)

    gen = Generator.wrap(Layer(), Cube(2))
    with pytest.raises(pf.errors.NotDifferentiable, match="give it a `jvp`"):
        gen.chart_at(torch.zeros(2)).tangents(0, 2)
