import math

import pytest
import torch

from pushforward.errors import BadInput
from pushforward.manifold.topologies import Topology, topology
from pushforward.page.manifolds import rows
from pushforward.rng import normal, uniform
from pushforward.show import figure_png
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import topology_figure
from show.test_figures import assert_inside, boxes, texts

WIDTHS = [WIDE, NARROW]


def turning(n):
    """Pictures of a spot that goes round."""
    a = 2 * math.pi * uniform((n, 1, 1), seed=0)
    y, x = torch.meshgrid(torch.linspace(-2, 2, 8), torch.linspace(-2, 2, 8), indexing="ij")
    return (-((x - 1.2 * a.cos()) ** 2) - (y - 1.2 * a.sin()) ** 2).exp() + 0.01 * normal((n, 8, 8), seed=1)


@pytest.fixture(scope="module")
def pictures():
    return turning(700)


@pytest.fixture(scope="module")
def found(pictures) -> Topology:
    return topology(pictures, seed=0)


def said(figure):
    return " ".join(texts(figure))


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off(found, pictures, width):
    for X in (None, pictures):
        figure = topology_figure(found, X=X, width=width)
        boxes(figure)
        assert_inside(figure)


def test_figure_says_what_was_found(found):
    text = said(topology_figure(found))
    assert "Circle: 100% of the looks agree" in text
    assert "b1 = 1" in text
    assert "24 landmarks" in text
    assert dict(rows(found, 40))["Betti, Z₃"] == "1, 1"


def test_pictures_stand_at_landmarks(found, pictures):
    laid = topology_figure(found, X=pictures).axes[0].images
    assert 8 <= len(laid) <= len(found.which)
    left, _, bottom, _ = torch.tensor([picture.get_extent() for picture in laid]).T
    apart = torch.maximum((left[:, None] - left).abs(), (bottom[:, None] - bottom).abs())
    size = laid[0].get_extent()[1] - laid[0].get_extent()[0]
    assert apart.fill_diagonal_(9).min() >= 0.999 * size  # none hides another
    assert len(topology_figure(found, X=pictures.flatten(1)).axes[0].images) == 0  # vectors are no pictures


def test_data_of_another_result_are_refused(found, pictures):
    with pytest.raises(BadInput, match=r"Of a generator there are none: leave X out"):
        topology_figure(found, X=pictures[:3])


@pytest.mark.parametrize("width", WIDTHS)
def test_undetermined(width):
    figure = topology_figure(topology(normal((600, 12), seed=0), seed=0), width=width)
    boxes(figure)
    assert_inside(figure)
    assert "Topology undetermined" in said(figure)
    assert "no dimension is clear" in said(figure)


def test_the_same_bytes_every_time(found):
    assert figure_png(found.plot(), dpi=50) == figure_png(found.plot(), dpi=50)
