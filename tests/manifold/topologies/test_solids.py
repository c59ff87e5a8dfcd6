"""Dimension 3: nerves of Voronoi cells, fundamental groups, and names from both."""

from itertools import combinations, permutations

import numpy as np
import pytest
import torch

from pushforward.manifold import topology
from pushforward.manifold.topologies.complexes import closure, voronoi_nerve
from pushforward.manifold.topologies.groups import (
    canonical,
    fundamental_group,
    identified,
    recognised,
    reduced,
    simplified,
)
from pushforward.manifold.topologies.hollows import hollow
from pushforward.manifold.topologies.homology import betti
from pushforward.manifold.topologies.loops import loops, widest_by_chance
from pushforward.manifold.topologies.run import HOLLOW
from pushforward.manifold.topologies.solids import corners
from pushforward.rng import normal, uniform
from slowly import slowly


def grid(*sides):
    """The Freudenthal triangulation of a torus of any dimension: every step along each axis, in every order."""
    dim, simplices = len(sides), []
    for corner in np.ndindex(*sides):
        for order in permutations(range(dim)):
            at = [np.array(corner)]
            for axis in order:
                at.append(at[-1] + np.eye(dim, dtype=int)[axis])
            simplices.append([int(np.ravel_multi_index(tuple(p % sides), sides)) for p in at])
    return closure(simplices)


PROJECTIVE_PLANE = [
    (0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 1, 5), (1, 2, 4), (2, 3, 5), (1, 3, 4), (2, 4, 5), (1, 3, 5),
]  # fmt: skip
COMPLEXES = {
    "1": closure(combinations(range(5), 4)),
    "Z": closure([(0, 1), (1, 2), (2, 3), (0, 3)]),
    "F2": closure([(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)]),
    "Z/2": closure(PROJECTIVE_PLANE),
    "Z²": grid(3, 3),
    "Z³": grid(3, 3, 3),
}


@pytest.mark.parametrize("group", COMPLEXES)
def test_groups_of_complexes_that_are_known(group):
    assert fundamental_group(COMPLEXES[group]) == group


def test_a_group_that_is_not_recognised_is_none():
    assert recognised({1, 2}, {canonical((1, 2, 1, -2))}) is None  # of the Klein bottle
    assert recognised({1, 2}, {canonical((1, 2, -1, -2)), (1, 1)}) is None  # Z × Z/2


def test_words():
    assert reduced((1, 2, 0, -2, 3, -1)) == (3,)
    assert canonical((2, -1)) == canonical((1, -2)) == canonical((-1, 2))
    assert identified({1, 2}, [(1, 1, 2), (2,)]) == ({1}, [(1, 1)])
    assert simplified({1, 2}, [(1, 2, 2, 2), (1, 2)]) == ({2}, {canonical((2, 2))})


def test_the_nerve_of_cells_is_that_of_what_they_cover():
    y = normal((2500, 3), seed=0)
    y = y / y.norm(dim=1, keepdim=True)
    apart = torch.cdist(y[:40], y).double().numpy()
    nerve = voronoi_nerve(apart, dim=3, until=0.15)
    assert betti(nerve, p=2)[:3] == (1, 0, 1)
    slow = apart - apart.min(0)
    for simplex, value in list(zip(nerve.simplices[2], nerve.values[2], strict=True))[::17]:
        assert value == pytest.approx(slow[simplex].max(0).min())
    assert np.all(np.diff(nerve.values[2]) >= 0)


def test_corners_are_as_far_from_four_marks():
    marks = torch.tensor([[0.0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    near = torch.tensor([[0.4, 0.45, 0.5, 0.1], [0.0, 0.0, 0.1, 0.0]])
    moved = corners(marks, near, torch.eye(4)[:, :3].expand(2, -1, -1), torch.ones(2))
    assert moved.which[0] == 0
    apart = torch.cdist(moved.y, marks)
    torch.testing.assert_close(apart, apart[:, :1].expand(-1, 4))
    assert moved.y[0, 3] == pytest.approx(0.1)
    assert corners(marks, near, torch.eye(4)[:, :3].expand(2, -1, -1), 0.01 * torch.ones(2)).which.tolist() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["S³", "ball", "solid torus"])
def test_three_dimensions_have_names(name):
    x = normal((3000, 4), seed=1)
    x = x / x.norm(dim=1, keepdim=True)
    ball = x[:, :3] / x[:, :3].norm(dim=1, keepdim=True) * uniform((3000, 1), seed=2) ** (1 / 3)
    angle = 6.2832 * uniform((3000,), seed=3)
    out = 1 + 0.4 * ball[:, 0]
    tube = torch.stack([out * angle.cos(), out * angle.sin(), 0.4 * ball[:, 1]], 1)
    result = topology({"S³": x, "ball": ball, "solid torus": tube}[name], seed=0, check=False)
    assert result.name == name, str(result)


def shell(inner, n, seed=0):
    """Points between two spheres, the outer one of radius 1."""
    x = normal((n, 3), seed=seed)
    cubes = inner**3 + (1 - inner**3) * uniform((n, 1), seed=seed + 1)
    return x / x.norm(dim=1, keepdim=True) * cubes ** (1 / 3)


@pytest.mark.parametrize("n", [500, 2000, 8000])
def test_a_hollow_closes_long_before_it_is_filled(n):
    assert hollow(shell(0.5, n)) > 2
    assert 1 < hollow(shell(0.0, n)) < HOLLOW


def test_hollows_in_more_coordinates():
    x = shell(0.4, 3000)
    within = torch.cat([x, 0.01 * normal((3000, 5), seed=3)], 1)
    assert hollow(within @ torch.linalg.qr(normal((8, 8), seed=4)).Q) == pytest.approx(hollow(x), rel=0.3)
    assert hollow(normal((3000, 4), seed=5)) == 0  # no flat space of three dimensions
    assert hollow(torch.cartesian_prod(*[torch.arange(8.0)] * 3)) < 1.3  # where every sphere holds eight points
    assert hollow(normal((50, 2), seed=6)) == 0


def annulus(inner, n, seed=0):
    """Points between two circles, the outer one of radius 1."""
    length = (inner**2 + (1 - inner**2) * uniform((n,), seed=seed)).sqrt()
    angle = 6.2832 * uniform((n,), seed=seed + 1)
    return torch.stack([length * angle.cos(), length * angle.sin()], 1)


def solid_torus(tube, n, seed=0):
    """Points within `tube` of a circle of radius 1."""
    box = torch.tensor([1 + tube, 1 + tube, tube])
    x = (2 * uniform((40 * n, 3), seed=seed) - 1) * box
    return x[(x[:, :2].norm(dim=1) - 1).square() + x[:, 2].square() < tube**2][:n]


@pytest.mark.parametrize(("points", "dim"), [(annulus(0.2, 800), 2), (solid_torus(0.75, 1500), 3)])
def test_a_loop_around_a_hole_closes_long_before_it_is_filled(points, dim):
    first, second = loops(points, dim)[:2].tolist()
    assert second < widest_by_chance(len(points), dim) < first
    turned = torch.cat([points, torch.zeros(len(points), 3)], 1) @ torch.linalg.qr(normal((dim + 3, dim + 3), seed=4)).Q
    assert loops(turned, dim)[0] == pytest.approx(first, rel=1e-3)
    assert len(loops(normal((200, dim + 2), seed=5), dim)) == 0  # in no flat space of so few dimensions


@pytest.mark.parametrize(("points", "dim"), [(annulus(0, 800), 2), (shell(0.0, 800), 3), (shell(0.5, 800), 3)])
def test_no_loop_of_what_has_no_hole_is_wide(points, dim):
    assert 1 < loops(points, dim)[0] < widest_by_chance(len(points), dim)
    assert loops(torch.cartesian_prod(*[torch.arange(8.0)] * dim), dim)[:1].lt(1.5).all()  # squares of a lattice


@pytest.mark.parametrize("inner", slowly([0.12, 0.0]))
def test_a_small_hole_costs_a_disc_its_confidence(inner):
    result = topology(annulus(inner, 1200, seed=3), seed=0, check=False)
    assert result.name == "disc"
    assert result.confident == (inner == 0)
    assert ("perhaps a hole" in " ".join(result.notes)) == (inner > 0)


@pytest.mark.slow
@pytest.mark.parametrize("tube", [0.75, 0.79])
def test_a_solid_torus_with_a_thin_hole_is_no_ball_for_certain(tube):
    result = topology(solid_torus(tube, 2000, seed=7), seed=0, check=False)
    assert result.name == "solid torus" or not result.confident


@pytest.mark.slow
@pytest.mark.parametrize("inner", [0.2, 0.33])
def test_a_thick_shell_is_no_ball_for_certain(inner):
    result = topology(shell(inner, 4000, seed=7), seed=0, check=False)
    assert result.name == "thick sphere" or not result.confident
