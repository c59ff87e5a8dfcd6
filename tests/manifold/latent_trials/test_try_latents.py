"""The whole path: what is trained, what is rejected at once, what is left open."""

import math

import pytest
import torch

import pushforward as pf
from manifold.latent_trials.traps import exact, lollipop, noisy
from pushforward.latents import Circle, Disjoint, FigureEight, Interval, Klein, ProjectivePlane, Sphere, Torus
from pushforward.manifold.latent_trials import train as trial
from pushforward.rng import generator


@pytest.fixture(scope="module")
def circles():
    """A circle, a little bent and with noise, and what three latents make of it."""
    draws = generator(0)
    t = 2 * math.pi * torch.rand(1000, generator=draws)
    X = torch.stack([t.cos(), t.sin(), 0.3 * (2 * t).sin()], 1) @ torch.randn(3, 6, generator=draws)
    X += 0.03 * torch.randn(X.shape, generator=draws)
    return X, pf.try_latents(X, [Circle(), Interval(), Sphere(2)], seed=0, starts=1, steps=200)


def test_a_circle_is_a_circle_and_no_interval(circles):
    _, trials = circles
    assert [row.verdict for row in trials] == ["fits", "rejected", "rejected"]
    assert [type(latent) for latent in trials.fits] == [Circle]
    assert [(row.starts, row.agreed) for row in trials] == [(1, 1), (1, 1), (0, 0)]
    assert "wrong dimension: the data have 1, the latent 2" in trials[2].reason
    assert trials[0].match < 0.05 < trials[1].match
    assert 0 < trials.smallest < 0.1


def test_the_best_generator_is_there_in_the_units_of_the_data(circles):
    X, trials = circles
    gen = trials[0].generator
    assert (gen(gen.encode(X[:200])) - X[:200]).norm(dim=1).median() < 0.1 * X.std(0).norm()
    assert gen.sample(3, seed=0).shape == (3, 6)


def test_a_trained_generator_is_read_as_it_is(circles):
    X, trials = circles
    again = pf.try_latents(X, [trials[0].generator], seed=0)[0]
    assert (again.verdict, again.starts, again.agreed) == ("fits", 1, 1)
    with pytest.raises(pf.errors.BadInput, match="Give a generator of such points"):
        pf.try_latents(X[:, :5], [trials[0].generator], seed=0)


def test_the_table_can_be_read_saved_and_loaded(circles, tmp_path):
    trials = circles[1]
    lines = str(trials).splitlines()
    assert "1,000 points of dimension 1 in 1 part" in lines[0]
    assert lines[1].split()[:3] == ["latent", "verdict", "starts"]
    assert [line.split()[0] for line in lines[2:]] == ["Circle", "Interval", "Sphere"]
    again = type(trials).load(trials.save(tmp_path / "table.safetensors"))
    assert repr(again) == repr(trials)
    assert again[0].readings == trials[0].readings
    assert len(again) == 3


@pytest.fixture
def short(monkeypatch):
    """Hardly any steps on landmarks: for what does not depend on the fit."""
    monkeypatch.setattr(trial, "FIRST", 5)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table_and_changes_nothing(short):
    X = noisy("interval", 600, seed=0).points
    before, state = X.clone(), torch.random.get_rng_state()
    one, two = (pf.try_latents(X, [Interval()], seed=3, starts=2, steps=20) for _ in range(2))
    assert repr(one) == repr(two)
    assert one[0].readings == two[0].readings
    assert one[0].starts == 2
    assert torch.equal(X, before)
    assert torch.equal(state, torch.random.get_rng_state())


def test_parts_of_the_data_must_be_parts_of_the_latent():
    data = noisy("two circles", 1500, seed=0)
    trials = pf.try_latents(data.points, [Circle(), FigureEight(), exact(data)], seed=0)
    assert [row.verdict for row in trials] == ["rejected", "rejected", "fits"]
    assert "too few parts: the data fall into 2, the latent has 1" in trials[0].reason


@pytest.mark.parametrize(
    ("X", "says"),
    [
        (noisy("circle", 100, seed=0).points, "too few points: 100"),
        (noisy("klein", 400, seed=0).points, "too few points or too much noise"),
        (noisy("projective plane", 3000, seed=0, noise=0.1).points, "too few points or too much noise"),
        (torch.cat([lollipop(4000, seed=0)[:600], lollipop(4000, seed=0)[2000:]]), "mixed dimension"),
        (lollipop(2000, seed=0), "outliers: "),
        (
            torch.cat(
                [9 * torch.randn(60, 1, 5, generator=generator(0)) + torch.rand(60, 20, 5, generator=generator(1))]
            ).flatten(0, 1),
            "too many parts",
        ),
    ],
)
def test_no_verdict_where_none_can_be_trusted(X, says):
    trials = pf.try_latents(X, [Circle(), Sphere(2), Klein()], seed=0)
    assert {row.verdict for row in trials} == {"undetermined"}
    assert all(says in row.reason for row in trials)


@pytest.mark.slow
def test_copies_outliers_and_noise_leave_the_verdict_right():
    data = noisy("sphere", 2000, seed=0)
    out = data.points.mean(0) + 2 * data.points.std() * torch.randn(100, 50, generator=generator(0))
    for X, note in (
        (torch.cat([data.points, data.points[:900]]), "900 points"),
        (torch.cat([data.points, out]), "100"),
    ):
        trials = pf.try_latents(X, [exact(data), exact(data, Sphere(2), lambda z: z.abs())], seed=0)
        assert [row.verdict for row in trials] == ["fits", "rejected"]
        assert note in trials.notes[0]
        assert note in str(trials)
    loud = noisy("circle", 3000, seed=0, noise=0.1)
    trials = pf.try_latents(loud.points, [exact(loud), exact(loud, Circle(), lambda z: 2 * z)], seed=0)
    assert [row.verdict for row in trials] == ["fits", "rejected"]


@pytest.mark.slow
def test_candidates_of_the_dimension_are_tried_by_default(short):
    X = noisy("circle", 300, seed=0).points
    trials = pf.try_latents(X, seed=0, starts=1, steps=1)
    assert [type(row.latent) for row in trials] == [Interval, Circle, FigureEight, Disjoint]
    assert not trials.fits


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "right", "wrong"), [("klein", Klein(), Torus(2)), ("projective plane", ProjectivePlane(), Sphere(2))]
)
def test_surfaces_are_told_from_their_double_covers(name, right, wrong):
    trials = pf.try_latents(noisy(name, 4000, seed=0).points, [right, wrong], seed=0)
    assert [row.verdict for row in trials] == ["fits", "rejected"]
