from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pushforward.cli import main

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
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(TASKS)
    monkeypatch.setattr("pushforward.show.html_page.image", lambda figure, kind: "data:,")


@pytest.mark.parametrize(("name", "score"), [("mine.py:task", "accuracy"), ("mine.py:numbers", "explained variance")])
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


def test_as_many_modules_are_kept_as_are_asked_for(capsys):
    assert (
        main(["modularize", "mine.py:task", "--steps", "30", "--batch", "32", "--modules", "4", "--out", "found"]) == 0
    )
    assert "modules=4" in Path("found/report.html").read_text()
    assert main(["modularize", "mine.py:task", "--steps", "30", "--modules", "1", "--out", "other"]) == 2
    assert "2 or more are needed" in capsys.readouterr().err


def test_a_checkpoint_is_gone_on_from(capsys):
    run = ["modularize", "formulas", "--steps", "20", "--batch", "32", "--checkpoint", "c.safetensors"]
    assert main([*run, "--out", "one"]) == 0
    assert main([*run, "--out", "two"]) == 0
    both = (load_file(f"{name}/modular.safetensors") for name in ("one", "two"))
    assert all(torch.equal(a, b) for a, b in zip(*(held.values() for held in both), strict=True))
    assert main([*run, "--seed", "1", "--out", "three"]) == 2
    assert "is of another run" in capsys.readouterr().err


def test_what_is_no_task_is_refused_and_says_what_is(capsys):
    assert main(["modularize", "mine.py:wrong"]) == 2
    assert "a tuple (model, X, Y)" in capsys.readouterr().err
    assert main(["modularize", "nothing"]) == 2
    assert "a name after a colon is needed" in capsys.readouterr().err
