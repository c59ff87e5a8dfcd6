"""The command line reads inputs as everything else does."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from points.forms import images
from pushforward.cli import main
from pushforward.cli.load import load_batch
from pushforward.rng import normal

MODELS = """
import torch
from torch import nn
from torch.utils.data import TensorDataset

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh())

def draw():
    return build()(torch.ones(30, 4)).detach()[:, :4] + torch.arange(30.0)[:, None]

def data():
    return TensorDataset(draw(), torch.ones(30))

def picture_network():
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 6), nn.Tanh())
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(MODELS)
    X = normal((40, 4), seed=0)
    np.savetxt("points.csv", X.numpy(), fmt="%.9g", delimiter=",", header="a,b,c,d", comments="")
    np.savez("two.npz", first=X.numpy(), second=X[:2].numpy())
    Path("pictures").mkdir()
    images(Path("pictures"))
    yield X
    for name in ("nets", "nets_"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("model", "inputs"),
    [("build", "points.csv"), ("build", "two.npz:first"), ("build", "nets:data"), ("picture_network", "pictures")],
)
@pytest.mark.filterwarnings("ignore::pushforward.errors.LabelsDropped")
def test_networks_are_asked_at_inputs_of_every_form(model, inputs, capsys):
    assert main(["doctor", f"nets.py:{model}", "--inputs", inputs]) == 0
    assert "can be pushed through" in capsys.readouterr().out


def test_data_is_measured_where_it_lies(capsys):
    assert main(["dimension", "points.csv"]) == 0
    assert "dimension" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["points.csv", "two.npz:first", "nets.py:draw", "pictures"])
def test_the_python_that_is_shown_reads_the_same(name):
    loaded = load_batch(name)
    names: dict[str, object] = {}
    exec("\n".join(loaded.code), names)
    assert torch.equal(names["X"], loaded.value)
