import pytest

import pushforward as pf
from pushforward.manifold.latent_trials import Readings
from pushforward.manifold.latent_trials.dimension import Growth
from pushforward.manifold.latent_trials.readings import Ratio
from pushforward.manifold.latent_trials.verdict import judgement_of
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import latent_trial_figure, latent_trials_figure
from pushforward.show.latent_trials.limits import measured
from show.test_figures import assert_inside, boxes, marked, texts

WIDTHS = [WIDE, NARROW]
GOOD = Readings(
    Ratio(1.2, 1.1, 1.3), Ratio(1, 0.9, 1.2), Ratio(0.6, 0.5, 0.7), 0.4, Ratio(0, 0, 0.001), 1, 0.9, 0.1, 0.8
)
BAD = Readings(
    Ratio(2.5, 2.1, 2.9), Ratio(1.2, 1, 1.7), Ratio(40, 30, 55), 1.95, Ratio(0.2, 0.18, 0.22), 2, 0.01, 0.1, 0.4
)
TORUS = pf.latents.Torus(2, (2.3, 1))
FITS = pf.results.LatentTrial(pf.latents.Circle(), "fits", "covers the data, stays on them", GOOD, 0.1, 3, 2)
FAILS = pf.results.LatentTrial(TORUS, "rejected", "bridges gaps of the data", BAD, 0.1, 3, 3)
NEVER = pf.results.LatentTrial(pf.latents.Sphere(2), "rejected", "wrong dimension: the data have 1, the latent 2")


def said(figure):
    boxes(figure)
    assert_inside(figure)
    return " ".join(" ".join(texts(figure)).split())


def test_readings_over_their_limits_are_those_of_the_verdict():
    for readings in (GOOD, BAD):
        defects = {defect.what: defect for defect in judgement_of(readings).defects}
        found = measured(readings)
        assert len(found) == len(defects)
        for m in found:
            assert m.doubt == pytest.approx(defects[m.name].doubt)
            assert (m.ratio if m.interval is None else m.interval[0]) == pytest.approx(defects[m.name].size)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("trial", [FITS, FAILS])
def test_readings_stand_against_their_limits(trial, width):
    figure = latent_trial_figure(trial, width=width)
    text = said(figure)
    ratios = [line.get_xdata()[0] for line in marked(figure, "reading")]
    assert ratios == pytest.approx([min(max(m.ratio, 1 / 16), 16) for m in measured(trial.readings)])
    assert len(marked(figure, "interval")) == 4
    assert f"{trial.name}: {trial.verdict} ({trial.agreed} of 3 starts agree): {trial.reason}" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_what_was_not_trained_says_why(width):
    text = said(latent_trial_figure(NEVER, width=width))
    assert "wrong dimension" in text
    assert "nothing was trained" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_all_candidates_are_a_table(width):
    trials = pf.results.LatentTrials((FITS, NEVER, FAILS), 400, 1, Growth(1, 1, False, 2.0), 0.02)
    figure = latent_trials_figure(trials, width=width)
    text = said(figure)
    cells = figure.axes[0].images[0].get_array()
    assert cells.shape == (3, 7)
    assert (cells[0] < 0).all()  # all within their limits
    assert cells.mask[1].all()
    assert "1 of 3 latents fit 400 points (dimension 1, 1 part)" in text
    assert "not trained: wrong" in text
    assert {"40", "Circle  ●"} <= set(texts(figure))
