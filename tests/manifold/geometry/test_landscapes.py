"""Paths of plain functions against straight lines and known ways: hills, poles, folds, kinks, domains with an edge."""

import math

import pytest
import torch

import pushforward as pf
from manifold.geometry.closed_forms import D, sphere


def point(*numbers):
    return torch.tensor(numbers, dtype=D)


def hill(height, steep=4.0):
    return lambda z: torch.cat([z, height * torch.exp(-steep * z.square().sum(1, keepdim=True))], 1)


def logpolar(z):
    return z[:, :1].exp() * torch.stack([z[:, 1].cos(), z[:, 1].sin()], 1)


def fold(z):
    return torch.stack([z[:, 0] ** 2, z[:, 1], z[:, 0] ** 4], 1)


def measured(f, z):
    """The length of what f makes of a polygon, by 4,096 chords or more."""
    share = torch.linspace(0, 1, 4096 // len(z) + 2, dtype=D)[:-1, None]
    way = torch.cat([(z[:-1, None] + share * z.diff(dim=0)[:, None]).flatten(0, 1), z[-1:]])
    return float(f(way).diff(dim=0).norm(dim=1).sum())


@pytest.mark.parametrize("steps", [16, 64])
@pytest.mark.parametrize("dim", [2, 3])
def test_a_steep_hill_is_gone_around(dim, steps):
    f, z = hill(6.0), torch.zeros(2, dim, dtype=D)
    z[:, 0] = point(-2, 2)
    path = pf.geodesic(f, *z, steps=steps)
    assert path.converged
    assert path.length == pytest.approx(4.461, rel=3e-3)
    assert path.straight == pytest.approx(pf.geometry.straight_line(f, *z, steps=steps).length)
    assert path.straight > 14
    assert path.length == pytest.approx(measured(f, path.latents), rel=1e-3)


def test_no_path_is_longer_than_the_straight_line_whatever_it_starts_from():
    f, a, b = hill(6.0), point(-2, 0), point(2, 0)
    share = torch.linspace(0, 1, 17, dtype=D)
    over = a + share[:, None] * (b - a)
    assert pf.geodesic(f, a, b, start=over).length <= measured(f, over) * 1.0001
    waves = lambda z: torch.cat([z, (5 * z[:, :1]).sin() * (4 * z[:, 1:]).cos() / 2], 1)  # noqa: E731
    ends = torch.tensor([[-1.0, -0.7], [0.2, 0.9]], dtype=D)
    for path in pf.geodesic(waves, ends, ends.roll(-1, 0), steps=8):
        assert measured(waves, path.latents) <= measured(waves, path.latents[[0, -1]])
    D3 = pf.geometry.distances(f, torch.stack([a, b, point(0, 1.5)]))
    assert float(D3[0, 1]) == pytest.approx(4.46, rel=5e-3)


def test_a_flat_map_gives_the_straight_line_itself():
    a, b = point(0, 0), point(3, 4)
    path, line = pf.geodesic(lambda z: z, a, b), pf.geometry.straight_line(lambda z: z, a, b)
    assert path.length == line.length == path.straight
    assert path.converged
    assert path.doubts == ()


@pytest.mark.parametrize(("f", "a", "b", "truth"), [
    (sphere, (0.3, 0.0), (0.3, 3.0), math.acos(math.cos(0.3) ** 2 + math.sin(0.3) ** 2 * math.cos(3.0))),
    (sphere, (0.3, 0.0), (-0.3, 0.1), math.acos(math.cos(0.3) ** 2 - math.sin(0.3) ** 2 * math.cos(0.1))),
    (logpolar, (0.0, 0.0), (0.0, 3.0), 2 * math.sin(1.5)),
])  # fmt: skip
def test_poles_are_passed(f, a, b, truth):
    path = pf.geodesic(f, point(*a), point(*b))
    assert path.converged
    assert path.length == pytest.approx(truth, rel=5e-3)
    assert not path.folds.any()


@pytest.mark.slow
def test_folds_are_told_and_poles_are_not_called_folds():
    path = pf.geodesic(fold, point(-1, 0), point(1, 0.5))
    assert path.folds.any()
    assert not path.converged
    assert "the map FOLDS at point" in str(path)
    assert pf.results.Path.__name__ == type(path).__name__
    same_side = pf.geodesic(fold, point(0.3, 0), point(1, 0.5))
    assert same_side.converged
    assert not same_side.folds.any()
    over = pf.geodesic(sphere, point(0.3, 0), point(0.3, math.pi))
    assert not over.folds.any()
    assert "loses a direction" in str(over)
    flat = pf.geodesic(lambda z: z.sum(1, keepdim=True) * point(1, 2, 0), point(0, 0), point(1, 0.5))
    assert "loses directions all along" in str(flat)


def test_a_path_that_comes_back_says_so():
    ring = lambda z: torch.cat([z.cos(), z.sin()], 1)  # noqa: E731
    assert "comes back to within 0.083 after 6.2" in str(pf.geodesic(ring, point(0), point(6.2)))


def test_where_a_function_is_not_defined_no_way_leads():
    root = lambda z: torch.stack([z[:, 0].sqrt(), z[:, 1]], 1)  # noqa: E731
    path = pf.geodesic(root, point(0.1, 0), point(1, 0.5))
    assert path.converged
    assert path.length == pytest.approx(math.hypot(1 - math.sqrt(0.1), 0.5), rel=3e-3)


@pytest.mark.slow
def test_a_wide_wall_is_gone_around_where_the_way_there_is_shorter():
    wall = lambda z: torch.cat([z, 10 * (-200 * z[:, :1] ** 2).exp() * (20 * (2.6 - z[:, 1:].abs())).sigmoid()], 1)  # noqa: E731
    path = pf.geodesic(wall, point(-1, 0), point(1, 0))
    assert path.straight > 20
    assert path.length < 6.5
