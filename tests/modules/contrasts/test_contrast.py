"""Planted truths: what can be moved alone is, what cannot is said to be so."""

import pytest
import torch
from torch import nn

import pushforward as pf
from glued import HALF, WHITE, A, B, D, data, glued
from pushforward.linear import Chart
from pushforward.modules.contrasts import traversals
from pushforward.modules.contrasts.directions import Direction
from pushforward.rng import generator, normal, permutation
from slowly import slowly

QUICK = {"starts": 8, "candidates": 3, "frames": 5, "directions": 2}


def contrast(net, a=A, b=B, start=None, seed=0, inputs=WHITE, **options):
    return pf.contrast(net, inputs, a, b, start=data() if start is None else start, seed=seed, **QUICK | options)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU])
@pytest.mark.parametrize("seed", [0, 1])
def test_only_the_true_subspace_moves(activation, seed):
    net = glued(seed=seed, activation=activation)
    c = contrast(net)
    assert c.overlap <= 1e-3
    for traversal, own in ((c.a, slice(0, HALF)), (c.b, slice(HALF, 2 * HALF))):
        step = traversal.frames[-1] - traversal.frames[0]
        energy = (net.model.Q.T @ step).square()
        assert energy[own].sum() >= 0.99 * energy.sum()
        assert traversal.reached
        assert traversal.leak <= 0.01
        assert traversal.verdict.kind == "kept fixed"
    assert "separable" in c.verdict


def test_what_is_reported_is_what_a_forward_pass_gives():
    net = glued()
    start = data()
    c = contrast(net, frames=6, distance=0.8)
    sigma = net(start).std(0)
    for t, moved, fixed in ((c.a, A, B), (c.b, B, A)):
        away = ((net(t.frames) - net(t.frames[:1])) / sigma).square()
        rms = {block: away[:, neurons].mean(1).sqrt() for block, neurons in (("moved", moved), ("fixed", fixed))}
        torch.testing.assert_close(t.moved, rms["moved"].double(), atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(t.leaked[1:], (rms["fixed"] / rms["moved"])[1:].double(), atol=1e-3, rtol=1e-2)
        torch.testing.assert_close(t.moved, torch.linspace(0, 0.8, 6).double(), atol=0.02, rtol=0)
        assert t.leaked[0] == t.predicted[0] == 0
        torch.testing.assert_close(t.frames[0], c.input)
        assert [w.neuron for w in t.worst] == away[-1, fixed].argsort(descending=True)[:5].add(
            fixed[0]
        ).tolist() or t.leak < 1e-4


def test_the_weights_and_the_inputs_are_left_alone():
    net, start = glued(), data()
    before, weights = start.clone(), [p.clone() for p in net.model.parameters()]
    state = torch.random.get_rng_state()
    contrast(net, start=start)
    assert torch.equal(start, before)
    assert all(torch.equal(p, q) for p, q in zip(net.model.parameters(), weights, strict=True))
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("seed", range(20))
def test_no_direction_moves_a_mixture_alone(seed):
    c = contrast(glued(seed=seed, mixed=True, activation=nn.Identity), seed=seed, directions=1)
    for t in (c.a, c.b):
        assert t.verdict.kind == "no such direction"
    assert "at this x the blocks share 5 of 5 directions" in c.verdict
    assert "Try another candidate" in c.verdict


def test_a_mixture_that_fills_all_directions_is_recognised_over_several_inputs():
    wide = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 12))
    draws = generator(3)
    for layer in (wide[0], wide[2]):
        layer.weight.data = normal(layer.weight.shape, seed=draws) / 2
    net = pf.Neurons(wide, ["1", "2"], example=torch.zeros(4))
    c = contrast(net, "1", "2", start=data(40)[:, :4], inputs=pf.Gaussian.isotropic((4,)), starts=16)
    assert c.a.verdict.kind == c.b.verdict.kind == "no such direction"


def test_either_way_round_is_the_same():
    net = glued(activation=nn.ReLU)
    one, other = contrast(net), contrast(net, B, A)
    assert torch.equal(one.a.frames, other.b.frames)
    assert torch.equal(one.b.leaked, other.a.leaked)
    assert one.overlap == other.overlap


def test_the_order_of_neurons_and_how_they_are_named_do_not_matter():
    net = glued()
    mask = torch.zeros(16, dtype=torch.bool)
    mask[A] = True
    wanted = contrast(net)
    for a in (A[permutation(8, seed=1)], mask, A.tolist(), torch.cat([A, A[:3]])):
        c = contrast(net, a, B.flip(0))
        assert torch.equal(c.a.frames, wanted.a.frames)


def test_renumbered_neurons_give_the_same_frames():
    net, order = glued(), permutation(16, seed=2)
    other = glued()
    other.model.fc.weight.data, other.model.fc.bias.data = (t[order] for t in (net.model.fc.weight, net.model.fc.bias))
    place = order.argsort()
    one, two = contrast(net), contrast(other, place[A], place[B])
    torch.testing.assert_close(one.a.frames, two.a.frames, atol=1e-3, rtol=1e-3)


def test_the_same_seed_gives_the_same_result_and_candidates_are_ranked():
    one, two = contrast(glued(activation=nn.ReLU), seed=5), contrast(glued(activation=nn.ReLU), seed=5)
    assert str(one) == str(two)
    assert torch.equal(one.b.frames, two.b.frames)
    overlaps = [c.overlap for c in one.candidates]
    assert overlaps == sorted(overlaps)
    assert len(overlaps) == 3
    assert all(0.01 <= c.percentile <= 0.99 for c in one.candidates)
    chosen = one.candidates[one.chosen]
    assert torch.equal(chosen.input, one.input)
    assert chosen.overlap == one.overlap


def test_products_are_counted_and_linear_in_frames():
    net, counts = glued(), []
    for frames in (5, 9, 13):
        c = contrast(net, frames=frames, start=data()[0], directions=1)
        counts.append(c.products)
    assert counts[2] - counts[1] <= 1.5 * (counts[1] - counts[0]) + 4 * D
    assert all(count % D == 0 for count in counts)


def test_one_input_is_taken_as_it_is():
    x = data()[4]
    c = contrast(glued(), start=x)
    torch.testing.assert_close(c.input, x)
    assert len(c.candidates) == 1
    assert c.candidates[0].start == 0
    assert "of the chart's own law N(0, I)" in c.a.place
    assert c.a.verdict.kind == "kept fixed"
    torch.testing.assert_close(contrast(glued(), start=x[None]).a.frames, c.a.frames)


def test_where_the_fixed_block_does_not_move_at_all_gains_are_infinite():
    still = Direction(torch.ones(1), speed=2.0, fixed=0.0, chance=0.0)
    assert str(still) == "gain inf (chance inf), speed 2 σ"


def test_a_saturated_block_does_not_move_and_is_no_function_of_the_other(tmp_path):
    torch.manual_seed(0)
    layer, X = nn.Linear(4, 6), normal((60, 4), seed=0)
    layer.weight.data[3:] *= 1e6  # a step: it differs from input to input, and its derivative is 0
    net = pf.Neurons(nn.Sequential(layer, nn.Tanh()), layers="1")
    c = pf.contrast(net, pf.Gaussian.isotropic((4,)), [3, 4, 5], [0, 1, 2], start=X, seed=0)
    assert "does not move at all" in str(c.a.verdict)
    assert c.a.chance == torch.inf
    assert c.b.verdict.good
    c.plot()
    c.save(tmp_path / "c.safetensors")
    assert pf.load(tmp_path / "c.safetensors").a.chance == torch.inf


def test_frames_stay_inside_the_distribution():
    X = data(200)
    inputs = pf.Gaussian.fit(X, rank=D)
    c = contrast(glued(), start=X, inputs=inputs, distance=3.0, starts=16)
    for t in (c.a, c.b):
        assert t.percentile.min() >= 0.01
        assert t.percentile.max() <= 0.99
        assert "by density under their law" in t.place
        assert not t.reached
        assert f"came {float(t.moved[-1]):.2f} of 3.00 σ far" in str(t.verdict)
        assert "smaller `distance=`" in str(t.verdict)


def test_an_input_far_outside_is_called_so():
    X = data(200)
    c = contrast(glued(), start=20 * X[0], inputs=pf.Gaussian.fit(X, rank=D))
    assert not c.usual
    assert "outside the distribution" in c.verdict
    far = torch.cat([X[:30], 50 * X[:1]])
    c = contrast(glued(), start=far, inputs=pf.Gaussian.fit(X, rank=D), starts=31)
    assert all(candidate.start != 30 for candidate in c.candidates)


def test_inputs_without_a_law_are_judged_by_their_distance_from_the_mean():
    assert "by distance from their mean" in contrast(glued()).a.place
    few = contrast(glued(), start=data(10))
    assert "of the chart's own law" in few.a.place


class Curved(Chart):
    """A user's chart that knows nothing but how to be called: x + w + w²/10."""

    def __init__(self, x):
        self.point, self.rank = x, D

    def __call__(self, w):
        return (self.point + w + 0.1 * w.square()).float()

    def tangents(self, start, stop):
        return torch.eye(D)[start:stop]


class Bent:
    def chart(self, x):
        return Curved(x)


def test_charts_of_ones_own_need_nothing_more():
    c = contrast(glued(), inputs=Bent())
    assert c.a.leak <= 0.02
    assert c.a.reached


def test_inputs_of_several_parts():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = glued().model

        def forward(self, x, shift):
            return self.inner(x + shift)

    start = (data(), data(seed=2))
    c = contrast(pf.Neurons(Two()), start=start, inputs=pf.Gaussian.isotropic((torch.zeros(D), torch.zeros(D))))
    assert [part.shape for part in c.a.frames] == [(5, D), (5, D)]
    assert c.a.verdict.good


def test_generators_are_inputs(tmp_path):
    class Flow(nn.Module):
        def __init__(self):
            super().__init__()
            self.Q = glued().model.Q

        def forward(self, z):
            return (z + 0.2 * torch.sin(z)) @ self.Q.T

    gen = pf.Generator.wrap(Flow(), pf.latents.Gaussian(D))
    c = contrast(glued(), inputs=gen, start=gen.sample(24, seed=3), starts=4, candidates=1)
    assert c.a.verdict.kind == "kept fixed"
    assert 0.01 <= c.a.percentile.min() <= c.a.percentile.max() <= 0.99
    again = pf.results.Contrast.load(c.save(tmp_path / "c.safetensors"))
    assert str(again) == str(c)
    assert str(c).count(c.a.verdict.reason) == 1  # each reason is said once
    assert torch.equal(again.a.frames, c.a.frames)
    assert repr(again.candidates) == repr(c.candidates)


@pytest.mark.parametrize("clip", slowly([True, False]))
def test_every_start_can_be_walked_from_without_a_search(clip):
    X = data(24)
    walks = list(
        traversals(glued(), pf.Gaussian.fit(X, rank=D), A, B, start=X, seed=0, frames=3, directions=1, clip=clip)
    )
    assert len(walks) == len(X)
    for t, x in zip(walks, X, strict=True):
        torch.testing.assert_close(t.frames[0], x)
        assert t.leak <= 0.05
    assert sum(t.reached for t in walks) >= 20


def test_unclipped_frames_go_farther_and_say_where_they_are():
    X = data(200)
    inputs = pf.Gaussian.fit(X, rank=D)
    near = contrast(glued(), start=X, inputs=inputs, distance=1.5)
    far = contrast(glued(), start=X, inputs=inputs, distance=1.5, clip=False)
    assert far.a.moved[-1] >= near.a.moved[-1]
    assert far.a.reached


@pytest.mark.parametrize("name", ["distance", "frames", "starts", "candidates", "directions"])
def test_numbers_have_bounds(name):
    with pytest.raises(pf.errors.BadInput, match=rf"`contrast\({name}=0\)`: .* is needed"):
        contrast(glued(), **{name: 0})
