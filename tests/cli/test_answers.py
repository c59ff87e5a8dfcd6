"""Answers for programs: one JSON document on standard output; and what shells complete."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.cli import main
from pushforward.cli.completion import options_of
from pushforward.cli.table import COMMANDS
from pushforward.errors import Unfinished
from pushforward.manifold.latent_trials import train as trial

NETS = """
import torch
def build():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.Tanh(), torch.nn.Linear(12, 4))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a network, its inputs, and points on a circle."""
    monkeypatch.chdir(tmp_path)
    Path("nets_answered.py").write_text(NETS)
    draws = np.random.default_rng(0)
    t = 2 * np.pi * draws.random(300)
    np.save("x.npy", draws.normal(size=(40, 6)))
    np.save("circle.npy", np.stack([np.cos(t), np.sin(t)], 1))


def answered(capsys, *arguments: str):
    """The document of a command, and what was said beside it."""
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    document = json.loads(printed.out)
    assert document["command"] == f"pushforward {' '.join(arguments)} --json"
    assert document["pushforward"] == pf.__version__
    return document, printed.err


def test_a_result_is_its_summary_and_its_table(capsys):
    document, said = answered(capsys, "dimension", "circle.npy", "--out", "picture.png")
    (one,) = document["results"]
    assert one["kind"] == "Dimension"
    assert one["summary"] in said
    assert {len(column) for column in one["table"].values()} == {len(next(iter(one["table"].values())))}
    assert document["files"] == {"picture": "picture.png"}
    assert main(["dimension", "circle.npy"]) == 0
    assert one["summary"] in capsys.readouterr().out, "without --json it is for people"


def test_the_doctor_says_whether_all_is_well(capsys):
    document, said = answered(capsys, "doctor", "nets_answered:build", "--inputs", "x.npy")
    assert document["ok"] is True
    assert [layer["name"] for layer in document["diagnosis"]["layers"]] == ["1", "output"]
    assert "can be pushed through" in said


def test_how_modular_a_network_is(capsys):
    document, _ = answered(capsys, "modularity", "nets_answered:build", "--inputs", "x.npy", "--points", "2")
    assert [one["kind"] for one in document["results"]] == ["Modularity"]


def test_latents_are_tried_and_tried_no_more_than_once(capsys, monkeypatch):
    monkeypatch.setattr(trial, "FIRST", 5)
    typed = ["latents", "circle.npy", "--latents", "circle", "sphere:2", "--starts", "1", "--steps", "3"]
    document, _ = answered(capsys, *typed)
    (one,) = document["results"]
    assert one["table"]["latent"] == ["Circle", "Sphere 2"]
    assert one["table"]["verdict"][1] == "rejected"
    assert set(document["files"]) == {"result", "picture"}
    monkeypatch.setattr("pushforward.manifold.latent_trials.run._trained", None)  # all is read from the checkpoint
    assert answered(capsys, *typed)[0]["results"][0]["table"]["verdict"] == one["table"]["verdict"]


def test_what_goes_wrong_is_said_as_ever(capsys):
    assert main(["dimension", "nowhere.npy", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: there is no file nowhere.npy")
    assert main(["explore", "--demo", "--json"]) == 2
    assert "a page is served until Ctrl-C" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_can_be_completed(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for name in COMMANDS:
        assert name in script
        assert all(option.removeprefix("--") in script for option in options_of(name))
    assert "--seed" in options_of("latents")
    assert "--inputs" not in options_of("latents")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes(capsys):
    assert main(["completion", "bash"]) == 0
    Path("complete.sh").write_text(capsys.readouterr().out)
    asked = "source complete.sh; COMP_WORDS=({}) COMP_CWORD={}; _pushforward; echo ${{COMPREPLY[@]}}"
    for words, at, found in (
        ("pushforward topo", 1, "topology"),
        ("pushforward latents --st", 2, "--starts --steps"),
        ("pushforward dimension circ", 2, "circle.npy"),
    ):
        ended = subprocess.run(["bash", "-c", asked.format(words, at)], capture_output=True, text=True, check=True)
        assert ended.stdout.strip() == found


def test_latents_that_cannot_be_tried_leave_no_folder(capsys):
    assert main(["latents", "x.npy", "--latents", "circle"]) == 2
    assert "at least 48 are needed" in capsys.readouterr().err
    assert not Path("pushforward-latents").exists()


def test_a_part_of_the_work_is_answered_by_one_process_alone(capsys, monkeypatch):
    def run(*_):
        raise Unfinished("a part is done")

    monkeypatch.setattr("pushforward.cli.commands.FindModules.run", run)
    typed = ["modules", "nets_answered:build", "--inputs", "x.npy"]
    document, said = answered(capsys, *typed)
    assert document["unfinished"] == said.strip() == "a part is done"
    assert document["results"] == []
    monkeypatch.setenv("RANK", "1")
    assert main([*typed, "--json"]) == 0
    assert capsys.readouterr().out == ""
