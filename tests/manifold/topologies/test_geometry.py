"""Graphs, nets, charts, frames and edges, against closed forms."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from pushforward.latents import Annulus, Interval, Klein, Moebius, Sphere
from pushforward.manifold.topologies.atlas import atlas_of, distances, fit_charts, monomials, powers
from pushforward.manifold.topologies.complexes import Complex, closure, cover_nerve
from pushforward.manifold.topologies.invariants import read
from pushforward.manifold.topologies.orientation import arms, balanced, carried, has_boundary, orientable
from pushforward.manifold.topologies.sampled import Sample, images, spread
from pushforward.manifold.topologies.scales import local_scale
from pushforward.manifold.topologies.suitability import local_dimension
from pushforward.points import Landmarks, cloud, farthest, lonely, neighbour_graph, parts, spread_evenly
from pushforward.rng import normal, uniform
from slowly import slowly


class Features:
    """The embedding of a latent by its features, as a generator."""

    def __init__(self, latent):
        self.latent = latent

    def __call__(self, z):
        return self.latent.features(z)


def exact(latent, points=1500, dim=None):
    gen = Features(latent)
    z = latent.sample(6000, seed=1)
    return spread(gen, z, local_scale(images(gen, z)), dim=dim or latent.dim, points=points, seed=0)


def ring(n, noise=0.0, seed=0):
    a = 2 * math.pi * uniform((n, 1), seed=seed)
    return torch.cat([a.cos(), a.sin()], 1) + noise * normal((n, 2), seed=seed + 1)


def test_nets_are_even():
    y = uniform((3000, 2), seed=0)
    chosen = y[spread_evenly(y, 200, seed=0)]
    gaps = torch.cdist(chosen, chosen).fill_diagonal_(9).min(1).values
    covered = torch.cdist(y, chosen).min(1).values.max()
    assert gaps.min() >= covered  # no two are nearer than what is left uncovered
    random = torch.cdist(y[:200], y[:200]).fill_diagonal_(9).min(1).values
    assert gaps.std() / gaps.mean() < 0.3 * random.std() / random.mean()


def test_geodesics_of_a_circle():
    landmarks = farthest(neighbour_graph(ring(800)), 8, seed=0)
    assert landmarks.apart[:, landmarks.which].max() == pytest.approx(math.pi, rel=0.02)
    assert landmarks.radius < 1.1 * math.pi / 4


def test_parts_and_links():
    two = torch.cat([ring(300), ring(300, seed=5) + torch.tensor([6.0, 0.0])])
    assert sorted(map(len, parts(neighbour_graph(two)))) == [300, 300]
    dense = torch.cat([torch.linspace(0, 1, 200), 1.05 + torch.linspace(0, 4, 81)])[:, None]
    assert connected_components(neighbour_graph(dense))[0] == 1  # the gap is as long as the longest neighbours
    crumb = torch.cat([ring(600), torch.tensor([[9.0, 9.0], [9.01, 9.0]])])
    assert len(parts(neighbour_graph(crumb))) == 1


@pytest.mark.parametrize(("latent", "dim"), [(Interval(), 1), (Sphere(2), 2), (Klein(), 2), (Sphere(3), 3)])
def test_local_dimension(latent, dim):
    y = latent.features(latent.sample(2000, seed=0))
    y = torch.cat([y, torch.zeros(2000, 10)], 1)
    local = local_dimension(y + 0.02 * normal(y.shape, seed=1), seed=0)
    assert local.dim == dim
    assert not local.mixed


def test_no_dimension_in_noise_and_two_in_a_mixture():
    assert local_dimension(normal((1000, 20), seed=0), seed=0).dim is None
    line = torch.cat([uniform((1000, 1), seed=0), torch.zeros(1000, 2)], 1)
    plane = torch.cat([uniform((1000, 2), seed=1), torch.zeros(1000, 1)], 1) + 3
    assert local_dimension(torch.cat([line, plane]), seed=0).mixed


def test_outliers_and_copies_are_left_out():
    X = torch.cat([ring(500), ring(500), 3 + 9 * uniform((20, 2), seed=3)])
    points = cloud(X, "X", left_out=lonely)
    assert points.given == 1020
    assert len(points.y) == 500
    assert int(points.counts.min()) == 2
    assert points.outliers == 20


def test_charts_are_exact_on_cubics_and_average_noise_out():
    z = 2 * uniform((400, 1), seed=0) - 1
    cubic = torch.cat([z, 0.3 * z**2, 0.1 * z**3], 1)
    fitted = fit_charts(cubic, 1, 1, seed=0)
    assert distances(fitted, cubic).max() < 0.01
    X = torch.cat([ring(2000), torch.zeros(2000, 18)], 1)
    noisy = X + 0.05 * normal(X.shape, seed=2)
    gen = atlas_of(cloud(noisy, "X"), dim=1, seed=0)
    outputs = images(gen, gen.encode(noisy, steps=2))
    assert (outputs[:, :2].norm(dim=1) - 1).abs().mean() < 0.02
    assert outputs[:, 2:].norm(dim=1).mean() < 0.25 * (noisy - X).norm(dim=1).mean()


def test_charts_follow_branches_through_a_crossing():
    t = 2 * uniform((1500, 1), seed=0) - 1
    cross = torch.cat([torch.cat([t, 0 * t], 1), torch.cat([0 * t, t], 1)])
    cross = torch.cat([cross, torch.zeros(3000, 8)], 1)
    cross = cross + 0.01 * normal(cross.shape, seed=1)
    gen = atlas_of(cloud(cross, "X"), dim=1, seed=0, charts=5)
    off = (images(gen, gen.encode(cross, steps=2))[:, :2].abs().min(1).values).quantile(0.99)
    assert off < 0.05


def test_powers_are_all_monomials_up_to_degree_three():
    assert (len(powers(1)), len(powers(2))) == (4, 10)
    z = normal((5, 2), seed=0)
    x, y = z.T
    terms = [x**0, x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3]
    torch.testing.assert_close(monomials(z), torch.stack(terms, 1))


def around(frames_of, latent):
    """A sample with landmarks and the nerve of their balls."""
    s = exact(latent)
    s = Sample(s.y, frames_of(s.frames), s.graph).marked(50, seed=0)
    return s, cover_nerve(s.landmarks.apart, dim=2, until=1.5 * s.landmarks.radius)


def flipped(frames):
    """Frames that change their sense at random."""
    signs = 1 - 2 * (uniform((len(frames),), seed=7) < 0.5).float()
    return torch.cat([frames[..., :1] * signs[:, None, None], frames[..., 1:]], 2)


@pytest.mark.parametrize(
    ("latent", "expected"),
    slowly([(Sphere(2), True), (Klein(), False), (Annulus(), True), (Moebius(), False)], quick=2),
)
def test_orientability_whatever_the_frames(latent, expected):
    s, nerve = around(flipped, latent)
    assert orientable(s, nerve, 1.5 * s.landmarks.radius) is expected


def test_frames_that_do_not_fit_together_are_noticed():
    """Three landmarks and a point between each two, with directions that turn by half a turn on the way round."""
    angles = torch.tensor([0.0, 60, 120, 30, 80, 150]).deg2rad()
    frames = torch.stack([angles.cos(), angles.sin()], 1)[:, :, None]
    apart = np.full((3, 6), 2.0)
    for i, j in ((0, 0), (1, 1), (2, 2), (0, 3), (1, 3), (1, 4), (2, 4), (0, 5), (2, 5)):
        apart[i, j] = float(i != j)
    before = np.tile(np.arange(3)[:, None], 6)
    sample = Sample(frames[..., 0], frames, csr_matrix((6, 6)), Landmarks(np.arange(3), apart, before, 1.0))
    assert carried(sample)[0].tolist() == [1, 1, -1, 1, 1, -1]
    nerve = closure([(0, 1, 2)])
    nerve = Complex(nerve.simplices, tuple(v + 1 for v in nerve.values))
    assert orientable(sample, nerve, 1.0) is None


def test_double_cover_of_a_loop():
    loop = {(0, 1): 1, (1, 2): 1, (2, 3): 1, (0, 3): -1}
    assert not balanced(loop)
    assert balanced(loop | {(0, 3): 1})
    assert balanced({})


@pytest.mark.parametrize(
    ("latent", "expected"),
    slowly([(Moebius(), True), (Sphere(2), False), (Annulus(), True), (Klein(), False)], quick=2),
)
def test_boundary(latent, expected):
    s = exact(latent, 2000)
    assert has_boundary(s.marked(80, seed=0)) is expected


def test_arms_of_a_curve():
    t = torch.linspace(0, 1, 400)[:, None]
    tripod = torch.cat([torch.cat([t, 0 * t], 1), torch.cat([-t, t], 1), torch.cat([-t, -t], 1)])[1:]
    for y, expected in ((t, {1, 2}), (tripod, {1, 2, 3})):
        s = Sample(y, torch.zeros(len(y), y.shape[1], 1), neighbour_graph(y))
        assert {len(ways) for ways in arms(s.marked(30, seed=0))} == expected


def test_reading_of_a_sphere():
    reading = read(exact(Sphere(2), 2000), share=0.7, seed=0)
    assert reading.numbers.betti == {2: (1, 0, 1), 3: (1, 0, 1)}
    assert (reading.numbers.orientable, reading.numbers.boundary) == (True, False)
    assert np.isfinite(reading.sample.landmarks.apart).all()
