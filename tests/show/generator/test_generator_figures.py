from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.latents import Atlas, Circle, Cube
from pushforward.manifold.densities import density
from pushforward.manifold.dimensions import dimension
from pushforward.page import are_pictures, painted
from pushforward.rng import normal
from pushforward.show import figure_png
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.densities.figure import STEPS, strip
from pushforward.show.figures import density_figure, dimension_figure, ranked_figure, samples_figure
from pushforward.show.mosaic import mosaic
from show.test_figures import assert_inside, boxes, marked, texts

WIDTHS = [WIDE, NARROW]


def inside(figure):
    boxes(figure)  # ticks are where they will be only once it has been drawn
    assert_inside(figure)


class Blobs(nn.Module):
    """Pictures of a bright spot: its place and its brightness are the three features."""

    def __init__(self, channels: int = 1):
        super().__init__()
        self.channels = channels
        y, x = torch.meshgrid(torch.linspace(-2, 2, 10), torch.linspace(-2, 2, 8), indexing="ij")
        self.register_buffer("x", x)
        self.register_buffer("y", y)

    def forward(self, z):
        a, b, c = z[:, :, None, None].unbind(1)
        spot = torch.exp(-((self.x - a) ** 2 + (self.y - b) ** 2)) * (2 + c)
        return spot[:, None].repeat(1, self.channels, 1, 1)


class Curve(nn.Module):
    def forward(self, features):
        a, b = features.T
        return torch.stack([3 * a, b, a * b, a**2, b**3], 1)


class Sheets(nn.Module):
    def forward(self, z):
        return torch.stack([z[:, 1], z[:, 2], z[:, 1] * z[:, 2], 3 * z[:, 0]], 1)


@pytest.fixture(scope="module")
def spots():
    return Generator.wrap(Blobs(), Cube(3))


@pytest.fixture(scope="module")
def spot_density(spots):
    return density(spots, spots.sample(3, seed=1), seed=0)


@pytest.fixture(scope="module")
def curve():
    return Generator.wrap(Curve(), Circle(), reads="features")


@pytest.fixture(scope="module")
def known(spots):
    return dimension(spots, seed=0, points=20)


@pytest.fixture(scope="module")
def of_data():
    return dimension(normal((300, 2), seed=0) @ normal((2, 7), seed=1), seed=0)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 7), (28, 28), (9, 7, 3), (5, 8, 8), (40,), (2,), (1,)])
def test_samples_are_drawn_inside_the_figure(shape, width):
    figure = samples_figure(normal((70, *shape), seed=0), normal((50, *shape), seed=1), width=width)
    assert figure.get_figwidth() == pytest.approx(width)
    inside(figure)


def test_samples_and_real_inputs_share_one_scale_and_are_counted(spots):
    x = spots.sample(300, seed=0)
    figure = samples_figure(x, x * 2)
    assert "generated, 100 at random" in texts(figure)
    assert "real, 40" in texts(figure)
    sheet = figure.axes[0].images[0].get_array()
    first = (x[0, 0] - x.min()) / (2 * x.max() - x.min())
    np.testing.assert_allclose(sheet[:10, :8], first.numpy(), atol=1e-6)


def test_a_generator_draws_its_own_samples(spots):
    one, same = (figure_png(samples_figure(spots, seed=3), dpi=50) for _ in range(2))
    assert one == same
    assert "real" not in " ".join(texts(samples_figure(spots, seed=3)))


def test_few_samples_fill_no_empty_places(spots):
    sheet = samples_figure(spots.sample(3, seed=0)).axes[0].images[0].get_array()
    assert sheet.shape == (10, 3 * 9 - 1)


def test_points_are_drawn_along_principal_components_of_real_inputs(curve):
    real = torch.cat([curve.sample(200, seed=0), torch.tensor([[9.0, 0, 0, 0, 0]])])
    figure = samples_figure(curve.sample(100, seed=1), real)
    assert any("principal component 1" in text for text in texts(figure))
    drawn = {line.get_label(): line.get_xydata() for line in figure.axes[0].lines}
    assert len(drawn["real"]) == 201
    assert len(drawn["generated"]) == 100
    U, S, _ = torch.linalg.svd((real - real.mean(0)).double(), full_matrices=False)
    np.testing.assert_allclose(np.abs(drawn["real"]), (U * S)[:, :2].abs().numpy(), atol=1e-4)


@pytest.mark.parametrize("x", [torch.zeros(3), torch.zeros(0, 4)])
def test_samples_that_are_none_are_refused(x):
    with pytest.raises(BadInput, match=r"inputs \(n, ...\) of one shape are needed"):
        samples_figure(x)


def test_samples_of_another_shape_than_real_inputs_are_refused():
    with pytest.raises(BadInput, match=r"Use `gen.sample\(n, seed=0\)`"):
        samples_figure(torch.zeros(3, 4), torch.zeros(3, 5))


def test_what_is_a_picture():
    assert not are_pictures((28,))
    assert not are_pictures((2, 2, 8, 8))
    assert painted(torch.ones(2, 5, 8, 9)).shape == (2, 8, 9, 1)
    assert painted(torch.ones(2, 3, 8, 9)).shape == (2, 8, 9, 3)
    assert painted(torch.ones(2, 8, 9, 3)).shape == (2, 8, 9, 3)
    assert painted(torch.ones(2, 8, 9)).shape == (2, 8, 9, 1)
    assert mosaic(torch.zeros(5, 6, 7, 1), 3).shape == (13, 23, 1)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("channels", [1, 3])
def test_density_of_a_picture(channels, width):
    gen = Generator.wrap(Blobs(channels), Cube(3))
    found = density(gen, gen.sample(1, seed=1), seed=0)
    figure = density_figure(found, gen, width=width)
    inside(figure)
    assert len(figure.axes) >= 1 + 2 * 3
    s = float(found.singular_values[0, 0])
    assert f"σ {s:.3g}\n1/σ {1 / s:.3g}" in texts(figure)
    assert any(text.startswith("log p = ") for text in texts(figure))


@pytest.mark.parametrize("width", WIDTHS)
def test_density_of_a_vector(curve, width):
    found = density(curve, curve.sample(2, seed=0), seed=0)
    figure = density_figure(found, curve, which=1, width=width)
    inside(figure)
    profile = figure.axes[-1].lines if len(figure.axes[-1].lines) == 5 else figure.axes[1].lines
    assert len(profile) == len(STEPS)


@pytest.mark.parametrize("width", WIDTHS)
def test_without_its_generator_a_density_shows_its_directions(spot_density, curve, width):
    figure = spot_density.plot(width=width)
    inside(figure)
    drawn = [ax.images[0].get_array() for ax in figure.axes if ax.get_gid() == "change"]
    assert len(drawn) == 3
    np.testing.assert_allclose(drawn[1], spot_density.directions[0, 1, 0], atol=1e-6)
    found = density(curve, curve.sample(2, seed=0), seed=0)
    figure = density_figure(found, which=1, width=width)
    inside(figure)
    line = max((line for ax in figure.axes for line in ax.lines), key=lambda line: len(line.get_xdata()))
    np.testing.assert_allclose(line.get_ydata(), found.directions[1, 0], atol=1e-6)
    assert line.get_xdata()[0] == 0


def test_the_middle_of_a_strip_is_what_is_generated_and_steps_go_along_the_direction(spots, spot_density):
    found = strip(spot_density, spots, 0, 0)
    torch.testing.assert_close(found.inputs[2], spots(spot_density.points[:1])[0])
    small = spot_density.points[:1] + 1e-3 * spot_density.latent_directions[0, 0]
    moved = (spots(small) - spots(spot_density.points[:1]))[0] / 1e-3
    s, u = spot_density.singular_values[0, 0], spot_density.directions[0, 0]
    torch.testing.assert_close(moved, s * u, atol=2e-2, rtol=0)


def test_steps_that_meet_the_edge_stay_on_the_latent_and_are_outlined(spots):
    corner = density(spots, spots(torch.tensor([[0.99, 0.2, 0.1]])), seed=0)
    found = [strip(corner, spots, 0, j) for j in range(3)]
    assert not any(bool(each.stopped[2]) for each in found)
    stopped = sum(int(each.stopped.sum()) for each in found)
    assert stopped > 0
    assert len(marked(density_figure(corner, spots), "stopped")) == stopped


def test_pieces_of_an_atlas_are_walked_within_the_piece():
    gen = Generator.wrap(Sheets(), Atlas(2, 2))
    found = density(gen, gen(torch.tensor([[1.0, 0.5, 0.5]])), seed=0)
    assert strip(found, gen, 0, 0).inputs.shape == (5, 4)
    density_figure(found, gen)


def test_an_input_that_is_not_there_is_refused(spots, spot_density):
    with pytest.raises(BadInput, match=r"Use 0 … 2"):
        density_figure(spot_density, spots, which=3)


def test_results_draw_themselves(spots, spot_density, known):
    assert spot_density.plot(spots, width=NARROW).get_figwidth() == pytest.approx(NARROW)
    assert known.plot()._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("width", WIDTHS)
def test_inputs_are_ranked_by_density(spots, spot_density, width):
    x = spots(spot_density.points)
    figure = ranked_figure(spot_density, x, width=width)
    inside(figure)
    best = int(spot_density.log_density.argmax())
    shown = (x[best, 0] - x.min()) / (x.max() - x.min())
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), shown.numpy(), atol=1e-6)


def test_what_cannot_be_ranked_is_refused(spots, spot_density):
    with pytest.raises(BadInput, match="Give the inputs of which the density is"):
        ranked_figure(spot_density, spots.sample(2, seed=0))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("result", ["known", "of_data"])
def test_dimension_is_drawn_inside_the_figure(result, width, request):
    found = request.getfixturevalue(result)
    figure = dimension_figure(found, width=width)
    inside(figure)
    said = " ".join(texts(figure)).replace("\n", " ")
    assert f"Dimension {found.estimate} (95 %" in said
    assert f"TwoNN {found.neighbours.two_nn:.1f}" in said


def test_bars_of_dimension_count_all_points(known, of_data):
    for found in (known, of_data):
        bars = [patch.get_height() for patch in dimension_figure(found).axes[1].patches]
        assert sum(bars) == len(found.per_point)


def test_disagreement_and_gaps_are_said(known):
    off = replace(known, posterior=torch.eye(99)[30])
    assert not off.agrees
    assert "DISAGREE, neighbours of its samples say 31" in " ".join(texts(dimension_figure(off))).replace("\n", " ")
    gap = replace(known, estimate=2, spectrum=torch.tensor([1.0, 0.5, 0.001]), floor=0.02, gap=500.0)
    assert "gap 500 : 1 after 2" in texts(dimension_figure(gap))
    assert "no gap: all are used" in texts(dimension_figure(replace(known, estimate=3)))


def test_data_that_disagrees_is_said(of_data):
    far = replace(of_data, neighbours=replace(of_data.neighbours, two_nn=9.0, mle=9.0, angles=9.0, pca=9.0))
    assert "DISAGREE, too few classical estimates are near" in " ".join(texts(dimension_figure(far))).replace("\n", " ")


def test_what_is_outside_is_no_number_in_the_title(of_data):
    out = replace(of_data, outside=True, reason="too few points", interval=(7, 400))
    said = " ".join(texts(dimension_figure(out))).replace("\n", " ")
    assert "Dimension outside what can be told: 7 or more" in said
