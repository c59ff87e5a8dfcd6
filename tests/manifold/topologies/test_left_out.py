"""What is thin, uneven, singular or left out, and what that costs."""

import math
from dataclasses import replace

import pytest
import torch

from pushforward.manifold import topology
from pushforward.manifold.topologies.run import STRANDS
from pushforward.manifold.topologies.strands import peakedness
from pushforward.rng import normal, uniform


def ring(n):
    """A noisy circle."""
    a = 2 * math.pi * uniform((n, 1), seed=0)
    X = torch.cat([a.cos(), a.sin(), (2 * a).sin() / 2, torch.zeros(n, 3)], 1)
    return X + 0.02 * normal(X.shape, seed=1)


@pytest.fixture(scope="module")
def circle():
    return topology(ring(500), seed=0, check=False)


def rings(*sizes):
    """Circles of so many points, side by side."""
    turns = [2 * math.pi * uniform((n,), seed=i) for i, n in enumerate(sizes)]
    circles = [torch.stack([a.cos() + 5 * i, a.sin()], 1) for i, a in enumerate(turns)]
    return torch.cat(circles)


def test_a_thin_part_is_not_thrown_away():
    result = topology(rings(1500, 150), seed=0, check=False)
    assert result.components == 2
    assert result.name in ("2 × circle", None)
    assert result.outliers == 0


def test_what_is_left_out_costs_confidence(circle):
    assert replace(circle, outliers=40).confident
    assert not replace(circle, outliers=200).confident
    doubtful = replace(circle, notes=("3.0% of the points were left out",))
    assert not doubtful.confident
    assert "note: 3.0% of the points were left out" in str(doubtful)


@pytest.mark.slow
def test_a_long_thin_circle_is_no_interval_for_certain():
    a = 2 * math.pi * uniform((3000,), seed=0)
    result = topology(torch.stack([a.cos(), 60 * a.sin()], 1), seed=0, check=False)
    assert result.name == "circle" or not result.confident


def test_an_uneven_circle():
    a = 2 * math.pi * uniform((1500,), seed=1)
    a = a + 0.9 * a.sin()  # the density falls 19 : 1
    assert topology(torch.stack([a.cos(), a.sin()], 1), seed=0, check=False).name == "circle"


@pytest.mark.slow
def test_of_many_points_some_are_read():
    result = topology(ring(13_000), seed=0, check=False)
    assert (result.name, result.points) == ("circle", 12_000)
    assert int(result.which.max()) < 13_000


def discs(n, seed):
    """Two flat discs in four dimensions that cross in one point."""
    way = normal((n, 2), seed=seed)
    x = way / way.norm(dim=1, keepdim=True) * uniform((n, 1), seed=seed + 1).sqrt()
    return torch.cat([torch.nn.functional.pad(x[: n // 2], (0, 2)), torch.nn.functional.pad(x[n // 2 :], (2, 0))])


def cone(n, seed):
    """Both halves of a cone."""
    a, h = 2 * math.pi * uniform((n,), seed=seed), uniform((n,), seed=seed + 1).sqrt()
    h = h * (1 - 2 * (torch.arange(n) % 2))
    return torch.stack([h * a.cos(), h * a.sin(), h], 1)


@pytest.mark.slow
@pytest.mark.parametrize(("points", "seed"), [(discs, 0), (discs, 3), (cone, 0), (cone, 3)])
def test_singular_points_cost_the_name_or_the_confidence(points, seed):
    result = topology(points(3000, seed), seed=seed)
    assert not result.confident, str(result)


@pytest.mark.slow
def test_a_torus_with_a_narrow_hole():
    u = uniform((8000, 3), seed=5)
    b = 2 * math.pi * u[:, 1]
    inside = u[:, 2] < (1.3 + b.cos()) / 2.3
    a, b = 2 * math.pi * u[inside, 0], b[inside]
    X = torch.stack([(1.3 + b.cos()) * a.cos(), (1.3 + b.cos()) * a.sin(), b.sin()], 1)[:2000]
    result = topology(X, seed=0)
    assert result.name in ("torus", None), str(result)


@pytest.mark.slow
@pytest.mark.parametrize("turns", [1.0, 2.0])
def test_chance_gaps_of_a_curve_are_no_parts(turns):
    """2,000 random points of an open curve leave a gap of seven spacings somewhere, and sometimes of ten."""
    u = uniform((2000,), seed=12)
    a = u * (2 * math.pi - 0.5) if turns == 1 else u.sqrt() * 4 * math.pi
    radius = torch.ones_like(a) if turns == 1 else a / 10
    result = topology(radius[:, None] * torch.stack([a.cos(), a.sin()], 1), seed=12, check=False)
    assert (result.name, result.components) == ("interval", 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_many_points_of_a_noisy_curve_are_not_cut_where_charts_overlap(seed):
    """It was called an interval, with confidence."""
    a = 2 * math.pi * uniform((8000, 1), seed=seed)
    X = torch.cat([a.cos(), a.sin(), (2 * a).sin() / 2, torch.zeros(8000, 3)], 1)
    found = topology(X + 0.05 * normal(X.shape, seed=seed + 9), seed=0, check=False)
    assert found.name == "circle" or not found.confident


def strands(gap, n=1500, noise=0.03):
    """Points on two circles, one in the other."""
    a, inner = 2 * math.pi * uniform((n,), seed=5), torch.arange(n) % 2 == 0
    circle = torch.stack([a.cos(), a.sin()], 1)
    return circle * (1 + gap * torch.where(inner, -0.5, 0.5))[:, None] + noise * normal((n, 2), seed=6)


def test_strands_beside_each_other_are_not_noise():
    assert STRANDS < peakedness(strands(0.0), 1) < 3.5
    assert peakedness(strands(0.12), 1) < STRANDS
    assert peakedness(strands(0.034, noise=0.01), 1) < STRANDS


def test_a_smooth_misfit_is_no_strand_and_a_solid_has_none():
    assert peakedness(strands(0.0, noise=0.0), 1) == math.inf
    assert peakedness(strands(0.0), 2) == math.inf
    assert peakedness(strands(0.0)[:150], 1) == math.inf


def test_sheets_beside_each_other():
    plane = torch.cat([uniform((1500, 2), seed=7), torch.zeros(1500, 4)], 1) + 0.02 * normal((1500, 6), seed=8)
    assert STRANDS < peakedness(plane, 2) < 3.5
    plane[::2, 2] += 0.08
    assert peakedness(plane, 2) < STRANDS


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0.12, 0.15])
def test_circles_near_each_other_are_not_one_for_certain(gap):
    result = topology(strands(gap, 2000), seed=1, check=False)
    assert result.name == "2 × circle" or not result.confident
