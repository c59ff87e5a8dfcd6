from dataclasses import replace

import pytest
import torch

import pushforward as pf
from pushforward.page.generators import faults
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import inverse_figure, preimages_figure, quality_figure
from show.test_figures import assert_inside, boxes, marked, texts

WIDTHS = [WIDE, NARROW]
GOOD = pf.results.Quality(1.05, 0.98, 1.2, 1.0, 1.01, 0.2, 0.1, 0.97, 500)
FULL = replace(GOOD, classes=(0.3, 0.69, 0.01), kept=0.8, coverage=1.9, memorisation=0.5, frechet_real=0.001)


def said(figure):
    boxes(figure)
    assert_inside(figure)
    return " ".join(" ".join(texts(figure)).split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("quality", [GOOD, FULL])
def test_ratios_stand_against_1_and_shares_against_their_limits(quality, width):
    figure = quality_figure(quality, width=width)
    said(figure)
    ratios, shares = figure.axes[:2]
    dots = [line.get_xdata()[0] for line in ratios.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([quality.coverage, quality.precision, quality.frechet_ratio, quality.memorisation])
    bars = [bar.get_width() for bar in shares.patches]
    kept = [] if quality.kept is None else [quality.kept]
    assert bars == pytest.approx([quality.reconstruction, quality.cycle, quality.same_piece, *kept])
    assert len(marked(figure, "limit")) == 5 + len(kept)
    assert len(figure.axes) == 2 + bool(quality.classes)


def test_faults_are_counted_as_the_report_counts_them():
    assert not faults(GOOD)
    assert "Quality: no fault" in said(quality_figure(GOOD))
    assert f"Quality: {len(faults(FULL))} faults" in said(quality_figure(FULL))


def test_a_ratio_that_is_not_finite_is_said():
    assert "not finite" in said(quality_figure(replace(GOOD, frechet=float("nan"))))


@pytest.mark.parametrize("width", WIDTHS)
def test_residuals_are_sorted_and_what_has_not_converged_is_hollow(width):
    residual, converged = torch.tensor([0.3, 0.1, 0.2]), torch.tensor([True, True, False])
    figure = inverse_figure(pf.results.Inverse(torch.zeros(3, 1), torch.zeros(3, 4), residual, converged), width=width)
    assert "median residual 0.2, 1 not converged" in said(figure)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert list(lines["converged (2)"].get_xdata()) == [1, 3]
    assert lines["not converged (1)"].get_ydata() == pytest.approx([0.2])
    assert lines["not converged (1)"].get_markerfacecolor() == "white"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_preimages_are_counted_and_residuals_stand_against_the_tolerance(width, scale):
    counts, residual = torch.tensor([1, 0, 2, 1]), torch.tensor([0.1 * scale, 0.9, 0.2 * scale, 0.3 * scale])
    points = [torch.zeros(m, 2) for m in counts.tolist()]
    figure = preimages_figure(pf.results.Preimages(points, counts, residual, 0.5), width=width)
    assert "1 not on the manifold" in said(figure)
    bars, near = figure.axes
    assert [bar.get_height() for bar in bars.patches] == [1, 2, 1]
    lines = {line.get_label(): line for line in near.lines}
    assert lines["has none (1)"].get_ydata() == pytest.approx([0.9])
    assert "tolerance 0.5" in texts(figure)
