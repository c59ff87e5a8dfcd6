"""A small network with two sets that are apart, and a server of it inside this process."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Literal, NamedTuple

import pytest
import torch
from starlette.testclient import TestClient
from torch import nn

import pushforward as pf
from pushforward.explorer import Jobs, Keys, Subject, app
from pushforward.explorer.live import Live
from pushforward.rng import normal, permutation

HOME = "http://127.0.0.1:8765"
PAGE = "<!doctype html><html><script>start()</script></html>"


def halves() -> nn.Module:
    """Two networks side by side: the first hidden half reads the first half of the input, and a little of the other."""
    first, last = nn.Linear(8, 12), nn.Linear(12, 4)
    first.weight.data = (
        torch.block_diag(normal((6, 4), seed=1), normal((6, 4), seed=2)) + normal((12, 8), seed=5) / 9
    ) / 2
    first.bias.data, last.weight.data, last.bias.data = (
        normal((12,), seed=3) / 4,
        normal((4, 12), seed=4),
        torch.ones(4),
    )
    return nn.Sequential(first, nn.Tanh(), last).double().eval().requires_grad_(False)


def make_live(metric=None, **options) -> Live:
    X = normal((200, 8), seed=0, dtype=torch.float64)
    net = pf.Neurons(halves())
    net.expect(X[0])
    return Live(net, pf.Gaussian.fit(X, rank=8), X, [torch.arange(6), torch.arange(6, 12)], metric=metric, **options)


def make_digits(unit: Literal["channel", "position"]) -> Live:
    """The digit network with two sets of neurons of its third layer, over 2,000 digits."""
    X = pf.datasets.digits("test").images
    net = pf.Neurons(pf.datasets.digit_classifier(), unit=unit)
    net.expect(X[0])
    third = net.select("relu3")
    some = third[permutation(len(third), seed=0)]
    half = min(len(some) // 2, 200)
    return Live(net, pf.Gaussian.fit(X, rank=64), X, [some[:half].sort().values, some[half : 2 * half].sort().values])


class Server(NamedTuple):
    client: TestClient
    keys: Keys
    jobs: Jobs

    def open(self) -> "Server":
        assert self.client.get(f"/?token={self.keys.token}").status_code == 200
        return self

    def post(self, route: str, **body):
        return self.client.post(f"/api/{route}", json=body)

    def walk(self, stamp: int = 1, page: str = "a", index: int = 3, **changes):
        asked = {"moves": {"module": 0}, "fixed": [{"module": 1}], "input": {"index": index}, "distance": 0.5}
        return self.post("walk", stamp=stamp, page=page, **(asked | changes))

    def ended(self, job: str) -> dict:
        """The last event of a job, when it has ended."""
        return asyncio.run(_ended(self.jobs, job))

    def walked(self, **asked) -> dict:
        event = self.ended(self.walk(**asked).json()["job"])
        assert event["state"] == "done", event
        return event["result"]


async def _ended(jobs: Jobs, job: str) -> dict:
    async for text in jobs.events.stream(None, ""):
        for event in events_in(text):
            if event["job"] == job and event["state"] != "running":
                return event
    raise AssertionError


def events_in(text: str) -> list[dict]:
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


@pytest.fixture
def serve():
    """A server of whatever a function loads, to which nobody has been admitted."""
    running: list[Jobs] = []

    def start(load: Callable = lambda tell: make_live(), **facts) -> Server:
        scene = {
            "schema": 1,
            "run": "r",
            "live": False,
            "network": {"count": 200, "neurons": 16},
            "modules": None,
        } | facts
        subject, keys = Subject(scene, PAGE, load), Keys.new(8765)
        jobs = Jobs(load)
        running.append(jobs)
        return Server(TestClient(app(subject, keys, jobs=jobs), base_url=HOME), keys, jobs)

    yield start
    for jobs in running:
        assert jobs.worker.close(10.0)


@pytest.fixture
def server(serve) -> Server:
    return serve().open()


class Gate:
    """Lets work begin and go on when a test says so."""

    def __init__(self):
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, *_) -> float:
        self.entered.set()
        assert self.opened.wait(20)
        return 1.0


@pytest.fixture
def gate():
    one = Gate()
    yield one
    one.opened.set()
