import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pushforward.datasets import sprites
from pushforward.datasets.sprite_images import HIGH, LOW, SHAPES, render
from pushforward.errors import BadInput


def one(shape, scale=1.0, angle=0.0, x=0.5, y=0.5, *, size=64):
    return render(torch.tensor([[shape, scale, angle, x, y]], dtype=torch.float64), size)[0, 0]


@pytest.fixture(scope="module")
def many():
    return sprites(2000, seed=0)


def test_shapes_types_and_range(many):
    assert many.images.shape == (2000, 1, 32, 32)
    assert many.images.dtype == many.factors.dtype == torch.float32
    assert 0 <= many.images.min() <= many.images.max() <= 1
    assert many.names == ("shape", "scale", "orientation", "x", "y")


def test_factors_fill_their_ranges_independently(many):
    assert many.factors[:, 0].unique().tolist() == [0, 1, 2]
    low, high = torch.tensor(LOW), torch.tensor(HIGH)
    part = (many.factors[:, 1:] - low) / (high - low)
    assert ((part >= 0) & (part <= 1)).all()
    assert (part.mean(0) - 0.5).abs().max() < 0.03
    assert (torch.corrcoef(many.factors.T) - torch.eye(5)).abs().max() < 0.08


def test_every_image_holds_one_whole_shape(many):
    images = many.images.squeeze(1)
    assert images.flatten(1).max(1).values.min() > 0.9
    border = torch.cat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], dim=1)
    assert border.max() < 0.25


@settings(max_examples=50, deadline=None)
@given(
    shape=st.sampled_from(range(len(SHAPES))),
    scale=st.floats(0.5, 1),
    angle=st.floats(0, 2 * math.pi),
    x=st.floats(0.25, 0.75),
    y=st.floats(0.25, 0.75),
)
def test_centre_and_area_follow_the_factors(shape, scale, angle, x, y):
    image = one(shape, scale, angle, x, y)
    pixel = (torch.arange(64, dtype=torch.float64) + 0.5) / 64
    centre = torch.stack([image.sum(0) @ pixel, image.sum(1) @ pixel]) / image.sum()
    assert torch.allclose(centre, torch.tensor([x, y], dtype=torch.float64), atol=4e-3)
    assert image.mean() == pytest.approx(float(scale**2 * one(shape).mean()), rel=0.08)


@pytest.mark.parametrize(("shape", "turn"), [(0, math.pi / 2), (1, math.pi), (2, 2 * math.pi)])
def test_symmetries_are_the_documented_ones(shape, turn):
    assert torch.allclose(one(shape, angle=0.3), one(shape, angle=0.3 + turn), atol=1e-9)
    assert (one(shape, angle=0.3) - one(shape, angle=0.3 + turn / 2)).abs().max() > 0.5


def test_orientation_turns_clockwise_on_the_screen():
    right = one(1, angle=0.5)[:, 32:]
    assert right[32:].sum() > 1.5 * right[:32].sum()


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_images_are_differentiable_in_all_factors_but_the_shape(shape):
    # x and y put the centre on a pixel, where careless distances have no gradient
    rest = torch.tensor([[0.7, 0.4, 4.5 / 8, 3.5 / 8]], dtype=torch.float64, requires_grad=True)
    kind = torch.tensor([[float(shape)]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda rest: render(torch.cat([kind, rest], dim=1), 8), rest)


def test_render_gives_back_the_images(many):
    assert torch.allclose(render(many.factors[:10], 32), many.images[:10], atol=1e-6)


def test_the_seed_decides():
    assert torch.equal(sprites(5, seed=3).images, sprites(5, seed=3).images)
    assert not torch.equal(sprites(5, seed=3).images, sprites(5, seed=4).images)


def test_size_only_changes_the_resolution():
    fine, coarse = sprites(4, seed=0, size=64), sprites(4, seed=0, size=32)
    assert torch.equal(fine.factors, coarse.factors)
    assert torch.allclose(fine.images.mean((1, 2, 3)), coarse.images.mean((1, 2, 3)), atol=0.01)


def test_repr_names_the_factors():
    expected = "Sprites(images (1, 1, 32, 32), factors (1, 5): shape, scale, orientation, x, y)"
    assert repr(sprites(1, seed=0)) == expected


@pytest.mark.parametrize("n", [0, -3, 2.5])
def test_n_must_be_a_positive_integer(n):
    with pytest.raises(BadInput, match=rf"n={n}.*(at least 1 image|a whole number)"):
        sprites(n, seed=0)


@pytest.mark.parametrize("size", [7, 0, 32.0])
def test_size_must_be_large_enough(size):
    with pytest.raises(BadInput, match=rf"size={size}.*(Use `size=8` or more|a whole number is needed)"):
        sprites(1, seed=0, size=size)
