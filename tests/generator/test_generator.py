"""A generator as a function, as inputs, and on disk."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.generator import Generator
from pushforward.latents import Atlas, Circle, Cube, Disjoint, Gaussian, Product, Sphere
from pushforward.linear import Chart, Inputs
from pushforward.rng import normal
from toys import Lifted, quick, ring, same, twice_round

LATENTS = [
    Atlas(3, 2),
    Cube(2),
    Sphere(2),
    Circle(),
    Gaussian(3),
    Product([Circle(), Cube(2)]),
    Disjoint([Sphere(2)] * 2),
]


def lifted(latent, d=7):
    """A closed-form generator in double precision."""
    return Generator.wrap(Lifted(latent.feature_count, d).double(), latent, reads="features")


@pytest.mark.parametrize("latent", LATENTS)
def test_tangents_are_finite_differences(latent):
    gen = lifted(latent)
    chart = gen.chart_at(latent.sample(1, seed=3)[0])
    h, eye = 1e-6, torch.eye(chart.rank, dtype=torch.float64)
    difference = (chart(h * eye) - chart(-h * eye)) / (2 * h)
    assert chart.rank == latent.dim
    assert torch.allclose(chart.tangents(0, chart.rank), difference.flatten(1), atol=1e-8)
    assert torch.equal(chart.tangents(1, chart.rank), chart.tangents(0, chart.rank)[1:])
    assert torch.allclose(chart(0 * eye)[0], chart.point)


def test_coordinates_of_the_chart_have_the_latents_spread():
    gen = lifted(Cube(2))
    chart = gen.chart_at(torch.zeros(2))
    w = torch.tensor([[1.0, -2.0]])
    assert torch.allclose(chart(w), gen(w * 3**-0.5))


def test_it_is_inputs_whose_chart_starts_at_the_reconstruction():
    gen = lifted(Sphere(2))
    x = gen.sample(1, seed=0)[0]
    assert isinstance(gen, Inputs)
    chart = gen.chart(x)
    assert isinstance(chart, Chart)
    assert torch.allclose(chart.point, x, atol=1e-5)
    assert torch.allclose(gen.chart(x[None]).point, chart.point)


def test_pushes_and_modules_go_through_it():
    gen = quick(ring())
    net = pf.Neurons(nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 5)))
    chart = gen.chart(ring()[0])
    F = pf.push(net, gen, ring()[0]).factor
    J = pf.jacobian(net.model, chart.point).dense()
    assert F.shape == (17, 2)
    assert torch.allclose(F[-5:], J @ chart.tangents(0, 2).T, atol=1e-4)
    assert len(pf.find_modules(net, gen, ring()[:6], seed=0).labels) == 17


def test_images_and_their_charts():
    X = normal((30, 1, 8, 8), seed=0).sigmoid()
    gen = quick(X)
    chart = gen.chart(X[0])
    assert chart.point.shape == (1, 8, 8)
    assert chart.tangents(0, 2).shape == (2, 64)


def test_results_are_differentiable_in_z():
    z = Circle().sample(4, seed=0).requires_grad_()
    (slope,) = torch.autograd.grad(twice_round()(z).sum(), z)
    assert torch.allclose(slope, 2 * (torch.cos(2 * z) - torch.sin(2 * z)))


def test_samples_follow_the_seed():
    gen = twice_round()
    assert torch.equal(gen.sample(600, seed=1), gen.sample(600, seed=1))
    assert not torch.equal(gen.sample(600, seed=1), gen.sample(600, seed=2))


def test_dtype_follows_the_weights_and_the_original_stays():
    gen = quick()
    double = gen.to(torch.float64)
    z = gen.latent.sample(5, seed=0)
    assert double(z).dtype == double.dtype == torch.float64
    assert torch.allclose(double(z), gen(z).double(), atol=1e-4)
    assert gen(z.double()).dtype == gen.dtype == torch.float32
    assert double.encode(ring()[:3]).dtype == torch.float64


@pytest.mark.parametrize(
    ("call", "cure"),
    [
        (lambda gen: gen(torch.zeros(3)), r"z\[None\]"),
        (lambda gen: gen(torch.zeros(3, 9)), r"are \(n, 3\)"),
        (lambda gen: gen.encode(torch.zeros(2)), r"x\[None\]"),
        (lambda gen: gen.encode((torch.zeros(2, 2),)), "this generator makes"),
        (lambda gen: gen.chart(torch.zeros(4, 2)), r"`X\[0\]`"),
    ],
)
def test_wrong_shapes_say_what_is_needed(call, cure):
    with pytest.raises(pf.errors.BadInput, match=cure):
        call(quick())


def test_inputs_that_are_not_finite_are_refused():
    with pytest.raises(pf.errors.NotFinite, match="Remove or fill"):
        quick().encode(torch.full((1, 2), float("nan")))


@pytest.mark.parametrize("X", [ring(), normal((30, 3, 9, 8), seed=0)])
def test_what_is_saved_is_loaded(tmp_path, X):
    gen = quick(X).with_quality({"coverage": 1.0})
    again = Generator.load(gen.save(tmp_path / "gen"))
    z = gen.latent.sample(5, seed=0)
    assert same(gen, again)
    assert torch.equal(gen(z), again(z))
    assert torch.equal(gen.encode(X[:4]), again.encode(X[:4]))
    assert torch.equal(gen.history, again.history)
    assert (again.quality, again.settings, again.residual_scale) == (
        {"coverage": 1.0},
        gen.settings,
        gen.residual_scale,
    )
    assert repr(again) == repr(gen)


def test_double_precision_survives_a_file(tmp_path):
    gen = quick().to(torch.float64)
    for p in gen.network.parameters():
        p.add_(1e-12)
    again = Generator.load(gen.save(tmp_path / "gen"))
    assert again.dtype == torch.float64
    assert same(gen, again)


def test_half_the_space_is_nearly_the_same(tmp_path):
    gen = quick()
    whole, half = gen.save(tmp_path / "a"), gen.save(tmp_path / "b", half=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    again, z = Generator.load(half), gen.latent.sample(50, seed=0)
    assert again.dtype == torch.float32
    assert torch.allclose(gen(z), again(z), atol=0.02)


def test_networks_of_your_own_are_given_again(tmp_path):
    latent = Circle()
    gen = quick(latent=latent, network=nn.Linear(2, 2))
    path = gen.save(tmp_path / "gen")
    with pytest.raises(pf.errors.BadInput, match=r"`Generator.load\(path, network=...\)`"):
        Generator.load(path)
    with pytest.raises(pf.errors.BadInput, match="of the kind that was saved"):
        Generator.load(path, network=nn.Linear(3, 2))
    mine = nn.Linear(2, 2)
    assert same(gen, Generator.load(path, network=mine))
    assert mine.training


def test_other_files_are_refused(tmp_path):
    quick(checkpoint=tmp_path / "run")
    with pytest.raises(pf.errors.UnreadableFile, match="not 'Generator'"):
        Generator.load(tmp_path / "run")


def test_no_inputs_have_no_latent_points():
    gen = quick()
    assert gen.encode(torch.zeros(0, 2)).shape == (0, gen.latent.width)
