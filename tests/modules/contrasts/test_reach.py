"""How far out frames lie along the way: within what the inputs reach, and told beside density."""

import math

import pytest
import torch
from torch import nn

import pushforward as pf
from glued import WHITE, A, B, data, glued
from pushforward.modules.contrasts import traversals
from pushforward.modules.contrasts.reach import FARTHEST, OfInputs
from pushforward.rng import normal

QUICK = {"starts": 8, "candidates": 3, "frames": 5, "directions": 2}


def contrast(start, net=None, **options):
    return pf.contrast(net or glued(), WHITE, A, B, start=start, seed=0, **QUICK | options)


@pytest.mark.parametrize("clip", [True, False])
def test_z_is_that_of_the_frames_among_the_inputs(clip):
    X = data(200)
    c = contrast(X, distance=3.0, clip=clip)
    for t in (c.a, c.b):
        u = nn.functional.normalize(t.frames[-1] - t.frames[0], dim=0)
        there = (X @ u).double()
        z = ((t.frames @ u).double() - there.mean()) / there.std()
        torch.testing.assert_close(t.z, z, atol=1e-4, rtol=1e-4)
        reach = float(((there - there.mean()) / there.std()).abs().max())
        assert t.reach == pytest.approx(reach, rel=1e-4)
        assert t.columns()["z"] == t.z.tolist()
        assert float(t.z.abs().max()) <= reach + 1e-3 or not clip
        assert f"inputs reach ±{reach:.2f}" in str(t)


@pytest.mark.slow
def test_many_directions_hide_one_from_density_but_not_from_z():
    wide, white, X = nn.Linear(40, 2, bias=False), pf.Gaussian.isotropic((40,)), normal((20, 40), seed=5)
    wide.weight.data = torch.eye(2, 40)
    net, far = pf.Neurons(wide), {"start": X, "seed": 0, "distance": 4.0, "frames": 3, "directions": 1}
    free = list(traversals(net, white, [0], [1], clip=False, **far))
    assert any(t.percentile[-1] > 0.02 and abs(float(t.z[-1])) > t.reach + 0.5 for t in free)
    kept = list(traversals(net, white, [0], [1], **far))
    assert all(float(t.z.abs().max()) <= t.reach + 1e-3 for t in kept)
    assert 0 < sum(t.reached for t in kept) < len(kept)


def test_few_inputs_are_measured_by_the_law_of_the_chart():
    c = contrast(data()[3], distance=20.0)
    assert c.a.reach == FARTHEST
    assert c.a.z[0] == 0
    assert c.a.z.abs().max() <= FARTHEST + 1e-3
    steps = (c.a.frames[-1] - c.a.frames[0]).norm()
    assert abs(float(c.a.z[-1])) == pytest.approx(float(steps), rel=1e-3)


def test_a_point_that_is_outside_already_may_come_back():
    reach = OfInputs(torch.linspace(-1, 1, 101)[:, None])
    along = lambda *x: reach.along(torch.tensor(x)[:, None], torch.zeros(2, 1))  # noqa: E731
    assert along(0.0, 0.9).beyond == 0
    assert along(0.0, 1.2).beyond == pytest.approx(0.2 / float(torch.linspace(-1, 1, 101).std()), rel=1e-3)
    assert along(1.5, 1.2).beyond == 0
    assert along(1.2, 1.5).beyond > 0
    assert along(0.0, 0.5).room == pytest.approx(2.0, rel=1e-3)
    assert along(-0.5, 0.0).room == pytest.approx(3.0, rel=1e-3)
    assert along(0.3, 0.3).beyond == 0


def test_epr_compares_the_moved_neurons_with_all_others():
    class Three(nn.Module):
        """A, B, and neurons of neither that move with A at half its pace."""

        def forward(self, x):
            return torch.cat([x[:, :2], x[:, 2:4], 0.5 * x[:, :2] + x[:, 4:] * 0.75**0.5], 1)

    X = normal((400, 6), seed=2)
    net = pf.Neurons(Three(), layers=["output"], example=X[0])
    c = pf.contrast(net, pf.Gaussian.isotropic((6,)), [0, 1], [2, 3], start=X, seed=0, **QUICK)
    values = net(c.a.frames)
    away = ((values - values[0]) / net(X).std(0)).abs().double()
    rest = away[:, [2, 3, 4, 5]].mean(1)
    torch.testing.assert_close(c.a.epr[1:], (away[:, :2].mean(1) / rest)[1:], atol=1e-3, rtol=1e-3)
    assert c.a.epr[0] == 0
    assert c.a.columns()["epr"] == c.a.epr.tolist()
    assert "EPR" in str(c)


def test_what_old_files_lack_is_unknown():
    t = contrast(data()).a
    old = type(t)(**{n: getattr(t, n) for n in t.__dataclass_fields__ if n not in ("peak", "epr", "z", "reach")})
    assert len(old.z) == len(old.peak) == len(old.epr) == len(t.moved)
    assert all(math.isnan(v) for v in (*old.columns()["z"], old.reach))
    assert old.worst_leak == 0


@pytest.mark.parametrize("starts", [1, 2])
def test_no_step_goes_farther_than_it_was_asked_to(starts):
    """At the edge of the inputs, what brings a step back among them was longer than the step: 0.66 σ for 0.1."""
    net, inputs = pf.Neurons(torch.nn.Identity().eval(), layers="output"), pf.Gaussian.isotropic((4,))
    X = normal((30, 4), seed=0)
    found = pf.contrast(net, inputs, [0, 1], [2, 3], start=X, seed=0, distance=0.1, starts=starts)
    for one in (found.a, found.b):
        assert float(one.moved[-1]) == pytest.approx(0.1, abs=0.01)
        assert one.leak < 1e-4
