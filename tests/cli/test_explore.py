"""`pushforward explore`, as a process and where it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
import torch

import pushforward as pf
from pushforward.runs import Run

NETWORK = """
import torch
from torch import nn

def make():
    torch.manual_seed(0)
    print("the network's code prints")
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    return net

def X():
    return torch.randn(60, 6, generator=torch.Generator().manual_seed(1))

def size(f):
    return {"size": float(f(X()).square().mean())}
"""
HALVES = """
import torch
from torch import nn
from pushforward.rng import normal

def make():
    halves = nn.Linear(8, 24)
    halves.weight.data = torch.block_diag(normal((12, 4), seed=1), normal((12, 4), seed=2))
    return nn.Sequential(halves, nn.Tanh())

def X():
    return normal((40, 8), seed=0)
"""
IMPORTS = """
import sys
before = set(sys.modules)
import pushforward.cli.explore, pushforward.explorer
slow = sorted(set(sys.modules) & {"torch", "numpy", "scipy", "matplotlib", "PIL", "sklearn"})
sys.exit(f"{slow} were loaded" if slow else 0)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.py").write_text(NETWORK)
    run = Run.at(tmp_path / "run")
    run.describe({"model": "net.py:make", "inputs": "net.py:X", "unit": "position", "rank": 6, "seed": 0})
    network = {"count": 60, "neurons": 11}
    (tmp_path / "run" / "scene.json").write_text(json.dumps({"schema": 1, "run": "r", "network": network}))
    return tmp_path


class Explorer:
    """The command in a process, and a browser."""

    def __init__(self, folder: Path, *arguments: str):
        env = {name: v for name, v in os.environ.items() if name not in ("SSH_CONNECTION", "DISPLAY")}
        command = [sys.executable, "-m", "pushforward.cli", "explore", *arguments, "--port", "0", "--no-open"]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=env | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.home = self.url.partition("?")[0]
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.page = self.browser.open(self.url, timeout=60).read().decode()

    def job(self, route: str, **asked: object) -> dict:
        body = json.dumps({"stamp": 1, "page": "a", **asked}).encode()
        request = urllib.request.Request(f"{self.home}api/{route}", body, {"Content-Type": "application/json"})
        job = json.loads(self.browser.open(request, timeout=60).read())["job"]
        for line in self.browser.open(f"{self.home}api/events", timeout=60):
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["job"] == job and event["state"] != "running":
                    return event
        raise AssertionError

    def end(self) -> tuple[int, str, str]:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def explore(folder):
    running: list[Explorer] = []

    def start(*arguments: str) -> Explorer:
        running.append(Explorer(folder, *arguments))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.communicate()


def test_a_run_is_shown_walked_and_left_with_one_line(explore):
    server = explore("run", "--metric", "net.py:size")
    assert server.url.startswith("http://127.0.0.1:")
    walk = server.job("walk", moves={"neurons": [0, 1]}, fixed=[{"neurons": [4]}], input={"index": 2}, distance=0.2)
    assert walk["state"] == "done", walk
    assert walk["result"]["high"] > 0
    lesion = server.job("lesion", set={"layer": "1"})
    assert lesion["result"]["metrics"] == ["size"]
    status, out, err = server.end()
    assert status == 130
    assert out == ""
    assert err.strip().splitlines()[-1].startswith("interrupted")
    assert "Traceback" not in err
    assert "the network's code prints" in err


def test_modules_of_the_run_are_those_that_were_found(explore, folder):
    blocks = modules_in(folder / "run")
    (folder / "net.py").write_text(HALVES)
    (folder / "run" / "scene.json").write_text('{"schema": 1}')
    server = explore("run")
    walk = server.job("walk", moves={"module": 0}, fixed=[{"module": 1}], input={"index": 2}, distance=0.1)
    assert walk["state"] == "done", walk
    assert walk["result"]["traversal"]["moves"] == "module 0"
    numbers = [block.tolist() for block in blocks]
    other = server.job("walk", moves={"neurons": numbers[0]}, fixed=[{"neurons": numbers[1]}], input={"index": 2},
                       distance=0.1)  # fmt: skip
    assert other["result"]["high"] == walk["result"]["high"]


@pytest.mark.slow
def test_modules_of_another_network_are_not_taken(explore, folder):
    modules_in(folder / "run")
    event = explore("run").job("push", input={"index": 0})
    assert event["state"] == "failed"
    assert "are of 24 neurons, and the network has 11 now" in event["error"]


def test_a_network_that_is_gone_is_told_on_the_page(explore, folder):
    (folder / "net.py").unlink()
    event = explore("run").job("push", input={"index": 0})
    assert event["state"] == "failed"
    assert "there is no file net.py" in event["error"]


def test_a_run_of_python_alone_can_be_seen(explore, folder):
    Run(folder / "run").describe({})
    server = explore("run")
    assert json.loads(server.browser.open(f"{server.home}api/scene").read())["live"] is True
    assert "does not say how its network and inputs are had again" in server.job("push", input={"index": 0})["error"]


def test_nothing_slow_is_loaded_before_the_page_is_served():
    assert subprocess.run([sys.executable, "-c", IMPORTS], check=False).returncode == 0


@pytest.mark.slow
def test_the_first_picture_comes_within_three_seconds(explore):
    began = time.monotonic()
    server = explore("run")
    assert server.page.startswith("<!doctype html>")
    assert server.browser.open(f"{server.home}api/scene").status == 200
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        ([], "or `--demo`; one of them"),
        (["--demo", "run"], "or `--demo`; one of them"),
        (["net.py:make"], "a network needs inputs, `--inputs X.npy`"),
        (["."], "is not the folder of a run: there is no run.json in it"),
        (["--demo", "--host", "0.0.0.0"], "Give `--password-file FILE`"),
    ],
)
def test_it_says_what_to_type_instead(refused, arguments, cure):
    refused(["explore", *arguments], cure)


def test_a_run_without_a_scene_gets_one(folder, explore):
    (folder / "run" / "scene.json").unlink()
    explore("run")
    assert json.loads((folder / "run" / "scene.json").read_text())["modules"] is None


def test_a_metric_has_to_be_a_function(explore, folder):
    with (folder / "net.py").open("a") as file:
        file.write("\nNAME = 3\n")
    event = explore("run", "--metric", "net.py:NAME").job("push", input={"index": 0})
    assert "a function of the network is needed" in event["error"]


def modules_in(run: Path) -> tuple[torch.Tensor, ...]:
    """The halves of a network, written into a run as modules."""
    names: dict = {}
    exec(HALVES, names)
    net, X = pf.Neurons(names["make"]()), names["X"]()
    found = pf.find_modules(net, pf.Gaussian.isotropic((8,)), X, points=4, count=2, seed=0, run=run)
    assert len(found.blocks) == 2
    return found.blocks
