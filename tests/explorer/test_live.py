"""What is computed, against the same by hand and by `contrast`."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

import pushforward as pf
from explorer.conftest import halves, make_live
from pushforward.errors import BadInput, UnknownLayer
from pushforward.explorer.live import Live
from pushforward.linear import Chart
from pushforward.modules.contrasts import traversals
from pushforward.rng import normal
from words import PROMPTS, Model, Words

A, B = torch.arange(6), torch.arange(6, 12)
HELD = [{"module": 1}]


@pytest.fixture(scope="module")
def live():
    return make_live()


@pytest.fixture(scope="module")
def walked(live):
    return live.walk({"module": 0}, HELD, {"index": 3}, 0.5)


def test_the_better_sense_is_the_traversal_that_contrast_walks(live, walked):
    X = torch.cat([live.X[3:4], live.X[:3], live.X[4:]])
    theirs = next(iter(traversals(live.net, live.inputs, A, B, start=X, seed=0)))
    ours = walked.way.forth.traversal
    assert torch.allclose(ours.moved, theirs.moved, atol=1e-6)
    assert torch.allclose(ours.leaked, theirs.leaked, atol=1e-6)
    assert torch.allclose(ours.frames, theirs.frames, atol=1e-6)
    assert [leak.name for leak in ours.worst] == [leak.name for leak in theirs.worst]


@pytest.mark.parametrize("sense", ["forth", "back"])
def test_frames_at_the_points_of_the_walk_have_the_numbers_of_the_traversal(live, walked, sense):
    there = getattr(walked.way, sense)
    sign, t = {"forth": 1, "back": -1}[sense], there.traversal
    assert len(there.at) > 5
    for i, at in list(enumerate(there.at))[sense == "back" :]:  # the input itself belongs to the better sense
        shot, frame = walked.way.shot(sign * at), live.frame(walked.way, sign * at)
        for name in ("moved", "leaked", "predicted", "peak", "percentile", "z"):
            assert frame[name] == pytest.approx(float(getattr(t, name)[i]), abs=1e-6), (name, i)
        assert torch.allclose(shot.input, t.frames[i], atol=1e-6)
    assert frame["worst"] == [(leak.name, pytest.approx(leak.moved, abs=1e-6)) for leak in t.worst]


def test_a_frame_between_points_is_what_a_forward_pass_says(live, walked):
    low, high = walked.way.ends
    for share in (0.03, 0.31, 0.77, 0.99):
        at = low + share * (high - low)
        frame, shot = live.frame(walked.way, at), walked.way.shot(at)
        values = halves()[:2](torch.stack([live.X[3], shot.input])).double()
        sigma = halves()[:2](live.X).double().std(0)
        change = ((values[1] - values[0]) / sigma).abs()
        moved, fixed = change[:6].square().mean().sqrt(), change[6:].square().mean().sqrt()
        assert frame["moved"] == pytest.approx(float(moved), rel=1e-4)
        assert frame["leaked"] == pytest.approx(float(fixed / moved), rel=1e-3, abs=1e-6)
        assert frame["peak"] == pytest.approx(float(change[6:].max() / moved), rel=1e-3, abs=1e-6)
        assert frame["worst"][0][1] == pytest.approx(float(change[6:].max()), rel=1e-3, abs=1e-6)
        assert frame["moved"] == pytest.approx(abs(at), abs=0.02)


def test_both_senses_lead_away_from_the_input(walked):
    low, high = walked.way.ends
    assert low < -0.4
    assert high > 0.4
    assert walked.way.positions == sorted(walked.way.positions)
    assert 0 in walked.way.positions
    assert [frame["at"] for frame in walked.traversal["frames"]] == walked.way.positions
    assert walked.traversal["kind"] == "kept fixed"
    assert walked.traversal["moves"] == "module 0"


def test_at_the_input_nothing_has_moved(live, walked):
    frame = live.frame(walked.way, 0.0)
    assert (frame["moved"], frame["leaked"], frame["peak"]) == (0, 0, 0)
    assert torch.equal(walked.way.shot(0.0).input, live.X[3])


def test_positions_beyond_the_ends_are_refused(live, walked):
    with pytest.raises(BadInput, match="Stay between them"):
        live.frame(walked.way, 5.0)


def test_a_walk_does_not_depend_on_what_was_walked_before(live, walked):
    live.walk({"module": 1}, [{"module": 0}], {"index": 7}, 0.3, frames=2)
    assert make_live().walk({"module": 0}, HELD, {"index": 3}, 0.5).traversal == walked.traversal


def test_several_sets_stay_together(live):
    walked = live.walk({"neurons": [0, 1]}, [{"neurons": [2, 3]}, {"module": 1}], {"index": 1}, 0.2)
    assert walked.traversal["fixed"] == "2 neurons and module 1"
    assert walked.way.probe.blocks.fixed.neurons.tolist() == [2, 3, *range(6, 12)]


def test_pairs_of_sets_are_kept_for_later_but_not_without_end(live):
    for i in range(10):
        live.walk({"neurons": [i % 6]}, HELD if i < 6 else [{"neurons": [11]}], {"index": 0}, 0.1, frames=2)
    assert len(live._scenes) <= 8


def test_what_cannot_be_walked_says_why(live):
    with pytest.raises(BadInput, match="at least one other set"):
        live.walk({"module": 0}, [], {"index": 0}, 0.5)
    with pytest.raises(BadInput, match="no module 7; there are 0 … 1"):
        live.walk({"module": 7}, HELD, {"index": 0}, 0.5)
    with pytest.raises(BadInput, match="cannot both move and stay"):
        live.walk({"module": 1}, HELD, {"index": 0}, 0.5)
    with pytest.raises(BadInput, match="0 … 15"):
        live.walk({"neurons": [16]}, HELD, {"index": 0}, 0.5)
    with pytest.raises(UnknownLayer, match="nowhere"):
        live.walk({"layer": "nowhere"}, HELD, {"index": 0}, 0.5)
    with pytest.raises(BadInput, match="takes no words"):
        live.walk({"module": 0}, HELD, {"text": "a cat"}, 0.5)
    with pytest.raises(BadInput, match="0 … 199"):
        live.walk({"module": 0}, HELD, {"index": 200}, 0.5)


def test_a_push_spreads_modules_as_the_deviations_say(live):
    spread = live.push({"index": 5})
    P = pf.push(live.net, live.inputs, live.X[5])
    share = P.deviation()[:12] / halves()[:2](live.X).std(0)
    assert spread.spread == [pytest.approx(float(share[b].square().mean().sqrt()), rel=1e-4) for b in (A, B)]
    assert "near one input" in spread.linearity


def test_a_lesion_is_what_the_modules_method_says():
    from pushforward.modules.lesions import lesion

    X = normal((50, 8), seed=9, dtype=torch.float64)
    metric = lambda f: {"size": float(f(X).square().mean()), "first": float(f(X)[:, 0].mean())}  # noqa: E731
    live, told = make_live(metric), []
    table = live.lesion({"module": 1}, lambda *stage: told.append(stage))
    theirs = lesion((B,), live.net, metric, seed=0)
    assert table["metrics"] == ["size", "first"]
    assert table["effect"] == theirs.effect.tolist()
    assert table["control"] == theirs.control.tolist()
    assert told == [("lesions", i, 22) for i in range(22)]


def test_a_lesion_needs_a_metric_that_gives_numbers(live):
    with pytest.raises(BadInput, match=r"--metric file\.py:accuracy"):
        live.lesion({"module": 0})
    with pytest.raises(BadInput, match="return finite numbers"):
        make_live(lambda _: float("nan")).lesion({"module": 0})


def test_prompts_are_typed_and_frames_are_words():
    torch.manual_seed(0)
    text = pf.text(Model().eval(), Words(), PROMPTS)
    live = Live(text.net, text.inputs, text.X, [torch.arange(4), torch.arange(4, 8)], text=text)
    typed = live.walk({"module": 0}, HELD, {"text": PROMPTS[2]}, 0.2, frames=3)
    there = live.walk({"module": 0}, HELD, {"index": 2}, 0.2, frames=3)
    assert typed.traversal == there.traversal
    assert live.frame(typed.way, 0.0)["picture"]["words"] == PROMPTS[2].split()
    with pytest.raises(BadInput, match="as many as the others have"):
        live.push({"text": "dog"})


def test_images_are_sent_on_the_scale_of_the_batch():
    X = normal((30, 1, 8, 8), seed=0)
    net = pf.Neurons(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4), torch.nn.Tanh()))
    net.expect(X[0])
    picture = Live(net, pf.Gaussian.fit(X, rank=4), X, []).push({"index": 7}).picture
    kind, _, data = picture["url"].partition(",")
    assert kind == "data:image/png;base64"
    seen = torch.from_numpy(np.array(Image.open(io.BytesIO(base64.b64decode(data)))))
    assert torch.equal(seen, ((X[7, 0] - X.min()) / (X.max() - X.min()) * 255).round().to(torch.uint8))


class Torus(Chart):
    """Two angles w about those of a point, as (cos, sin, cos, sin)."""

    rank = 2

    def __init__(self, angles: torch.Tensor):
        self.angles = angles
        self.point = self(torch.zeros(1, 2, dtype=torch.float64))[0]

    def __call__(self, w):
        a = self.angles + w
        return torch.stack([a[:, 0].cos(), a[:, 0].sin(), a[:, 1].cos(), a[:, 1].sin()], 1)

    def tangents(self, start, stop):
        a, none = self.angles, torch.zeros((), dtype=torch.float64)
        rows = [[-a[0].sin(), a[0].cos(), none, none], [none, none, -a[1].sin(), a[1].cos()]]
        return torch.stack([torch.stack(row) for row in rows])[start:stop]

    def at(self, w):
        return Torus(self.angles + w)


class Tori:
    def chart(self, x):
        return Torus(torch.stack([torch.atan2(x[1], x[0]), torch.atan2(x[3], x[2])]))


def test_between_points_frames_stay_on_a_curved_manifold():
    a = 6 * normal((60, 2), seed=0, dtype=torch.float64)
    X = torch.stack([a[:, 0].cos(), a[:, 0].sin(), a[:, 1].cos(), a[:, 1].sin()], 1)
    mixed = torch.nn.Linear(4, 6).double()
    mixed.weight.data = torch.block_diag(*(normal((3, 2), seed=s, dtype=torch.float64) for s in (1, 2)))
    net = pf.Neurons(torch.nn.Sequential(mixed, torch.nn.Tanh()))
    net.expect(X[0])
    live = Live(net, Tori(), X, [torch.arange(3), torch.arange(3, 6)])
    way = live.walk({"module": 0}, HELD, {"index": 0}, 0.6, frames=4).way
    low, high = way.ends
    assert high - low > 0.8
    for share in torch.linspace(0, 1, 23).tolist():
        x = way.shot(low + share * (high - low)).input
        assert torch.allclose(x.reshape(2, 2).norm(dim=1), torch.ones(2, dtype=torch.float64), atol=1e-12)
        assert way.shot(low + share * (high - low)).leaked < 1e-6
