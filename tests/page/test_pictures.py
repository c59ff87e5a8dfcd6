"""One input as a picture: what is shown is what was given."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from pushforward.page import Painter, Picture, flaws
from pushforward.rng import normal


def pixels(picture):
    head, data = picture["url"].split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


@pytest.mark.parametrize("shape", [(9, 8), (1, 9, 8), (3, 9, 8), (9, 8, 3), (5, 9, 8)])
@pytest.mark.parametrize("scale", [1.0, 1e4, 1e-6])
def test_images_are_on_one_scale_whatever_their_range(shape, scale):
    X = normal((4, *shape), seed=0) * scale + 3 * scale
    every = np.stack([pixels(p) for p in Painter(X).pictures(X, ["a"] * 4)]).astype(float)
    assert every.shape[1:3] == (9, 8)
    assert (every.min(), every.max()) == ((0, 255) if shape != (5, 9, 8) else (every.min(), every.max()))
    rows = X if shape != (5, 9, 8) else X.mean(1)
    rows = rows.movedim(1, 3) if shape == (3, 9, 8) else rows
    rows = (rows.reshape(every.shape) - X.min()) / (X.max() - X.min())
    assert np.abs(every / 255 - rows.numpy()).max() < 0.51 / 255


def test_constant_and_broken_images_are_drawn():
    for x in (torch.ones(1, 8, 8), torch.full((1, 8, 8), torch.nan), torch.full((1, 8, 8), torch.inf)):
        assert pixels(Painter(x[None]).picture(x, "")).shape == (8, 8)


def test_bytes_are_images():
    X = torch.arange(64).reshape(1, 1, 8, 8).byte()
    assert pixels(Painter(X).picture(X[0], ""))[0, 1] == round(255 / 63)


def test_vectors_keep_their_names_and_say_what_is_left_out():
    X = normal((3, 4), seed=0)
    picture = Painter(X, names=["a", "b", "c", "<d>"]).picture(X[1], "one")
    assert picture["values"] == pytest.approx(X[1].tolist(), rel=1e-5)
    assert picture["names"] == ["a", "b", "c", "<d>"]
    long = normal((2, 5000), seed=0)
    assert Painter(long).picture(long[0], "one")["alt"] == "one (the first 4,096 of 5,000 numbers)"


def test_all_that_moves_of_a_structure_is_shown():
    X = {"ids": torch.arange(6).reshape(2, 3), "a": normal((2, 2), seed=0), "b": normal((2, 3), seed=1)}
    picture = Painter(X).picture({k: v[0] for k, v in X.items()}, "")
    assert picture["values"] == pytest.approx([*X["a"][0].tolist(), *X["b"][0].tolist()], rel=1e-5)


def test_whole_numbers_are_words_if_they_can_be_read():
    X = torch.arange(6).reshape(2, 3)
    picture = Painter(X, decode=lambda X: [[f"w{i}" for i in row] for row in X.tolist()]).picture(X[1], "")
    assert (picture["kind"], picture["words"], picture["heat"]) == ("tokens", ["w3", "w4", "w5"], [0.0] * 3)
    assert Painter(X).picture(X[1], "")["values"] == [3.0, 4.0, 5.0]


def test_embeddings_are_the_nearest_tokens_hot_where_they_moved():
    start = {"embedding": torch.eye(8)[:7]}
    moved = {"embedding": start["embedding"].clone()}
    moved["embedding"][2] = torch.eye(8)[7] * 0.9
    like = {"embedding": torch.stack([start["embedding"], moved["embedding"]])}
    tokens = {name: torch.eye(8)[i] for i, name in enumerate("abcdefgh")}
    picture = Painter(like, tokens=tokens).picture(moved, "", start=start)
    assert picture["words"] == list("abhdefg")
    assert picture["heat"] == [0, 0, 1, 0, 0, 0, 0]
    plain = Painter(like).picture(moved, "", start=start)
    assert [i for i, v in enumerate(plain["values"]) if v > 0] == [2]
    assert flaws(plain, Picture) == []
