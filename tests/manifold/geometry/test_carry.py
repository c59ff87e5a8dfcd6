import dataclasses
import math

import pytest
import torch
from torch import nn

import pushforward as pf
from manifold.geometry.closed_forms import SURFACES, D, sphere
from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.latents import Sphere
from pushforward.rng import normal

EQUATOR = torch.tensor([[math.pi / 2, 0.0], [math.pi / 2, 1.5]])
EAST, NORTH, OUT = torch.eye(3)[[1, 2, 0]]


def test_a_change_along_the_way_turns_and_one_across_does_not():
    along, across = (pf.geometry.carry(sphere, v, *EQUATOR, steps=32, seed=0) for v in (EAST, NORTH))
    assert along.angle == pytest.approx(1.5, abs=1e-3)
    assert torch.allclose(along.vector, torch.tensor([-math.sin(1.5), math.cos(1.5), 0.0]), atol=1e-3)
    assert along.copy_tangent == pytest.approx(math.cos(1.5), abs=1e-3)
    assert across.angle < 1e-3
    assert across.copy_tangent == pytest.approx(1)
    for transfer in (along, across):
        assert transfer.tangent == pytest.approx(1)
        assert transfer.drift == pytest.approx(1, abs=1e-5)
        assert 0.99 < transfer.turn <= 1
    assert "86° against a copy" in str(along)


def test_what_is_not_tangent_is_dropped_and_told():
    transfer = pf.geometry.carry(sphere, EAST + OUT, *EQUATOR, seed=0)
    assert torch.allclose(transfer.start, EAST, atol=1e-5)
    assert transfer.tangent == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert "71% of the change was tangent" in str(transfer)


def test_a_map_that_loses_a_direction_shortens_what_is_carried():
    pinched = lambda z: torch.stack([z[:, 0], z[:, 1] * (1 - z[:, :1].clamp(0, 1)[:, 0])], 1)  # noqa: E731
    path = torch.tensor([[0.0, 0.0], [0.5, 0.0], [1.5, 0.0]])
    transfer = pf.geometry.carry(
        pinched, torch.tensor([1.0, 1.0]), path[0], path[2], path=pf.geodesic(pinched, path[0], path[2]), seed=0
    )
    assert transfer.drift == pytest.approx(math.sqrt(0.5), abs=1e-2)
    assert "fewer directions on the way" in str(transfer)


def test_few_steps_are_enough_and_an_edge_is_warned_of():
    path = pf.geodesic(sphere, EQUATOR[0], torch.tensor([math.pi / 2, 3.0]), steps=2)
    round_ = pf.geometry.carry(sphere, EAST, *path.latents[[0, -1]], path=path, seed=0)
    assert round_.angle == pytest.approx(3, abs=1e-3)
    assert round_.converged
    roof = lambda z: torch.cat([z, 1.5 * z[:, :1].abs()], 1)  # noqa: E731
    ends = torch.tensor([[-1.0, 0.0], [1.0, 0.1]])
    over = pf.geometry.carry(roof, torch.tensor([0.0, 1.0, 0.0]), *ends, path=pf.geodesic(roof, *ends), seed=0)
    assert "parallel means little there" in str(over)
    assert over.verdict != "kept"


class Turned(nn.Module):
    """Neurons that read how far a point goes round the axis, wherever it is: a property that turns with the point."""

    def forward(self, x):
        return torch.atan2(x[:, 1], x[:, 0])[:, None] * torch.tensor([1.0, -2.0, 0.5])


def test_the_effect_is_kept_by_carrying_where_the_property_turns_with_the_point():
    net = pf.Neurons(nn.Sequential(Turned(), nn.Identity()), layers="1")
    transfer = pf.geometry.carry(sphere, EAST, *EQUATOR, net=net, steps=32, seed=0)
    e = transfer.effect
    assert e.alike_carried == pytest.approx(1, abs=1e-3)
    assert e.strength_carried == pytest.approx(e.strength_start, rel=1e-3)
    assert e.strength_copied == pytest.approx(e.strength_start * math.cos(1.5), rel=1e-2)
    assert e.chance_strength.max() <= e.strength_start * 1.001
    assert "1.00 times as strong" in str(transfer)


def test_the_effect_is_kept_by_copying_where_the_network_is_linear():
    net = pf.Neurons(nn.Linear(3, 6, bias=False))
    e = pf.geometry.carry(sphere, EAST, *EQUATOR, net=net, block=torch.arange(4), steps=32, seed=0).effect
    assert e.alike_copied == pytest.approx(1, abs=1e-4)
    assert e.verdict == "copying keeps the effect better"
    assert (
        pf.geometry.carry(sphere, NORTH, *EQUATOR, net=net, steps=32, seed=0).effect.verdict
        == "carrying and copying keep the effect equally well"
    )


def test_a_property_that_is_lost_is_called_lost():
    class Local(nn.Module):
        def forward(self, x):
            here = (x[:, :1] > 0.9).float()
            return torch.cat([here * x[:, 1:2], here * x[:, 2:], (1 - here) * x[:, 2:] * 0.1], 1)

    net = pf.Neurons(nn.Sequential(Local(), nn.Identity()), layers="1")
    e = pf.geometry.carry(sphere, EAST, *EQUATOR, net=net, seed=0).effect
    assert e.verdict.startswith("neither keeps the effect")


def test_blocks_are_numbers_masks_or_names_and_results_repeat():
    net = pf.Neurons(nn.Sequential(nn.Linear(50, 6), nn.Tanh(), nn.Linear(6, 3)))
    f, v = SURFACES["sphere in R⁵⁰"], normal((50,), seed=0)
    by = lambda block: pf.geometry.carry(f, v, *EQUATOR, net=net, block=block, seed=1).effect  # noqa: E731
    mask = torch.zeros(9, dtype=torch.bool)
    mask[6:] = True
    assert by("output").strength_carried == by(torch.tensor([6, 7, 8])).strength_carried == by(mask).strength_carried
    assert torch.equal(by(None).chance_alike, by(None).chance_alike)


class Same(nn.Module):
    def forward(self, features):
        return features


def test_inputs_of_a_generator_are_carried_between():
    gen = Generator.wrap(Same(), Sphere(2), reads="features")
    x0, x1 = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    transfer = pf.geometry.carry(gen, EAST, x0, x1, steps=32, seed=0)
    assert torch.allclose(transfer.vector, -OUT, atol=1e-3)


def refused(match, call):
    with pytest.raises(BadInput, match=match):
        call()


def test_what_is_wrong_is_said_with_its_cure():
    net = pf.Neurons(nn.Linear(3, 6))
    refused("one is needed. Call it for each", lambda: pf.geometry.carry(sphere, torch.ones(2, 3), *EQUATOR, seed=0))
    refused("Give a change that the generator can make", lambda: pf.geometry.carry(sphere, OUT, *EQUATOR.to(D), seed=0))
    refused(
        r"use `pf.Neurons\(model\)`", lambda: pf.geometry.carry(sphere, EAST, *EQUATOR, net=nn.Linear(3, 6), seed=0)
    )
    for block in (torch.tensor([6]), torch.tensor([0.5]), torch.tensor([], dtype=torch.long), torch.tensor([True])):
        refused(
            "a mask of them, or the name of a layer",
            lambda b=block: pf.geometry.carry(sphere, EAST, *EQUATOR, net=net, block=b, seed=0),
        )


def test_curvature_costs_trust_and_flat_manifolds_keep_it():
    flat = lambda z: torch.cat([z.cos(), z.sin()], 1)  # noqa: E731
    v = torch.tensor([0.0, 0.0, 1.0, 0.5])
    even = pf.geometry.carry(flat, v, torch.zeros(2), torch.tensor([1.5, 0.7]), seed=0)
    assert even.detour < 0.01
    assert even.trust > 0.95
    assert even.verdict == "kept"
    assert even.converged
    assert "the same property: expected cosine" in str(even)
    bent = pf.geometry.carry(sphere, NORTH, EQUATOR[0], torch.tensor([math.pi / 2, 2.8]), seed=0)
    assert bent.detour > 0.5
    assert bent.verdict == "lost"
    assert "NOT the same property" in str(bent)
    near = pf.geometry.carry(sphere, NORTH, EQUATOR[0], torch.tensor([math.pi / 2, 0.3]), seed=0)
    assert near.trust > 0.9 > bent.trust


def test_what_the_network_reads_on_the_way_is_told():
    net = pf.Neurons(nn.Sequential(Turned(), nn.Identity()), layers="1")
    e = pf.geometry.carry(sphere, EAST, EQUATOR[0], torch.tensor([math.pi / 2, 0.4]), net=net, seed=0)
    assert e.effect.along.shape == (9,)
    assert e.effect.along.min() > 0.999
    assert e.effect.reading == pytest.approx(1, abs=1e-3)
    assert e.effect.best == pytest.approx(1, abs=1e-3)
    assert e.effect.expected > 0.9
    assert e.verdict == "kept"

    class Fading(nn.Module):
        def forward(self, x):
            far = torch.sigmoid(20 * (x[:, 1:2] - 0.2))
            return torch.cat([(1 - far) * x[:, 1:2], far * x[:, 2:]], 1)

    net = pf.Neurons(nn.Sequential(Fading(), nn.Identity()), layers="1")
    lost = pf.geometry.carry(sphere, EAST, EQUATOR[0], torch.tensor([math.pi / 2, 0.8]), net=net, seed=0)
    assert lost.verdict != "kept"
    assert lost.effect.along.min() < 0.5


def test_old_files_know_nothing_of_trust():
    found = pf.geometry.carry(sphere, EAST, *EQUATOR, seed=0)
    assert dataclasses.replace(found, trust=None, detour=None, converged=None).verdict == "unknown"
