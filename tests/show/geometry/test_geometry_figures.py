import math

import numpy as np
import pytest
import torch

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.latents import Circle, Cube
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import geodesic_figure, transport_figure
from pushforward.show.geometry.geodesic import crossfade, told
from pushforward.show.geometry.plane import plane
from pushforward.show.geometry.transport import walks
from show.generator.test_generator_figures import Blobs, Curve
from show.test_figures import assert_inside, boxes, texts

WIDTHS = [WIDE, NARROW]


def sphere(z):
    a, b = z.unbind(1)
    return torch.stack([a.sin() * b.cos(), a.sin() * b.sin(), a.cos()], 1)


def inside(figure):
    boxes(figure)
    assert_inside(figure)


@pytest.fixture(scope="module")
def spots():
    gen = Generator.wrap(Blobs(), Cube(3))
    ends = gen(torch.tensor([[-0.8, -0.5, 0.2], [0.7, 0.8, 0.5]]))
    path = pf.geodesic(gen, *ends, steps=8)
    return gen, path, pf.geometry.straight_line(gen, *ends, steps=8)


@pytest.fixture(scope="module")
def great_circle():
    ends = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    return pf.geodesic(sphere, *ends), pf.geometry.straight_line(sphere, *ends)


@pytest.mark.parametrize("width", WIDTHS)
def test_strips_of_pictures_stand_beside_the_straight_line_and_the_cross_fade(spots, width):
    _, path, line = spots
    figure = path.plot(line, width=width)
    inside(figure)
    assert {"geodesic", "straight line", "cross-fade"} <= set(texts(figure))
    assert told(path) in texts(figure)
    assert told(line) in texts(figure)
    assert "lowest log p" in told(path)
    columns = 9 if width == WIDE else 5
    assert len(figure.axes) == 3 * columns + 1
    first, last = (figure.axes[i].images[0].get_array() for i in (0, columns - 1))
    np.testing.assert_allclose(first, figure.axes[2 * columns].images[0].get_array(), atol=1e-6)
    np.testing.assert_allclose(last, figure.axes[3 * columns - 1].images[0].get_array(), atol=1e-6)
    inside(geodesic_figure(path, width=width))


@pytest.mark.parametrize("width", WIDTHS)
def test_curves_of_points_that_are_no_pictures(great_circle, width):
    path, line = great_circle
    figure = geodesic_figure(path, line, width=width)
    inside(figure)
    assert len(figure.axes) == 1
    assert f"{path.length:.2f}" in " ".join(texts(figure))
    curve = Generator.wrap(Curve(), Circle(), reads="features")
    x = curve(torch.tensor([[0.2], [1.4]]))
    figure = pf.geodesic(curve, *x).plot(width=width)
    inside(figure)
    assert len(figure.axes) == 2


def test_a_cross_fade_is_even(great_circle):
    faded = crossfade(great_circle[0], 5)
    assert torch.allclose(faded.diff(dim=0), faded.diff(dim=0)[:1].expand(4, -1))


def test_another_line_is_refused(great_circle):
    path, _ = great_circle
    with pytest.raises(BadInput, match="Make it of the same inputs"):
        geodesic_figure(path, pf.geometry.straight_line(sphere, torch.tensor([1.0, 0.1]), torch.tensor([1.0, 2.0])))


@pytest.mark.parametrize("width", WIDTHS)
def test_strips_of_a_change_at_both_ends(spots, width):
    gen, path, _ = spots
    v = gen.chart_at(path.latents[0]).tangents(0, 1)[0].reshape(gen.shape)
    net = pf.Neurons(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(80, 4)))
    found = pf.geometry.carry(gen, v, *path.points[[0, -1]], path=path, net=net)
    figure = found.plot(gen, width=width)
    inside(figure)
    assert {"x₀, the change", "x₁, the change carried", "x₁, the change copied"} <= set(texts(figure))
    assert found.effect.verdict in " ".join(texts(figure))
    seen = walks(found, gen, 0.5)
    for strip, x in zip(seen, path.points[[0, -1, -1]], strict=True):
        assert torch.allclose(strip[2], x, atol=1e-6)
    assert float((seen.copied[4] - seen.copied[3]).norm()) == pytest.approx(0.5, rel=1e-4)
    inside(transport_figure(pf.geometry.carry(gen, v, *path.points[[0, -1]], path=path), gen, reach=0.3, width=width))


@pytest.mark.parametrize("width", WIDTHS)
def test_arrows_where_there_are_no_pictures(great_circle, width):
    path, _ = great_circle
    found = pf.geometry.carry(sphere, path.points[1] - path.points[0], *path.latents[[0, -1]], path=path)
    figure = found.plot(sphere, width=width)
    inside(figure)
    assert f"Turned by {math.degrees(found.angle):.0f}°" in " ".join(texts(figure))


def test_two_coordinates_are_shown_as_they_are():
    seen = plane(torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
    assert seen.at(torch.tensor([[1.0, 2.0]])) == ([1.0], [2.0])
    assert seen.along(torch.tensor([0.5, 1.0])) == (0.5, 1.0)
    assert plane(torch.zeros(1, 3)).at(torch.zeros(2, 3)) == ([0.0, 0.0], [0.0, 0.0])
