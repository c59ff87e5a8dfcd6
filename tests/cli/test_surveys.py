"""Searches that several machines divide, are planned and gone on with, from the command line."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pushforward.cli import main

NETWORK = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))
"""
COMMAND = ["modules", "nets.py:build", "--inputs", "x.npy", "--points", "6"]
CONTRAST = ["contrast", "nets.py:build", "--inputs", "x.npy", "--a", "1", "--b", "output", "--starts", "4"]


@pytest.fixture(autouse=True)
def _there(tmp_path, monkeypatch, quick):
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(NETWORK)
    np.save("x.npy", np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32))


def test_machines_that_never_meet_find_what_one_finds(capsys):
    assert main([*COMMAND, "--out", "one"]) == 0
    for stage in ("pushing", "assigning"):
        for part in ("1/2", "2/2"):
            assert main([*COMMAND, "--out", part[0], "--part", part]) == 0
            assert f"part {part[0]} of 2 of '{stage}' is done" in capsys.readouterr().out
        assert main(["merge", "1", "2", "--out", "whole"]) == 0
        assert stage in capsys.readouterr().out
        for part in "12":
            assert main(["merge", "whole", "--out", part]) == 0
    assert main([*COMMAND, "--out", "whole"]) == 0
    assert Path("whole/modules.safetensors").read_bytes() == Path("one/modules.safetensors").read_bytes()
    assert not Path("whole/shards").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("command", "result"), [(COMMAND, "modules"), (CONTRAST, "contrast")])
def test_two_ranks_write_what_one_writes(command, result):
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    python, torchrun = [sys.executable, "-m"], ["torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m"]
    options = {"check": True, "capture_output": True, "env": environment, "text": True}
    subprocess.run([*python, "pushforward", *command, "--out", "one"], **options)
    both = subprocess.run([*python, *torchrun, "pushforward", *command, "--out", "two"], **options)
    files = [Path(out, f"{result}.safetensors").read_bytes() for out in ("one", "two")]
    assert files[0] == files[1]
    assert both.stdout.count(f"{result}: two/{result}.safetensors") == 1  # one rank speaks
    assert ("by 2 ranks" in both.stdout) == (result == "modules")
    assert not Path("two/shards").exists()


@pytest.mark.slow
def test_a_plan_is_compared_with_what_happened(capsys):
    assert main(["plan", *COMMAND[1:], "--ranks", "1", "3", "--out", "run"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^ +3 +\d+\.\d s +\d+\.\d GB", printed, re.MULTILINE)
    needs = json.loads(Path("run/plan.json").read_text())["needs"]
    assert [need["ranks"] for need in needs] == [1, 3]
    assert needs[0]["seconds"] > needs[1]["seconds"] > 0
    assert main([*COMMAND, "--out", "run"]) == 0
    assert re.search(r"took \d+\.\d s by 1 rank; planned were \d+\.\d s", capsys.readouterr().out)
    assert main([*COMMAND, "--out", "run"]) == 0
    assert "took" not in capsys.readouterr().out  # it was there


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        ([*COMMAND, "--part", "3/2"], "a part from 1"),
        ([*COMMAND, "--part", "half"], "such as '2/4'"),
        (["merge", "none", "--out", "whole"], "no shards in none"),
        (["plan", *COMMAND[1:], "--ranks", "0"], "a whole number of at least 1"),
    ],
)
def test_mistakes(arguments, cure, refused):
    Path("nets.py").write_text(NETWORK)
    refused(arguments, cure)


def test_ctrl_c_says_how_to_go_on_and_what_was_found_before_is_told(interrupted, capsys):
    ended = interrupted("null networks", [*COMMAND, "--out", "one"])
    assert "one/shards is kept; the same command resumes from there:\n" in ended.stderr
    assert f"pushforward {' '.join(COMMAND)} --out one\n" in ended.stderr
    assert main([*COMMAND, "--out", "one"]) == 0
    assert "found before" not in capsys.readouterr().out
    assert main([*COMMAND, "--out", "one"]) == 0
    said = capsys.readouterr().out
    assert "found before, with the same network, inputs and options; read from one" in said
    assert " took " not in said
