"""What `find_modules` says of how linear the network is near the inputs it used."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.finding import nearness
from pushforward.modules.finding.source import source
from pushforward.net import Linearities
from pushforward.page import modules as words
from pushforward.rng import normal

INPUTS = pf.Gaussian.isotropic((64,))


@pytest.fixture(scope="module")
def truth():
    return planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)


@pytest.fixture(scope="module")
def modules(truth):
    return pf.find_modules(pf.Neurons(truth.model), INPUTS, truth.inputs, seed=0, points=4, nulls=19)


def sources(net: pf.Neurons, X, points: int = 4):
    return source(net, INPUTS, X, points=points, directions=128, memory=2**30, seed=0)


def test_it_is_looked_at_near_three_of_the_inputs_used(truth, modules) -> None:
    assert len(modules.linearity.at) == nearness.INPUTS
    thorough = pf.push(pf.Neurons(truth.model), INPUTS, truth.inputs[modules.points[0]]).check(seed=0)
    assert modules.linearity.verdict == thorough.verdict
    assert modules.linearity.at[0].layers == thorough.layers


def test_a_linear_network_is_said_to_be_linear() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 40), nn.Linear(40, 30))
    net = pf.Neurons(model, layers="*")
    assert nearness.nearness(net, sources(net, normal((9, 64), seed=0)), seed=0).verdict == "linear"


def test_more_directions_than_are_pushed_are_mixed_in_the_same_way() -> None:
    net = pf.Neurons(nn.Sequential(nn.Linear(64, 40), nn.Linear(40, 30)), layers="*")
    src = source(net, INPUTS, normal((9, 64), seed=0), points=2, directions=16, memory=2**30, seed=0)
    chart, F = src.near(0)
    assert (chart.rank, F.shape[1]) == (16, 16)
    assert nearness.nearness(net, src, seed=0).verdict == "linear"


def test_it_is_saved_and_old_files_say_that_it_is_missing(modules, tmp_path) -> None:
    again = pf.load(modules.save(tmp_path / "modules.safetensors"))
    assert again == modules
    assert str(again.linearity) == str(modules.linearity)
    assert (
        str(Linearities()) == "how linear the network is was not looked at: the file is of a version that did not look"
    )


def test_large_networks_are_looked_at_once_and_only_if_that_is_cheap(truth, monkeypatch) -> None:
    monkeypatch.setattr(nearness, "LIGHT", 0)
    net = pf.Neurons(truth.model)
    few = nearness.nearness(net, sources(net, truth.inputs), seed=0)
    assert few.at == ()
    assert "it takes up to 128 passes and the pushes only 256; `pf.push(net, inputs, x).check(seed=0)` tells" in str(
        few
    )
    assert len(nearness.nearness(net, sources(net, truth.inputs, points=32), seed=0).at) == 1


def test_factors_and_activations_have_none(truth) -> None:
    net = pf.Neurons(truth.model)
    pushes = [pf.push(net, INPUTS, x) for x in truth.inputs[:2]]
    assert "factors have no network" in str(pf.find_modules(pushes, seed=0, nulls=19).linearity)
    active = pf.find_modules(net, X=truth.inputs, by="activity", seed=0, nulls=19)
    assert "activations were compared" in str(active.linearity)


def test_the_report_and_the_card_say_it_last(modules) -> None:
    told = words.verdict(modules).sentences[-1]
    assert told.lower().startswith(str(modules.linearity).lower())
    assert told.endswith("by 32 samples a scale.")
    none = words.verdict(replace(modules, linearity=Linearities((), "factors have no network"))).sentences[-1]
    assert none == "How linear the network is was not looked at: factors have no network."
