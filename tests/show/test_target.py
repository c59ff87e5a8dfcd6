"""`figure=`: every drawing comes into a figure that was given."""

from dataclasses import replace

import matplotlib as mpl
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.modules.exemplars import TopInputs
from pushforward.show import figures
from pushforward.show.canvas import look
from pushforward.show.palette import PAPER
from pushforward.show.target import inches
from show.test_figures import assert_inside, boxes, shown


@pytest.fixture(scope="module")
def results(three, lesions):
    strength = torch.rand(2, 5, 2, generator=torch.Generator().manual_seed(0))
    return {
        "modules_figure": three,
        "spectrum_figure": three,
        "layers_figure": three,
        "lesions_figure": lesions(3, 2),
        "top_inputs_figure": TopInputs(
            torch.arange(10).reshape(2, 5), strength, torch.linspace(0, 1, 540).reshape(2, 5, 1, 6, 9), 50, 50
        ),
        "agreement_figure": pf.results.Agreement(0.9, 0.3),
        "quality_figure": pf.results.Quality(1.05, 0.98, 1.2, 1.0, 1.01, 0.2, 0.1, 0.97, 500),
    }


def labels(figure):
    """All texts but the numbers at axes, which are made when a figure is drawn."""
    ticks = [t for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for t in axis.get_ticklabels(which="both")]
    return [text for text in shown(figure) if text not in ticks]


def written(figure):
    return sorted(text.get_text() for text in labels(figure))


NAMES = [
    "modules_figure",
    "spectrum_figure",
    "layers_figure",
    "lesions_figure",
    "top_inputs_figure",
    "agreement_figure",
    "quality_figure",
]


@pytest.mark.parametrize("size", [(7.4, 5.0), (4.0, 7.0), (6.4, 4.8)])
@pytest.mark.parametrize("name", NAMES)
def test_it_comes_into_a_figure_whose_size_is_kept(results, name, size):
    mine = Figure(figsize=size)
    assert getattr(figures, name)(results[name], figure=mine) is mine
    assert tuple(mine.get_size_inches()) == size
    assert written(mine) == written(getattr(figures, name)(results[name], width=size[0]))
    boxes(mine)
    assert_inside(mine)


@pytest.mark.parametrize("name", NAMES)
def test_parts_of_a_figure_are_drawn_into_side_by_side(results, name):
    mine = Figure(figsize=(9, 9))
    left, right = mine.subfigures(1, 2)
    assert getattr(figures, name)(results[name], figure=left) is left
    getattr(figures, name)(results[name], figure=right)
    with look():
        FigureCanvasAgg(mine).draw()
    for part in (left, right):
        for text in labels(part):
            box = text.get_window_extent()
            assert part.bbox.x0 - 3 <= box.x0
            assert box.x1 <= part.bbox.x1 + 3, text


def test_where_there_is_less_room_everything_is_smaller_alike(three):
    small = figures.modules_figure(three, figure=Figure(figsize=(7.4, 1.9)))
    whole = figures.modules_figure(three)
    scale = 1.9 / whole.get_figheight()
    before = [ax.get_window_extent().width / figure.dpi for figure in (small, whole) for ax in figure.axes[:1]]
    assert before[0] == pytest.approx(scale * before[1])
    sizes = [max(text.get_fontsize() for text in shown(figure)) for figure in (small, whole)]
    assert sizes[0] == pytest.approx(scale * sizes[1])
    box = small.axes[0].get_window_extent()
    assert box.width == pytest.approx(box.height)
    assert inches(small) == pytest.approx((7.4, 1.9))


def test_the_users_settings_do_not_show_in_their_figure(three):
    with mpl.rc_context({"figure.facecolor": "black", "xtick.labelcolor": "red", "axes.facecolor": "black"}):
        mine = figures.spectrum_figure(three, figure=Figure())
        assert mpl.colors.to_hex(mine.get_facecolor()) == PAPER
        FigureCanvasAgg(mine).draw()
        assert all(tick.get_color() != "red" for tick in mine.axes[0].get_xticklabels())
        assert mpl.rcParams["figure.facecolor"] == "black"


def test_what_is_no_figure_is_refused_and_says_what_to_give(three):
    ax = Figure().add_subplot()
    with pytest.raises(BadInput, match=r"an Axes was given. Use `figure=plt.figure\(\)`"):
        three.plot(figure=ax)
    with pytest.raises(BadInput, match=r"`plot\(ax=...\)`.*give an empty matplotlib Figure or SubFigure"):
        three.plot(ax=ax)
    with pytest.raises(BadInput, match="str was given"):
        three.plot(figure="mine")


def test_a_figure_with_something_in_it_is_refused_and_left_alone(three):
    mine = Figure()
    mine.add_subplot()
    with pytest.raises(BadInput, match=r"1 axes, 0 parts and 0 texts. Give another, or call `figure.clear\(\)`"):
        three.plot(figure=mine)
    assert len(mine.axes) == 1
    other = Figure()
    other.subfigures(1, 2)
    with pytest.raises(BadInput, match="0 axes, 2 parts"):
        three.plot(figure=other)


def test_unknown_options_and_widths_are_refused(three):
    with pytest.raises(BadInput, match=r"`plot\(colour=...\)`: there is no such option. There are: width, top, figure"):
        three.plot(colour="red")
    with pytest.raises(BadInput, match="a figure has its width"):
        three.plot(figure=Figure(), width=7.4)
    for width in (0, -1.0, float("nan"), "wide"):
        with pytest.raises(BadInput, match="a width in inches is needed"):
            three.plot(width=width)


def test_after_an_error_the_figure_is_empty_and_the_next_drawing_is_its_own(three):
    mine = Figure()
    with pytest.raises(AttributeError):
        figures.modules_figure(replace(three, evidence=None), figure=mine)
    assert not mine.axes
    assert three.plot() is not mine
