from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pushforward.cli import main
from pushforward.modules import modular
from slowly import slowly

TASKS = """
import torch
from torch import nn

def task():
    torch.manual_seed(0)
    X = torch.randn(200, 6)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 2)), X, (X[:, 0] > 0).long()

def numbers():
    model, X, _ = task()
    return model, X, X[:, :2].square()

def wrong():
    return 5
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, quick):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(TASKS)


@pytest.fixture
def judged_once(monkeypatch):
    """Every network judged as the first one is, for that takes longer than to train it."""
    judge, first = modular.assess, []

    def judged(net, inputs, X, metric, **options):
        net(X[:1])  # as whoever judges it does: its neurons are known from then on
        if not first:
            first.append(judge(net, inputs, X, metric, **options))
        return first[0]

    monkeypatch.setattr(modular, "assess", judged)


@pytest.mark.parametrize(
    ("name", "score"),
    slowly([("mine.py:task", "accuracy"), ("mine.py:numbers", "explained variance")], quick=0),
)
def test_a_task_of_the_users_is_trained_twice_and_compared(capsys, name, score):
    assert main(["modularize", name, "--steps", "30", "--batch", "32", "--out", "found"]) == 0
    said = capsys.readouterr().out
    assert score in said
    assert "Newman's Q" in said
    assert set(load_file("found/modular.safetensors")) == {"0.weight", "0.bias", "2.weight", "2.bias"}
    assert Path("found/modularity.png").read_bytes().startswith(b"\x89PNG")
    report = Path("found/report.html").read_text()
    assert f"pushforward modularize {name} --steps 30" in report
    assert "rank=6" in report  # no more directions than an input has numbers
    assert "layers" in report


@pytest.mark.slow
@pytest.mark.usefixtures("judged_once")
def test_as_many_modules_are_kept_as_are_asked_for(refused, capsys):
    run = ["modularize", "mine.py:task", "--steps", "30", "--batch", "32", "--count"]
    assert main([*run, "4", "--out", "found"]) == 0
    assert "count=4" in Path("found/report.html").read_text()
    capsys.readouterr()
    refused([*run, "1"], "a whole number of at least 2 is needed")


@pytest.mark.usefixtures("judged_once")
def test_a_checkpoint_is_gone_on_from(refused, capsys):
    run = ["modularize", "mine.py:task", "--steps", "20", "--batch", "32", "--checkpoint", "c.safetensors"]
    assert main([*run, "--out", "one"]) == 0
    written = Path("c.safetensors").stat().st_mtime_ns
    assert main([*run, "--out", "two"]) == 0
    assert Path("c.safetensors").stat().st_mtime_ns == written  # nothing was left to train
    one, two = (load_file(f"{name}/modular.safetensors") for name in ("one", "two"))
    assert all(torch.equal(weight, two[name]) for name, weight in one.items())
    capsys.readouterr()
    refused([*run, "--seed", "1"], "is of another run")


def test_what_is_no_task_is_refused_and_says_what_is(refused):
    refused(["modularize", "mine.py:wrong"], "a tuple (model, X, Y)")
    refused(["modularize", "nothing"], "a name after a colon is needed")
