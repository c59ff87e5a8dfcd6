"""Curves that cross, that pass each other, and that come back to themselves."""

import math
from dataclasses import replace

import pytest
import torch

from pushforward.manifold import topology
from pushforward.manifold.topologies.crossings import meeting, touching
from pushforward.manifold.topologies.run import CROSSED
from pushforward.manifold.topologies.sampled import Sample
from pushforward.points import neighbour_graph
from pushforward.rng import normal, uniform


def noisy(points, noise, d=2, seed=9):
    X = torch.nn.functional.pad(points, (0, d - 2))
    return X + noise * normal(X.shape, seed=seed)


def eight(n, seed):
    """A curve that crosses itself."""
    a = 2 * math.pi * uniform((n,), seed=seed)
    return torch.stack([a.sin(), a.sin() * a.cos()], 1)


def circles(gap, n, seed):
    """Two that are so far apart."""
    a, left = 2 * math.pi * uniform((n,), seed=seed), torch.arange(n) % 2 == 0
    return torch.stack([a.cos() + torch.where(left, -1.0, 1.0) * (1 + gap / 2), a.sin()], 1)


def ovals(gap, n, seed):
    """Cassini's two, whose tips are so far apart: about what an eight is without its crossing."""
    square = 1 - (gap / 2) ** 2
    turn = torch.linspace(-0.5, 0.5, 4000, dtype=torch.float64) * math.asin(square)
    root = (square**2 - (2 * turn).sin().square()).clamp_min(0).sqrt()
    ways = [((2 * turn).cos() + sign * root).clamp_min(0).sqrt() for sign in (1, -1)]
    outer, inner = (torch.stack([r * turn.cos(), r * turn.sin()], 1) for r in ways)
    path = torch.cat([outer, inner.flip(0)])
    along = (path[1:] - path[:-1]).norm(dim=1).cumsum(0)
    which = torch.searchsorted(along, uniform((n,), seed=seed).double() * along[-1])
    return path[which].float() * torch.where(torch.arange(n) % 2 == 0, -1.0, 1.0)[:, None]


@pytest.mark.parametrize(("d", "noise"), [(2, 0.02), (2, 0.05), (50, 0.02)])
def test_where_curves_cross_are_the_points_of_both(d, noise):
    assert CROSSED < meeting(noisy(eight(4000, 0), noise, d), 4) < 1.4


@pytest.mark.parametrize("make", [circles, ovals])
def test_where_curves_pass_each_other_are_few(make):
    assert meeting(noisy(make(0.12, 4000, 0), 0.03), 4) < CROSSED


def test_without_noise_and_of_few_points_it_is_a_number_too():
    assert meeting(eight(4000, 1), 4) > CROSSED
    assert math.isfinite(meeting(eight(60, 1), 4))
    assert math.isfinite(meeting(eight(400, 1)[:, :1].repeat(1, 2), 4))
    assert math.isfinite(meeting(torch.ones(400, 2), 4))
    assert meeting(eight(400, 1)[:, :1], 4) == 1.0


def open_circle(gap, n=1000):
    """A sample of a curve whose ends are so far apart."""
    a = torch.linspace(0, 2 * math.pi - gap, n)
    y = torch.stack([a.cos(), a.sin()], 1)
    return Sample(y, torch.stack([-a.sin(), a.cos()], 1)[..., None], neighbour_graph(y))


@pytest.mark.parametrize(("gap", "noise", "expected"), [(0.2, 0.15, True), (0.2, 0.03, False), (0.2, 0.0, False)])
def test_ends_nearer_than_the_noise_may_meet(gap, noise, expected):
    assert touching([open_circle(gap)], noise) is expected


@pytest.mark.parametrize(("noise", "expected"), [(0.15, True), (0.03, False), (0.0, False)])
def test_so_may_parts(noise, expected):
    one = open_circle(3.0)
    other = replace(one, y=one.y @ torch.tensor([[-1.0, 0.0], [0.0, 1.0]]) + torch.tensor([2.2, 0.0]))
    assert touching([one, other], noise) is expected


@pytest.mark.slow
def test_an_eight_is_one():
    found = topology(noisy(eight(4000, 0), 0.02), seed=0, check=False)
    assert found.name == "figure-eight"
    assert found.confident


@pytest.mark.slow
@pytest.mark.parametrize("make", [ovals, circles])
def test_curves_that_pass_each_other_are_no_eight_for_certain(make):
    """Both were, with noise of a fourth of the gap between them."""
    found = topology(noisy(make(0.12, 4000, 0), 0.03), seed=0, check=False)
    assert found.name != "figure-eight" or not found.confident


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("noise", [0.01, 0.02])
def test_an_eight_in_the_noise_of_many_dimensions_is_no_interval_for_certain(noise, seed):
    """Arms ended beside the crossing, where no chart was fitted to them."""
    found = topology(noisy(eight(4000, seed), noise, 50, seed=seed), seed=seed, check=False)
    assert found.name == "figure-eight" or not found.confident
