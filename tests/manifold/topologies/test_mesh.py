"""Surfaces put together from triangles, against what is known of them."""

import math

import pytest
import torch

from pushforward.latents import Annulus, Klein, Moebius, ProjectivePlane, Sphere, Torus
from pushforward.manifold.topologies.invariants import numbers_of
from pushforward.manifold.topologies.mesh import Growing, Mesh, components, grows, meshed, overlap
from pushforward.manifold.topologies.names import name
from pushforward.manifold.topologies.sampled import Sample, images, spread
from pushforward.manifold.topologies.scales import local_scale
from pushforward.manifold.topologies.stars import stars
from pushforward.points import neighbour_graph
from pushforward.rng import uniform


class Features:
    """The embedding of a latent by its features, as a generator."""

    def __init__(self, latent):
        self.latent = latent

    def __call__(self, z):
        return self.latent.features(z)


def net(latent, vertices=300):
    gen = Features(latent)
    z = latent.sample(3000, seed=1)
    return spread(gen, z, local_scale(images(gen, z)), dim=2, points=vertices, seed=0)


def flat(y, frame):
    """A net with the same tangent plane everywhere."""
    return Sample(y, frame.expand(len(y), *frame.shape), neighbour_graph(y))


def square(n, seed=0):
    """An even net of a square."""
    side = torch.linspace(0, 1, n)
    grid = torch.cartesian_prod(side, side)
    return grid + 0.2 / n * (uniform(tuple(grid.shape), seed=seed) - 0.5)


@pytest.mark.parametrize(
    ("latent", "expected", "euler"),
    [
        (Sphere(2), "sphere", 2),
        (Torus(2), "torus", 0),
        (Klein(), "Klein bottle", 0),
        (ProjectivePlane(), "projective plane", 1),
        (Annulus(), "annulus", 0),
        (Moebius(), "Möbius band", 0),
    ],
)
def test_surfaces_close(latent, expected, euler):
    surface = meshed(net(latent), points=3000)
    assert surface.clean
    assert surface.euler == euler
    assert name(numbers_of(surface)) == expected


def test_corners_agree_on_most_triangles():
    votes = stars(net(Sphere(2)).y, net(Sphere(2)).frames)
    sure = [t for t, v in votes.items() if v == 3]
    assert len(sure) > 0.7 * (2 * 300 - 4)  # a sphere has 2V − 4 triangles
    assert max(votes.values()) == 3


def test_a_hole_is_a_circle_of_the_boundary_and_a_gap_of_chance_is_none():
    y = square(20)
    frame = torch.eye(2)
    apart = (y - 0.5).norm(dim=1)
    holed = meshed(flat(y[apart > 0.2], frame), points=400)
    assert holed.clean
    assert len(holed.loops) == 2
    pierced = meshed(flat(y[apart > 0.03], frame), points=400)
    assert len(pierced.loops) == 1
    assert name(numbers_of(pierced)) == "disc"


def test_planes_that_cross_are_no_surface():
    x = square(20) - 0.5
    one, other = torch.eye(4)[:, :2], torch.eye(4)[:, 2:]
    y = torch.cat([x @ one.T, x @ other.T])
    frames = torch.cat([one.expand(400, 4, 2), other.expand(400, 4, 2)])
    crossing = meshed(Sample(y, frames, neighbour_graph(y)), points=800)
    assert not crossing.clean
    assert numbers_of(crossing) is None


def test_a_hair_is_a_flaw():
    x = torch.nn.functional.pad(square(15), (0, 1))
    hair = torch.cat([torch.full((20, 2), 0.5), torch.linspace(0.1, 1.5, 20)[:, None]], 1)
    y = torch.cat([x, hair])
    assert meshed(flat(y, torch.eye(3)[:, :2]), points=len(y)).flaws >= 15


def test_narrow_places_are_noticed_and_strips_are_not():
    at = torch.cartesian_prod(torch.arange(38.0), torch.arange(17.0))
    bridge = (at[:, 1] - 8).abs() <= 2
    halves = (at[:, 0] < 17) | (at[:, 0] > 20)
    at = at + 0.2 * uniform(tuple(at.shape), seed=0)
    joined = meshed(flat(at[halves | bridge], torch.eye(2)), points=640)
    assert joined.pieces == 1
    assert joined.necks > 0
    assert meshed(flat(at, torch.eye(2)), points=640).necks == 0
    strip = torch.cartesian_prod(torch.arange(100.0), torch.arange(5.0))
    strip = strip + 0.2 * uniform(tuple(strip.shape), seed=0)
    assert meshed(flat(strip, torch.eye(2)), points=500).necks == 0


def test_triangles_are_taken_only_where_they_fit():
    angles = torch.arange(6) * math.pi / 3
    y = torch.cat([torch.zeros(1, 2), torch.stack([angles.cos(), angles.sin()], 1)])
    surface = Growing(y, torch.eye(2).expand(7, 2, 2))
    assert all(surface.take((0, i, i + 1), sure=True) for i in range(1, 6))
    assert not surface.take((0, 1, 3), sure=False)  # on top of others
    assert surface.take((0, 1, 6), sure=True)
    assert not surface.take((0, 2, 5), sure=True)  # the disc round 0 is closed
    seen = surface.judged(usual=3, chance=3)
    assert (seen.flaws, seen.loops, seen.euler, seen.orientable) == (0, (6,), 1, True)


def test_links_and_sectors():
    assert not grows({1: [2], 2: [1, 3], 3: [2], 5: [6], 6: [5]}, 1, 3)
    x, y, d = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]]).double().numpy()
    assert overlap((x, y), (x, d))
    assert overlap((x, y), (x, y))
    assert not overlap((x, d), (d, y))
    assert sorted(map(len, components({1: [2], 2: [1], 3: []}))) == [1, 2]


def test_what_a_mesh_says():
    assert numbers_of(Mesh(9, 1, 1, (), 2, True, 0)) is None
    torn = Mesh(9, 0, 2, (), 4, True, 0)
    assert not torn.clean
    trousers = numbers_of(Mesh(99, 0, 1, (20, 21, 22), -1, True, 0))
    assert (trousers.betti[2], trousers.circles, name(trousers)) == ((1, 2, 0), 3, "sphere with 3 holes")
