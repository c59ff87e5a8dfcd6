import io
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pushforward.modules.exemplars import TopInputs
from pushforward.page.modules import effective_rank
from pushforward.show import figure_png, figure_svg, figures
from pushforward.show.canvas import NARROW, WIDE, look, plain, spread

CHARTS = [
    figures.modules_figure, figures.spectrum_figure, figures.null_figure, figures.shares_figure, figures.layers_figure,
]  # fmt: skip
RESULTS = ["three", "sixteen", "nothing", "forced"]


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in shown(figure)]


def shown(figure: Figure):
    found = figure.findobj(mpl.text.Text)
    return [t for t in found if t.get_visible() and t.get_text().strip()]


def boxes(figure: Figure):
    with look():
        FigureCanvasAgg(figure).draw()
    return [(t, t.get_window_extent()) for t in shown(figure)]


def assert_inside(figure: Figure) -> None:
    ticks = [t for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for t in axis.get_ticklabels(which="both")]
    found = [(t, box) for t, box in boxes(figure) if t not in ticks]
    with look():
        found += [(ax, ax.get_tightbbox(figure.canvas.get_renderer())) for ax in figure.axes]
    for what, box in found:
        assert min(box.x0, box.y0) >= -1, what
        assert box.x1 <= figure.bbox.x1 + 1, what
        assert box.y1 <= figure.bbox.y1 + 1, what


def marked(figure: Figure, name: str):
    return [artist for artist in figure.findobj() if artist.get_gid() == name]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("draw", CHARTS)
@pytest.mark.parametrize("result", ["sixteen", "nothing"])
def test_nothing_is_written_outside_the_figure(draw, result, width, request):
    figure = draw(request.getfixturevalue(result), width=width)
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() == pytest.approx(width)
    assert_inside(figure)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("result", RESULTS)
def test_margin_texts_do_not_overlap(result, width, request):
    figure = figures.modules_figure(request.getfixturevalue(result), width=width)
    labels = [(t, b) for t, b in boxes(figure) if "·" in t.get_text() or t.get_text() == "factor"]
    for (one, a), (other, b) in combinations(labels, 2):
        assert not a.padded(-1.5).overlaps(b.padded(-1.5)), (one, other)


@pytest.mark.parametrize(("result", "blocks"), [("three", 3), ("sixteen", 16), ("forced", 3)])
def test_every_block_is_outlined_and_named_with_its_size(result, blocks, request):
    modules = request.getfixturevalue(result)
    figure = figures.modules_figure(modules)
    assert len(marked(figure, "block")) == blocks
    for b, block in enumerate(modules.blocks):
        assert f"{b} · {len(block)}" in texts(figure)


def test_matrices_are_the_overlap_before_and_permuted(three):
    before, after = [ax.images[0].get_array() for ax in figures.modules_figure(three).axes[:2]]
    R = three.overlap.clone().fill_diagonal_(1).numpy()
    order = three.order_of(three.sample).numpy()
    np.testing.assert_array_equal(before, R)
    np.testing.assert_array_equal(after, R[order][:, order])


def test_both_matrices_share_one_colour_scale(three):
    figure = figures.modules_figure(three)
    one, other = [ax.images[0].get_clim() for ax in figure.axes[:2]]
    assert one == other
    assert one[0] == 0
    assert figures.modules_figure(three, top=0.5).axes[0].images[0].get_clim() == (0, 0.5)


def test_unassigned_neurons_come_last_and_are_marked(three):
    left = sum(three.left_out.values())
    assert left >= 4
    assert f"none · {left}" in texts(figures.modules_figure(three))


def test_it_says_so_when_nothing_is_significant(nothing, forced):
    said = "\n".join(texts(figures.modules_figure(nothing)))
    assert "No significant modules" in said
    assert "best candidate order" in said
    assert f"p = {nothing.p_value:.3f} (≤ 0.05 needed)" in said
    asked = "\n".join(texts(figures.modules_figure(forced)))
    assert "3 blocks, as asked for" in asked
    assert f"p = {forced.p_value:.3f}" in asked


@pytest.mark.parametrize("draw", CHARTS)
def test_axes_say_what_they_are_and_n(draw, three):
    labels = [ax.get_xlabel() for ax in draw(three).axes if ax.get_xlabel()]
    n = str(len(three.evidence.null)) if draw is figures.null_figure else str(len(three.candidate))
    assert any(n in label for label in labels)


def test_numbers_in_charts_are_those_of_the_result(three):
    assert f"effective rank {effective_rank(three):.1f}" in texts(figures.spectrum_figure(three))
    assert f"this network {three.evidence.score:.3f}" in texts(figures.null_figure(three))
    bars = [patch.get_height() for patch in figures.null_figure(three).axes[0].patches]
    assert sum(bars) == len(three.evidence.null)


def test_bars_of_a_layer_fill_it(world):
    ax = figures.layers_figure(world.modules).axes[0]
    ends = {}
    for bar in ax.patches:
        row = round(bar.get_y() + bar.get_height() / 2)
        ends[row] = max(ends.get(row, 0), bar.get_x() + bar.get_width())
    assert len(ends) == len(world.modules.layers)
    assert all(end == pytest.approx(1) for end in ends.values())


def test_many_neurons_are_drawn_in_bins_and_it_says_so(three):
    many = replace(
        three,
        candidate=three.candidate.repeat(20), shares=three.shares.repeat(20, 1), dead=three.dead.repeat(20),
        layer=three.layer.repeat(20),
    )  # fmt: skip
    assert "drawn in 600 bins" in figures.shares_figure(many).axes[0].get_xlabel()
    assert "sampled" in figures.modules_figure(many).axes[0].get_xlabel()


def test_the_users_settings_neither_matter_nor_change(three):
    plainly = figure_png(figures.modules_figure(three), dpi=60)
    with mpl.rc_context({"figure.facecolor": "black", "font.size": 20, "axes.titlesize": 30}):
        styled = figure_png(figures.modules_figure(three), dpi=60)
        assert mpl.rcParams["font.size"] == 20
        assert mpl.rcParams["figure.facecolor"] == "black"
    assert styled == plainly


def test_images_are_the_same_bytes_every_time(three):
    assert figure_png(figures.null_figure(three)) == figure_png(figures.null_figure(three))
    assert figure_svg(figures.null_figure(three)) == figure_svg(figures.null_figure(three))


def test_flat_png_is_smaller_and_looks_the_same(three):
    figure = figures.modules_figure(three)
    whole, flat = figure_png(figure), figure_png(figure, steps=96)
    assert len(flat) < len(whole) / 2
    a, b = [np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float) for png in (whole, flat)]
    assert a.shape == b.shape
    assert np.abs(a - b).mean() < 3
    assert (b[0, 0] == 255).all()


def test_svg_is_xml_that_loads_nothing(three):
    root = ElementTree.fromstring(figure_svg(figures.layers_figure(three)))
    links = [v for element in root.iter() for k, v in element.attrib.items() if k.endswith("href")]
    assert all(link.startswith(("#", "data:")) for link in links)


def test_figures_show_themselves_in_a_notebook(three):
    assert three.plot()._repr_png_().startswith(b"\x89PNG")
    assert three.plot(width=NARROW).get_figwidth() == pytest.approx(NARROW)


def test_names_with_dollars_and_long_names_are_drawn_as_text(three):
    figure = figures.modules_figure(replace(three, layers=(r"a$\frac$b",)))
    figure_png(figure, dpi=40)  # would raise if it were taken for a formula
    assert plain("x" * 40) == "…" + "x" * 17
    assert plain("a\nb") == "a·b"


def test_spread_keeps_order_distance_and_bounds():
    at = spread([5.0, 5.0, 5.0, 9.9], 2.0, 0.0, 10.0)
    assert all(b - a >= 2 - 1e-9 for a, b in pairwise(at))
    assert at[0] >= 0
    assert at[-1] <= 10
    crowded = spread([1.0] * 30, 2.0, 0.0, 10.0)
    assert crowded[0] >= -1e-9
    assert crowded[-1] <= 10
    assert spread([], 1.0, 0.0, 1.0) == []


def images(channels: int) -> TopInputs:
    examples = torch.rand(2, 5, channels, 6, 9)
    return TopInputs(torch.arange(10).reshape(2, 5), torch.rand(2, 5, 2), examples, 50, 50)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_of_inputs(channels, width):
    driving = images(channels)
    figure = figures.top_inputs_figure(driving, torch.rand(2, channels, 6, 9), width=width)
    few = 5 if width == WIDE else 4
    assert len(figure.axes) == 2 * (few + 1)
    own = f"{float(driving.strength[1, 0, 1]):.1f}"
    assert own in texts(figure)
    assert f"activated most by ({few} of 50 inputs)" in texts(figure)
    assert_inside(figure)


def test_pictures_need_no_map_and_may_have_channels_last():
    driving = images(3)
    last = TopInputs(driving.index, driving.strength, driving.examples.movedim(2, -1), 50, 50)
    a, b = [figures.top_inputs_figure(d).axes[0].images[0].get_array() for d in (driving, last)]
    np.testing.assert_array_equal(a, b)


def test_vectors_are_drawn_as_rows(world):
    figure = figures.top_inputs_figure(world.study.driving, world.study.reads)
    assert figure.axes[0].images[0].get_array().shape == (3, 64)
    assert "squared correlation" in figure.axes[0].get_title("left")
    assert "Mean of the inputs" in figures.top_inputs_figure(world.study.driving).axes[0].get_title("left")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_inputs_without_a_picture_are_drawn_as_how_far_they_move_modules(width):
    strength = torch.rand(3, 4, 3, generator=torch.Generator().manual_seed(0))
    figure = figures.top_inputs_figure(TopInputs(torch.zeros(3, 4).long(), strength, None, 50, 50), width=width)
    assert_inside(figure)
    dots = figure.axes[0].lines
    own, others = ([line.get_xdata() for line in dots if line.get_gid() == kind] for kind in ("own", "others"))
    np.testing.assert_allclose(own[1], strength[1, :, 1])
    np.testing.assert_allclose(others[1], strength[1][:, [0, 2]].mean(1), rtol=1e-5)
    assert "(σ)" in figure.axes[0].get_xlabel()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_one_metric_is_a_strip_with_controls(lesions, width):
    figure = figures.lesions_figure(lesions(3, 1), width=width)
    marks = [line.get_marker() for line in figure.axes[0].lines]
    assert marks.count("o") == 3
    assert marks.count("|") == 3
    assert "7 random sets like it" in figure.axes[0].get_xlabel().replace("\n", " ")


@pytest.mark.parametrize("metrics", [2, 10])
def test_several_metrics_are_a_table_with_stars(lesions, metrics):
    figure = figures.lesions_figure(lesions(3, metrics))
    assert figure.axes[0].images[0].get_array().shape == (3, metrics)
    assert sum("0.62*" in text or "0.63*" in text for text in texts(figure)) == 3 * metrics


def test_a_fall_within_the_controls_has_no_star(lesions):
    weak = replace(lesions(2, 2), effect=torch.zeros(2, 2))
    assert not any("*" in text for text in texts(figures.lesions_figure(weak)))
