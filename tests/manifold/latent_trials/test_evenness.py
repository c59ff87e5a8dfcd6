"""Data that are dense here and sparse there: weights, scales, outliers, and what is read by them."""

import math

import pytest
import torch

import pushforward as pf
from manifold.latent_trials.traps import TRAPS, exact, noisy, uneven
from pushforward.latents import Circle, Interval
from pushforward.manifold.latent_trials.evenness import evened
from pushforward.manifold.latent_trials.trial_data import quantile, trial_data
from pushforward.rng import generator, uniform
from slowly import slowly


def thin_half(n: int) -> torch.Tensor:
    """A circle whose right half is twenty times as dense as its left half."""
    draws = generator(0)
    t = math.pi * (uniform((n,), seed=draws) - 0.5) + math.pi * (torch.arange(n) % 21 == 0)
    return torch.stack([t.cos(), t.sin()], 1)


@pytest.mark.parametrize(("name", "n"), [("interval", 300), ("disc", 300), ("torus in space", 1000), ("moebius", 1000)])
def test_what_is_even_is_left_as_it_is(name, n):
    points = noisy(name, n, seed=3)
    data = trial_data(points.points, seed=0)
    assert evened(data, points.latent.dim) is data
    assert data.weight is data.scale is None


@pytest.mark.parametrize(
    ("name", "ratio", "noise"),
    slowly([("circle", 20.0, 0.02), ("torus", 20.0, 0.0), ("circle", 20.0, 0.0), ("sphere", 10.0, 0.02)], quick=2),
)
def test_points_drawn_by_weight_lie_evenly(name, ratio, noise):
    points = uneven(name, 2000, ratio, seed=1, noise=noise)
    data = evened(trial_data(points.points, seed=0, dim=points.latent.dim), points.latent.dim)
    rows = data.cloud.mean + data.cloud.scale * data.y.double() @ data.cloud.basis
    f = points.latent.features(points.z)[:, 0][torch.cdist(rows.float(), points.points.float()).argmin(1)]
    assert data.weight.mean() == pytest.approx(1)
    share, before = (float(by[f < 0].sum() / by.sum()) for by in (data.weight, torch.ones(len(f))))
    assert 0.3 < share < 0.6
    assert share > 1.8 * before
    drawn = data.batch(4000, seed=generator(0))
    assert set(drawn.tolist()) <= set(data.train.tolist())
    assert float((f[drawn] < 0).float().mean()) == pytest.approx(share, abs=0.06)
    assert data.scale.min() >= 1


def test_a_sparse_half_is_no_outlier_and_scattered_points_are():
    X = thin_half(2100)
    scattered = 6 * uniform((40, 2), seed=generator(5)) - 3
    scattered = scattered[(scattered.norm(dim=1) - 1).abs() > 0.3]
    flat = torch.cat([torch.cat([X, scattered]), torch.zeros(len(X) + len(scattered), 1)], 1)
    flat[len(X) :, 2] = 0.5 * scattered[:, 0]
    first, again = trial_data(flat, seed=0), trial_data(flat, seed=0, dim=1)
    assert first.cloud.outliers > 100 + len(scattered) / 2, "the sparse half is far from its neighbours"
    assert len(scattered) - 5 <= again.cloud.outliers <= len(scattered) + 6


@pytest.mark.slow
def test_a_circle_with_a_thin_half_fits_and_nothing_else_does():
    """That half was left out as outliers, and what was left is an interval."""
    X = thin_half(3000)
    z_to_x = torch.nn.Module()
    z_to_x.forward = lambda z: torch.cat([z.cos(), z.sin()], 1)
    arc = torch.nn.Module()
    arc.forward = lambda z: torch.cat([(z * math.pi / 2).cos(), (z * math.pi / 2).sin()], 1)
    right, wrong = (pf.Generator.wrap(net, z) for net, z in ((z_to_x, Circle()), (arc, Interval())))
    trials = pf.try_latents(X, [right, wrong], seed=0)
    assert [row.verdict for row in trials] == ["fits", "rejected"]
    assert "leaves gaps" in trials[1].reason


@pytest.mark.parametrize(("name", "ratio"), [("circle", 20.0), ("sphere", 10.0)])
def test_the_map_that_made_uneven_data_fits(name, ratio):
    data = uneven(name, 1500, ratio, seed=2, noise=0.02)
    row = pf.try_latents(data.points, [exact(data)], seed=0)[0]
    assert row.verdict == "fits", row


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [10.0, 20.0])
@pytest.mark.parametrize(
    "name", ["interval", "figure eight", "two circles", "disc", "moebius", "torus", "klein", "projective plane"]
)
def test_no_map_that_made_uneven_data_is_rejected(name, ratio):
    data = uneven(name, 2000, ratio, seed=2, noise=0.02)
    assert pf.try_latents(data.points, [exact(data)], seed=0)[0].verdict != "rejected"


@pytest.mark.parametrize(
    "name", [*(pytest.param(name, marks=pytest.mark.slow) for name in TRAPS if name != "touching"), "touching"]
)
def test_a_trap_on_uneven_data_is_recognised(name):
    trap = TRAPS[name]
    data = uneven(trap.data, 1500, 10.0, seed=0)
    row = pf.try_latents(data.points, [exact(data, trap.latent, trap.onto)], seed=0)[0]
    assert row.verdict == "rejected"
    assert trap.says in row.reason


@pytest.mark.parametrize("at", [pytest.param(0, marks=pytest.mark.slow), math.pi])
def test_a_gap_where_points_are_sparse_counts_as_one_where_they_are_dense(at):
    data = uneven("circle", 1500, 10.0, seed=4)
    gap = ((data.z[:, 0] - at + math.pi) % (2 * math.pi) - math.pi).abs() < 0.12 * math.pi
    row = pf.try_latents(data.points[~gap], [exact(data)], seed=0)[0]
    assert row.verdict == "rejected"
    assert "leaves the data" in row.reason


def test_quantiles_are_those_of_points_repeated_by_weight():
    values = torch.tensor([3.0, 1.0, 2.0])
    assert float(quantile(values, 0.5, torch.tensor([1.0, 5.0, 1.0]))) == 1
    assert float(quantile(values, 0.5, torch.tensor([5.0, 1.0, 1.0]))) == 3
    assert float(quantile(values, 0.5, None)) == 2
    assert quantile(values.expand(4, 3), 0.99, torch.ones(4, 3)).tolist() == [3, 3, 3, 3]
