import io
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from PIL import Image

from pushforward.errors import BadInput, WrongType
from pushforward.modules.contrasts import Verdict
from pushforward.page import nearest
from pushforward.show import contrast_gif, figure_png, figure_svg
from pushforward.show.canvas import NARROW, WIDE
from pushforward.show.contrasts.columns import chosen, columns
from pushforward.show.figures import contrast_figure, contrasts_figure, traversal_figure
from show.test_figures import assert_inside, boxes, marked, texts
from slowly import slowly

WIDTHS = [WIDE, NARROW]
KINDS = ["image", "pair", "colour", "vector", "tokens", "failed", "short"]
WORDS = {f"word{i}": v for i, v in enumerate(torch.eye(6))}


def inside(figure):
    boxes(figure)  # ticks are where they will be only once it has been drawn
    assert_inside(figure)


@pytest.mark.parametrize("width", slowly([NARROW, WIDE]))
@pytest.mark.parametrize("kind", slowly(KINDS, quick=3))
def test_nothing_is_cut_off_and_no_text_overlaps(contrasts, kind, width):
    figure = contrast_figure(contrasts[kind], width=width)
    assert figure.get_figwidth() == pytest.approx(width)
    inside(figure)
    found = [(t, box) for t, box in boxes(figure) if t.get_figure() is figure and t.axes is None]
    for (one, a), (other, b) in combinations(found, 2):
        assert not a.padded(-1.5).overlaps(b.padded(-1.5)), (one, other)


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_stand_under_every_strip(contrasts, width):
    c = contrasts["image"]
    text = " ".join(" ".join(texts(contrast_figure(c, width=width))).split())
    assert "A moves, B is kept fixed" in text
    assert "B moves, A is kept fixed" in text
    assert "Leak at most 3.1% (random directions 75.0%)" in text
    assert "A came 1.00 of 1.00 σ" in text
    assert "frames at percentiles 12.5% … 50.0% among 64 of the inputs given" in text
    assert "B, at random (75.0%)" in text


def test_what_was_not_reached_is_said_and_why(contrasts):
    text = " ".join(texts(contrast_figure(contrasts["short"])))
    assert "A moves, B is kept fixed, as far as it came" in text
    assert "B moved at most 50.0% as much" in text
    text = " ".join(texts(traversal_figure(contrasts["failed"].a)))
    assert "A moves, B is not separated from it" in text
    assert len(marked(traversal_figure(contrasts["failed"].a), "chance")) == 0


def test_pictures_share_a_grey_scale_and_changes_another(contrasts):
    c = contrasts["image"]
    figure = contrast_figure(c)
    shown = [ax for ax in figure.axes if ax.images]
    changes = [ax.images[0] for ax in shown if ax.get_gid() == "change"]
    pictures = [ax.images[0] for ax in shown if ax.get_gid() != "change"]
    assert len(pictures) == 18
    assert len(changes) == 16
    assert len({image.get_clim() for image in changes}) == 1
    low, high = changes[0].get_clim()
    largest = max(float((t.frames - t.frames[0]).abs().max()) for t in (c.a, c.b))
    assert -low == high == pytest.approx(largest)
    both = torch.cat([c.a.frames, c.b.frames])
    wanted = (c.a.frames[4, 0] - both.min()) / (both.max() - both.min())
    np.testing.assert_allclose(pictures[4].get_array(), wanted, atol=1e-6)
    np.testing.assert_allclose(changes[3].get_array(), (c.a.frames[4] - c.a.frames[0])[0], atol=1e-6)
    assert f"±{largest:.2g}" in texts(figure)


def test_curves_are_the_measured_movements(contrasts):
    t = contrasts["image"].a
    ax = traversal_figure(t).axes[-1]
    moved, held, random = (line.get_ydata() for line in ax.lines)
    np.testing.assert_allclose(moved, t.moved)
    np.testing.assert_allclose(held, t.moved * t.leaked)
    np.testing.assert_allclose(random, t.moved * t.chance)


def test_vectors_are_drawn_at_the_start_in_the_middle_and_at_the_end(contrasts):
    t = contrasts["few"].a
    lines = [line for line in traversal_figure(t).axes[0].lines if len(line.get_xdata()) == 3]
    for line, i in zip(lines, (0, 4, 8), strict=True):
        np.testing.assert_allclose(line.get_ydata(), t.frames[i], atol=1e-6)


def test_embeddings_show_how_far_each_position_moved_or_the_nearest_tokens(contrasts):
    c = contrasts["tokens"]
    X = c.a.frames["embedding"]
    last = traversal_figure(c.a).axes[0].lines[2]
    np.testing.assert_allclose(last.get_ydata(), (X[-1] - X[0]).norm(dim=1), rtol=1e-5)
    for width in WIDTHS:
        figure = contrast_figure(c, tokens=WORDS, width=width)
        inside(figure)
        assert any(text.startswith("word") for text in texts(figure))
    assert any(text == "3" for text in texts(traversal_figure(c.a, tokens=torch.eye(6))))


def test_padding_is_not_listed_among_the_tokens(contrasts):
    c = contrasts["tokens"]
    mask = torch.zeros(5, 12, dtype=torch.long)
    mask[:, :4] = 1
    frames = {"embedding": c.a.frames["embedding"], "original": {"attention_mask": mask}}
    places = [text for text in texts(traversal_figure(replace(c.a, frames=frames), tokens=WORDS)) if "at " in text]
    assert [text for text in places if text.startswith("at ")] == ["at 0", "at 1", "at 2", "at 3"]


def test_nearest_tokens_are_nearest():
    x = torch.tensor([[[0.9, 0.2], [0.1, 3.0]]])
    assert nearest(x, torch.tensor([[0.0, 1.0], [1.0, 0.0]])).tolist() == [[1, 0]]


def test_vocabularies_that_do_not_fit_are_refused(contrasts):
    with pytest.raises(BadInput, match=r"have 6 numbers. Give `{name: vector}` or the embedding matrix, \(v, 6\)"):
        contrast_figure(contrasts["tokens"], tokens=torch.eye(5))
    with pytest.raises(BadInput, match="or the embedding matrix"):
        contrast_figure(contrasts["tokens"], tokens={"a": torch.zeros(6), "b": torch.zeros(5)})
    with pytest.raises(WrongType, match=r"not a function. Give `pf.text\(...\).tokens`"):
        contrast_figure(contrasts["tokens"], tokens=lambda text: text)
    with pytest.raises(BadInput, match=r"no embeddings of tokens.*Leave it out"):
        contrast_gif(contrasts["image"], tokens=torch.eye(6))


def test_wide_pictures_are_fewer_and_stay_evenly_spaced():
    for count in range(1, 20):
        for most in range(3, 10):
            found = chosen(count, most)
            assert found[0] == 0
            assert found[-1] == count - 1
            assert len(found) <= most
            assert list(found) == sorted(set(found))
    assert columns(9, 9, WIDE).centre(8) < WIDE


def test_drawings_are_the_same_every_time_as_png_and_svg(contrasts):
    draw = lambda: contrasts["few"].plot(width=NARROW)  # noqa: E731
    assert figure_png(draw(), dpi=60) == figure_png(draw(), dpi=60)
    assert figure_svg(contrasts["image"].a.plot()).startswith(b"<?xml")


@pytest.mark.parametrize("kind", slowly(["colour", "short", "failed"]))
def test_moving_pictures_go_forth_and_back_and_repeat(contrasts, kind):
    made = contrast_gif(contrasts[kind])
    assert made == contrast_gif(contrasts[kind])
    with Image.open(io.BytesIO(made)) as image:
        count = max(len(t.moved) for t in (contrasts[kind].a, contrasts[kind].b))
        assert image.n_frames == 2 * count - 2
        assert image.info["loop"] == 0
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
        image.seek(1)
        second = image.convert("RGB").tobytes()
        image.seek(image.n_frames - 1)
        assert image.convert("RGB").tobytes() == second


@pytest.mark.slow
def test_one_traversal_moves_too(contrasts):
    one, both = (Image.open(io.BytesIO(contrast_gif(c))) for c in (contrasts["short"].b, contrasts["short"]))
    assert one.width < both.width
    with Image.open(io.BytesIO(contrast_gif(contrasts["failed"].a))) as still:
        assert getattr(still, "n_frames", 1) == 1
    with Image.open(io.BytesIO(contrast_gif(contrasts["tokens"], tokens=WORDS))) as words:
        assert words.n_frames == 8


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("m", [2, 3, 7, 14])
def test_tables_have_a_mark_in_every_cell(table, m, width):
    figure = contrasts_figure(table(m), width=width)
    inside(figure)
    found = [t for t in texts(figure) if t[0] in "●○×∅" and "," not in t]
    assert len(found) == m * (m - 1)
    assert sum("*" in t for t in found) == 1


def test_tables_show_leaks_and_say_what_is_left(table):
    made = table(5, "encoder.layers.{}.mlp", left=True)
    figure = made.plot()
    inside(figure)
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), made.leak.nan_to_num(0))
    assert any("6 of 10 pairs done" in t.replace("\n", " ") for t in texts(figure))
    assert any("75.0%" in t for t in texts(figure))
    assert any(t.endswith("· 104") for t in texts(figure))


def test_a_set_that_did_not_stay_is_not_called_kept_fixed(contrasts):
    c = contrasts["image"]
    verdict = Verdict("not separated", "A and B have copies of a neuron, a.0 and b.0")
    c = replace(c, a=replace(c.a, verdict=verdict))
    said = " ".join(" ".join(texts(contrast_figure(c))).split())
    assert "B should stay" in said
    assert "B kept fixed" not in said
    assert verdict.reason in said  # why it is not separated, though little leaks


def test_coordinates_count_from_zero_as_neurons_do(contrasts):
    line = traversal_figure(contrasts["vector"].a).axes[0].lines[0]
    assert list(line.get_xdata()) == list(range(40))
