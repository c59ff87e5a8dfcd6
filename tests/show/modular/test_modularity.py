from dataclasses import replace

import pytest
import torch

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.lesions import Lesions
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import agreement_figure, assessment_figure, modular_run_figure, modularity_figure
from show.test_figures import assert_inside, boxes, texts

WIDTHS = [WIDE, NARROW]


def said(figure):
    boxes(figure)
    assert_inside(figure)
    return " ".join(" ".join(texts(figure)).split())


@pytest.fixture(scope="module")
def measured():
    truth = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
    modules = pf.find_modules(net, inputs, truth.inputs, seed=0, points=4, nulls=19)
    return pf.modular.measure_modularity(net, inputs, truth.inputs, seed=0, points=2), modules


def test_a_frontier_is_drawn_with_a_dot_for_each_network():
    numbers = torch.rand(4, 2, 3, generator=torch.Generator().manual_seed(0)).double()
    found = pf.results.Frontier((0.0, 3.0), (0, 1, 2), *numbers)
    ax = found.plot().axes[0]
    dots = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert len(dots) == 2
    assert list(dots[0].get_xdata()) == numbers[1, 0].tolist()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "3"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_score_stands_beside_mixed_networks_and_layers_below(measured, width):
    found, _ = measured
    figure = modularity_figure(found, width=width)
    assert f"Modularity {found.score:.3f} ± {found.error:.3f}" in said(figure)
    ax = figure.axes[0]
    dashes = next(line for line in ax.lines if line.get_marker() == "|")
    assert list(dashes.get_xdata()) == pytest.approx(found.null.tolist())
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(list(found.per_layer.values()))
    assert "no more than chance" in said(modularity_figure(replace(found, score=0.001), width=width))


def test_many_layers_are_thinner_and_said_to_be_named_in_part(measured):
    many = replace(measured[0], layers=tuple(f"layer {i}" for i in range(90)), pairs=torch.eye(90))
    figure = modularity_figure(many)
    assert "named)" in said(figure)
    assert len(figure.axes[0].patches) == 90


@pytest.mark.parametrize("width", WIDTHS)
def test_training_is_drawn_as_loss_and_share_where_they_were_computed(width):
    history = torch.tensor([[10.0, 2.0, float("nan")], [20.0, 0.5, 0.3], [30.0, 0.0625, 0.6]]).double()
    training = pf.settings.ModularTraining(steps=30, strength=4.0)
    run = pf.results.ModularRun("Sequential", {}, training, history, None, None, 12.0)
    figure = modular_run_figure(run, width=width)
    assert "strength 4: 30 steps in 12 s" in said(figure)
    loss, share = figure.axes
    assert list(loss.lines[0].get_ydata()) == [2.0, 0.5, 0.0625]
    assert list(share.lines[0].get_xdata()) == [20.0, 30.0]
    assert "never computed" in said(modular_run_figure(replace(run, history=history[:1]), width=width))
    assert "never computed" in said(modular_run_figure(replace(run, history=history[:0]), width=width))


@pytest.mark.parametrize("width", WIDTHS)
def test_agreement_stands_beside_chance(width):
    figure = agreement_figure(pf.results.Agreement(0.93, 0.31), width=width)
    assert "agree to 0.93" in said(figure)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.93, 0.31]
    assert {"0.93", "0.31"} <= set(texts(figure))


@pytest.mark.parametrize("width", WIDTHS)
def test_an_assessment_shows_scores_modularity_and_what_sides_do(measured, width):
    modularity, modules = measured
    effect = torch.tensor([[0.8, 0.01], [0.02, 0.7]]).double()
    lesions = Lesions(("left", "right"), torch.ones(2), effect, torch.zeros(2, 5, 2), torch.tensor([30, 30]), "zero")
    found = pf.results.Assessment({"left": 0.93, "right": 0.88}, modularity, modules, lesions)
    figure = assessment_figure(found, width=width)
    assert "2 modules" in said(figure)
    scores, _, sides = figure.axes
    assert [bar.get_width() for bar in scores.patches] == [0.93, 0.88]
    assert [line.get_xdata()[0] for line in sides.lines if line.get_marker() == "o"] == effect.flatten().tolist()
    assert {"side 0, left", "side 1, right"} <= set(texts(figure))
    assert len(assessment_figure(replace(found, lesions=None), width=width).axes) == 2
