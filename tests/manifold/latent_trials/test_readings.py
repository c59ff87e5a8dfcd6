"""Exact generators of known data: those that are one to one fit, those that only look like it are found out."""

import importlib

import pytest
import torch

import pushforward as pf
from manifold.latent_trials.traps import TRAPS, exact, noisy, trapped
from pushforward.latents import Annulus, Interval, Torus
from pushforward.manifold.latent_trials.readings import Ratio, Readings
from pushforward.manifold.latent_trials.verdict import Defect, Judgement, judgement_of, reason, together
from slowly import slowly

KNOWN = (
    *("interval", "circle", "figure eight", "two circles", "disc", "annulus", "moebius", "sphere", "torus"),
    *("torus in space", "klein", "projective plane"),
)


@pytest.mark.parametrize("name", slowly(KNOWN, quick=3))
def test_the_map_that_made_the_data_fits(name):
    data = noisy(name, 2000, seed=0)
    row = pf.try_latents(data.points, [exact(data)], seed=0)[0]
    assert (row.verdict, row.readings.multiplicity) == ("fits", 1), row
    assert row.readings.coverage.low <= row.readings.coverage.value <= row.readings.coverage.high
    assert 0.2 < row.readings.coverage.value < 1.5
    assert row.readings.seams.value == 0
    assert row.readings.cycle < 0.1
    assert min(row.readings.sigma, row.readings.lipschitz) > 0.3


@pytest.mark.parametrize("name", slowly(TRAPS, quick=4))
def test_a_trap_that_covers_the_data_and_stays_on_them_is_recognised(name):
    X, gen, says = trapped(name, n=2000, seed=0)
    row = pf.try_latents(X, [gen], seed=0)[0]
    assert row.verdict == "rejected"
    assert says in row.reason
    if "times" in says:
        assert row.readings.multiplicity == 2
    assert max(row.readings.coverage.value, row.readings.precision.value) < 1.5, "a test of fit alone would believe it"


def test_data_beside_what_is_generated_are_gaps_and_bridges():
    data = noisy("torus", 2000, seed=0)
    z = data.latent.project(data.z)
    half = pf.try_latents(data.points[z[:, 0] < 3], [exact(data)], seed=0)[0]
    assert half.verdict == "rejected"
    assert "leaves the data" in half.reason
    whole = exact(data, Torus(2), lambda z: z * z.new_tensor([0.5, 1]))
    gaps = pf.try_latents(data.points, [whole], seed=0)[0]
    assert gaps.verdict == "rejected"
    assert "leaves gaps" in gaps.reason


def test_a_hole_that_quantiles_do_not_see():
    data = noisy("disc", 4000, seed=0)
    hole, inner = 0.12, 0.3
    radius = lambda z: z.norm(dim=1, keepdim=True)  # noqa: E731
    pressed = lambda z: z / radius(z) * (hole + (radius(z) - inner) / (1 - inner) * (1 - hole))  # noqa: E731
    trial = pf.try_latents(data.points, [exact(data, Annulus(inner), pressed)], seed=0)[0]
    assert trial.readings.coverage.high < 1.8
    assert trial.readings.holes > 2.2
    assert trial.verdict == "rejected"


def reading(**changed):
    one = Ratio(1.0, 0.9, 1.1)
    plain = {"coverage": one, "precision": one, "bridges": one, "seams": Ratio(0.0, 0.0, 0.001)}
    return Readings(
        **plain | {"multiplicity": 1, "holes": 1.0, "sigma": 0.7, "cycle": 0.01, "lipschitz": 0.6} | changed
    )


@pytest.fixture
def untrained(monkeypatch):
    """Starts whose networks are hardly trained: what is read of them is made up."""
    monkeypatch.setattr("pushforward.manifold.latent_trials.train.FIRST", 1)


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize(
    ("seams", "at_last", "verdict", "starts"),
    [(0.05, 0.0, "fits", 4), (0.05, 0.05, "rejected", 6), (0.5, 0.0, "rejected", 2)],
)
def test_what_comes_near_is_started_again(monkeypatch, seams, at_last, verdict, starts):
    run = importlib.import_module("pushforward.manifold.latent_trials.run")
    ends = []

    def end(points, nets, *, steps, seed):
        share = seams if len(ends) < 3 else at_last
        ends.append(seed)
        numbers = reading(seams=Ratio(share, share, share))
        return run._End(judgement_of(numbers), numbers, nets)

    monkeypatch.setattr(run, "_end", end)
    row = pf.try_latents(torch.linspace(0, 1, 300)[:, None] * torch.ones(2), [Interval()], seed=0)[0]
    assert (row.verdict, row.starts) == (verdict, starts)
    assert len(set(ends)) == starts


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize(
    ("coverages", "steps", "verdict"),
    [
        ([1.0], [10], "fits"),
        ([5.0], [10], "rejected"),
        ([2.5, 5.0], [10, 20], "rejected"),
        ([1.9, 1.9, 1.0], [10, 20, 40], "fits"),
        ([2.5, 1.9, 1.9], [10, 20, 40], "undetermined"),
    ],
)
def test_a_start_that_is_unclear_is_trained_on(monkeypatch, coverages, steps, verdict):
    run = importlib.import_module("pushforward.manifold.latent_trials.run")
    values, lengths = iter(coverages * 6), []

    def end(points, nets, *, steps, seed):
        lengths.append(steps)
        numbers = reading(coverage=Ratio(*[next(values)] * 3))
        return run._End(judgement_of(numbers), numbers, nets)

    monkeypatch.setattr(run, "_end", end)
    line = torch.linspace(0, 1, 300)[:, None] * torch.ones(2)
    row = pf.try_latents(line, [Interval()], seed=0, starts=1, steps=10)[0]
    assert (row.verdict, lengths[: len(steps)]) == (verdict, steps)
    assert len(lengths) == len(steps) * row.starts


@pytest.mark.parametrize(
    ("changed", "verdict", "says"),
    [
        ({}, "fits", "one to one"),
        ({"coverage": Ratio(5.0, 4.0, 6.0)}, "rejected", "leaves gaps (5.0 × real distances)"),
        ({"coverage": Ratio(2.0, 1.5, 2.5)}, "undetermined", "unclear at this many points: leaves gaps"),
        ({"holes": 3.1}, "rejected", "leaves a hole (32 neighbouring points are 3.1 × as far"),
        ({"holes": 2.0}, "undetermined", "unclear at this many points: leaves a hole"),
        ({"precision": Ratio(3.0, 2.5, 4.0)}, "rejected", "leaves the data"),
        ({"bridges": Ratio(3.0, 2.5, 4.0)}, "rejected", "bridges gaps"),
        ({"seams": Ratio(0.02, 0.015, 0.03)}, "rejected", "has seams (2.0% of the points"),
        ({"seams": Ratio(1.0, 0.99, 1.0), "multiplicity": 3}, "rejected", "covers the data 3 times"),
        ({"sigma": 0.05}, "rejected", "crushed in places"),
        ({"lipschitz": 0.02}, "rejected", "brings far latent points together"),
        ({"lipschitz": 0.23}, "undetermined", "unclear at this many points"),
    ],
)
def test_verdicts_of_one_start(changed, verdict, says):
    numbers = reading(**changed)
    assert judgement_of(numbers).verdict == verdict
    assert says in reason(judgement_of(numbers), numbers)


def test_one_start_that_fits_is_enough_and_all_must_fail_to_reject():
    fits, fails, open_ = (Judgement((Defect("seams", size, doubt),)) for size, doubt in ((0, 0.5), (9, 10), (0.9, 1.2)))
    assert together([fails, fits]) == "fits"
    assert together([fails, fails]) == "rejected"
    assert together([fails, open_]) == "undetermined"
    assert (fits.hopeful, fails.hopeful, open_.hopeful) == (False, False, True)
