import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import push_figure
from show.test_figures import assert_inside, boxes, texts


def deep(layers: int) -> pf.results.Push:
    net = nn.Sequential(*[part for _ in range(layers) for part in (nn.Linear(6, 6), nn.Tanh())])
    return pf.push(pf.Neurons(net), pf.Gaussian.isotropic((6,)), torch.ones(6))


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("layers", [1, 4, 60])
def test_modes_and_layers_are_drawn_inside_the_figure(layers, width):
    push = deep(layers)
    figure = push_figure(push, width=width)
    boxes(figure)
    assert_inside(figure)
    modes, where = figure.axes
    bars = [bar.get_width() for bar in where.patches]
    assert len(bars) == len(push.table)
    assert sum(bars) == pytest.approx(1)
    share = push.deviation()[push.table.layer == 0].square().sum() / push.deviation().square().sum()
    assert bars[0] == pytest.approx(float(share), rel=1e-4)
    shown = modes.lines[0].get_ydata()
    assert shown == pytest.approx(push.svd().S[: len(shown)].tolist())
    assert ("named)" in where.get_xlabel()) == (len(bars) > 50)


def test_modes_that_are_zero_are_counted():
    net = pf.Neurons(nn.Sequential(nn.Linear(6, 2), nn.Tanh(), nn.Linear(2, 9), nn.Tanh()))
    figure = push_figure(pf.push(net, pf.Gaussian.isotropic((6,)), torch.ones(6)))
    assert len(figure.axes[0].lines[0].get_ydata()) == 2
    assert figure.axes[0].get_xlabel().endswith("4 are 0")
    assert any(text.startswith("effective rank ") for text in texts(figure))
