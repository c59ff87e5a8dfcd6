"""What is known of the data before any candidate is trained: points, parts, dimension, matches."""

import numpy as np
import pytest
import torch

import pushforward as pf
from manifold.latent_trials.traps import lollipop, noisy
from pushforward.generator import Architecture
from pushforward.latents import Annulus, Circle, Cube, Disjoint, Interval, Klein, Moebius, Sphere, Torus
from pushforward.manifold import candidates
from pushforward.manifold.latent_trials.dimension import growth
from pushforward.manifold.latent_trials.match import MetricSpace, match, of_data, of_latent
from pushforward.manifold.latent_trials.proposals import shapes
from pushforward.manifold.latent_trials.train import Waves, with_waves
from pushforward.manifold.latent_trials.trial_data import trial_data
from pushforward.rng import generator


def test_copies_and_outliers_are_left_out_and_counted():
    X = noisy("circle", 1000, seed=0).points
    out = 10 * torch.randn(50, 50, generator=generator(0))
    data = trial_data(torch.cat([X, X[:300], out]), seed=0)
    cloud = data.cloud
    assert (cloud.given, cloud.copies, cloud.outliers, len(data.y)) == (1350, 300, 50, 1000)
    assert data.y.square().sum(1).mean() == pytest.approx(1, abs=0.01)


def test_points_are_seen_in_few_coordinates_and_none_is_trained_on_and_held():
    flat = torch.rand(500, 2, generator=generator(0)) @ torch.randn(2, 300, generator=generator(1))
    data = trial_data(flat.reshape(500, 20, 15).numpy(), seed=0)
    assert (data.y.shape, data.cloud.shape) == ((500, 2), (20, 15))
    assert sorted([*data.validation.tolist(), *data.train.tolist()]) == list(range(500))


@pytest.mark.parametrize("seed", range(3))
def test_a_gap_between_neighbours_is_no_gap_of_the_data(seed):
    """Points on a circle have dense stretches whose nearest neighbours are among themselves."""
    one, two = (trial_data(noisy(name, 1000, seed=seed).points, seed=seed) for name in ("circle", "two circles"))
    assert (one.parts, two.parts) == (1, 2)
    assert one.geodesics([0]).isfinite().all()
    assert not two.geodesics([0]).isfinite().all()


@pytest.mark.parametrize(
    ("name", "dim", "noise"),
    [
        *[(name, 1, 0.02) for name in ("interval", "circle", "figure eight", "two circles")],
        *[(name, 2, 0.02) for name in ("disc", "annulus", "sphere", "torus", "torus in space", "klein")],
        *[("circle", 1, 0.1), ("sphere", 2, 0.1), ("cube 3", 3, 0.02)],
    ],
)
def test_dimension_is_read_above_the_noise(name, dim, noise):
    size = growth(trial_data(noisy(name, 2000, seed=1, noise=noise).points, seed=0), seed=0)
    assert size.low <= dim <= size.high <= dim + 1
    assert not size.mixed


def test_different_dimensions_in_different_places_are_seen():
    dense = torch.cat([lollipop(4000, seed=0)[:600], lollipop(4000, seed=0)[2000:]])
    assert growth(trial_data(dense, seed=0), seed=0).mixed


def test_a_space_is_matched_with_itself():
    draws = generator(0)
    _, distances = of_latent(Sphere(2), 60, seed=draws)
    order = torch.randperm(60, generator=draws)
    best = match(Sphere(2), MetricSpace(order, distances[order][:, order]), seed=generator(0))
    assert best.cost < 0.02
    again = Sphere(2).distance(best.z[:, None].expand(-1, 60, -1).flatten(0, 1), best.z.repeat(60, 1)).reshape(60, 60)
    assert np.corrcoef(again.flatten(), distances[order][:, order].flatten())[0, 1] > 0.9


def test_the_right_latent_in_the_right_proportions_matches_best():
    points = trial_data(noisy("klein", 2000, seed=0).points, seed=0)
    marks = of_data(points, seed=generator(0))
    costs = {
        name: match(latent, marks, seed=generator(0)).cost
        for name, latent in {
            "klein": Klein((2.8, 1)),
            "long": Klein((0.7, 1)),
            "sphere": Sphere(2),
            "square": Cube(2),
        }.items()
    }
    assert min(costs, key=costs.get) == "klein"


@pytest.mark.parametrize("kinds", [(Circle(), Circle()), (Interval(), Circle()), (Circle(), Interval())])
def test_parts_of_other_sizes_are_matched_one_by_one(kinds):
    """A large circle and a small one, or an arc: with one number of landmarks for each they would be mixed."""
    t = 6.28318 * torch.arange(600) / 600
    ring = torch.stack([t.cos(), t.sin()], 1)
    small = 0.3 * ring[::2][: 300 if all(isinstance(kind, Circle) for kind in kinds) else 150] + 5
    points = trial_data(torch.cat([ring, small]), seed=0)
    best = match(Disjoint(kinds), of_data(points, seed=generator(0)), seed=generator(0))
    assert best.cost < 0.02
    pairs, counts = torch.stack([points.part[best.which], best.z[:, 0].long()], 1).unique(dim=0, return_counts=True)
    assert pairs.sort(0).values.tolist() == [[0, 0], [1, 1]]
    of_ring = int(pairs[counts.argmax(), 1])
    assert isinstance(kinds[of_ring], Circle)


def test_latents_have_proportions_to_choose_from():
    assert [len(shapes(latent)) for latent in (Circle(), Torus(2), Torus(3), Klein(), Moebius(), Annulus())] == [
        1,
        4,
        1,
        5,
        4,
        4,
    ]
    assert all(type(shape) is Torus for shape in shapes(Torus(2, (9, 1))))
    assert {latent.dim for dim in (1, 2, 3, 4) for latent in candidates(dim)} == {1, 2, 3, 4}
    with pytest.raises(pf.errors.BadInput, match="at least 1"):
        candidates(0)


@pytest.mark.parametrize(
    ("X", "options", "error", "cure"),
    [
        ([1, 2], {}, pf.errors.BadInput, "X\\[:, None\\]"),
        (torch.rand(90), {}, pf.errors.BadInput, "X\\[:, None\\]"),
        (torch.rand(0, 3), {}, pf.errors.BadInput, "this is empty"),
        (torch.rand(90, 3) + 1j, {}, pf.errors.BadInput, "real points"),
        (torch.rand(20, 3), {}, pf.errors.BadInput, "Give more points"),
        (torch.rand(1, 3).expand(900, 3), {}, pf.errors.BadInput, "1 different points among 900"),
        (torch.rand(90, 3) / 0, {}, pf.errors.NotFinite, "Leave them out"),
        (torch.rand(90, 3), {"starts": 0}, pf.errors.BadInput, "at least 1 of each"),
        (torch.rand(90, 3), {"steps": 0}, pf.errors.BadInput, "at least 1 of each"),
        (torch.rand(90, 3), {"latents": []}, pf.errors.BadInput, "nothing to try"),
        (torch.rand(90, 3), {"latents": ["circle"]}, pf.errors.BadInput, "a list whose item 0 is a str"),
    ],
)
def test_what_cannot_be_tried_says_so(X, options, error, cure):
    with pytest.raises(error, match=cure):
        pf.try_latents(X, seed=0, **{"latents": [Interval()]} | options)


def test_waves_leave_features_as_they_are_and_are_the_same_for_a_seed():
    latent = Klein()
    one, two = (with_waves(Architecture((7,), 16).build(latent, seed=3).generator, seed=3) for _ in range(2))
    f = latent.features(latent.sample(50, seed=0))
    assert torch.equal(one(f), two(f))
    assert one(f).shape == (50, 7)
    waves = next(layer for layer in one if isinstance(layer, Waves))
    assert torch.equal(waves(f)[:, :5], f)
    assert waves(f)[:, 5:].abs().max() <= 1
