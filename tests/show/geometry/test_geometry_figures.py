import math

import numpy as np
import pytest
import torch

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.latents import Circle, Cube
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.figures import holonomy_figure, path_figure, property_transfer_figure
from pushforward.show.geometry.path import crossfade, told
from pushforward.show.geometry.plane import plane
from pushforward.show.geometry.property_transfer import walks
from show.generator.test_generator_figures import Blobs, Curve
from show.test_figures import assert_inside, boxes, texts
from slowly import slowly

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


@pytest.mark.parametrize("width", slowly(reversed(WIDTHS)))
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
    inside(path_figure(path, width=width))


@pytest.mark.parametrize("width", WIDTHS)
def test_curves_of_points_that_are_no_pictures(great_circle, width):
    path, line = great_circle
    figure = path_figure(path, line, width=width)
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
        path_figure(path, pf.geometry.straight_line(sphere, torch.tensor([1.0, 0.1]), torch.tensor([1.0, 2.0])))


@pytest.mark.parametrize("width", slowly(reversed(WIDTHS)))
def test_strips_of_a_change_at_both_ends(spots, width):
    gen, path, _ = spots
    v = gen.chart_at(path.latents[0]).tangents(0, 1)[0].reshape(gen.shape)
    net = pf.Neurons(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(80, 4)))
    found = pf.geometry.carry(gen, v, *path.points[[0, -1]], path=path, net=net, seed=0)
    figure = found.plot(gen, width=width)
    inside(figure)
    assert {"x₀, the change", "x₁, the change carried", "x₁, the change copied"} <= set(texts(figure))
    assert found.effect.verdict in " ".join(texts(figure))
    seen = walks(found, gen, 0.5)
    for strip, x in zip(seen, path.points[[0, -1, -1]], strict=True):
        assert torch.allclose(strip[2], x, atol=1e-6)
    assert float((seen.copied[4] - seen.copied[3]).norm()) == pytest.approx(0.5, rel=1e-4)
    inside(
        property_transfer_figure(
            pf.geometry.carry(gen, v, *path.points[[0, -1]], path=path, seed=0), gen, reach=0.3, width=width
        )
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_arrows_where_there_are_no_pictures(great_circle, width):
    path, _ = great_circle
    found = pf.geometry.carry(sphere, path.points[1] - path.points[0], *path.latents[[0, -1]], path=path, seed=0)
    figure = found.plot(sphere, width=width)
    inside(figure)
    assert f"Rotated by {math.degrees(found.angle):.0f}°" in " ".join(texts(figure))


def test_two_coordinates_are_shown_as_they_are():
    seen = plane(torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
    assert seen.at(torch.tensor([[1.0, 2.0]])) == ([1.0], [2.0])
    assert seen.along(torch.tensor([0.5, 1.0])) == (0.5, 1.0)
    assert plane(torch.zeros(1, 3)).at(torch.zeros(2, 3)) == ([0.0, 0.0], [0.0, 0.0])


@pytest.mark.parametrize("width", WIDTHS)
def test_without_a_map_the_changes_themselves_are_drawn(spots, width):
    gen, path, _ = spots
    v = gen.chart_at(path.latents[0]).tangents(0, 1)[0].reshape(gen.shape)
    found = pf.geometry.carry(gen, v, *path.points[[0, -1]], path=path, seed=0)
    figure = found.plot(width=width)
    inside(figure)
    start, carried, less = (ax.images[0] for ax in figure.axes if ax.get_gid() == "change")
    np.testing.assert_allclose(start.get_array(), found.start[0], atol=1e-6)
    np.testing.assert_allclose(carried.get_array(), found.vector[0], atol=1e-6)
    np.testing.assert_allclose(less.get_array(), (found.vector - found.start)[0], atol=1e-6)
    assert start.get_clim() == carried.get_clim() == less.get_clim()
    said = " ".join(" ".join(texts(figure)).split())
    assert f"Rotated by {math.degrees(found.angle):.0f}° against a copy, of which {found.copy_tangent:.0%}" in said


@pytest.mark.parametrize("width", WIDTHS)
def test_a_loop_on_a_surface_is_drawn_as_frames_before_and_after(width):
    angle = 0.5
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    figure = holonomy_figure(pf.results.Holonomy(turn, torch.tensor([angle, -angle]), 0.97), width=width)
    inside(figure)
    assert "The loop rotates by 0.500 rad" in " ".join(texts(figure))
    assert {"e₁", "e₂", "e₁′", "e₂′"} <= set(texts(figure))
    x, y = (figure.axes[1].lines[-1].get_data()[i] for i in (0, 1))
    np.testing.assert_allclose(np.hypot(x, y), 1, atol=1e-6)
    np.testing.assert_allclose(sorted(np.arctan2(y, x)), [-angle, angle], atol=1e-6)


@pytest.mark.parametrize("width", WIDTHS)
def test_other_loops_are_drawn_as_matrices(width):
    mirror = torch.diag(torch.tensor([1.0, 1.0, -1.0]))
    figure = holonomy_figure(pf.results.Holonomy(mirror, torch.tensor([math.pi, 0.0, 0.0]), 0.97), width=width)
    inside(figure)
    assert "The loop reverses the orientation" in " ".join(texts(figure))
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), mirror)
    assert texts(figure).count("1.00") == 2
