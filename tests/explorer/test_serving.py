"""The server as a process of its own: what it prints, how soon it answers, how it ends."""

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from pushforward.errors import BadInput, UnreadableFile
from pushforward.explorer import Keys, Subject, password_of, read_scene, serve

ROOT = Path(__file__).parents[2]
SERVER = """
import os, sys
from pushforward.explorer import Subject, serve

def load(tell):
    from explorer.conftest import make_digits, make_live
    unit = os.environ.get("DIGITS")
    return make_digits(unit) if unit else make_live(lambda model: 1.0)

def say(text):
    print(text, "torch" in sys.modules, flush=True)

scene = {"schema": 1, "network": {"count": 200}, "modules": None}
serve(Subject(scene, "<html></html>", load), port=int(sys.argv[1]), browser=False, say=say)
"""


class Process:
    """A server, and a browser of one that keeps cookies."""

    def __init__(self, port: int = 0, **changes: str):
        env = {name: v for name, v in os.environ.items() if name != "SSH_CONNECTION"}
        env |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"} | changes
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        assert self.process.stdout is not None
        self.url, self.torch = self.process.stdout.readline().split()
        self.home = self.url.partition("?")[0]
        self.port = int(self.home.rstrip("/").rpartition(":")[2])
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> bytes:
        return self.browser.open(self.home + path, timeout=60).read()

    def post(self, route: str, **body: object) -> dict:
        request = urllib.request.Request(
            f"{self.home}api/{route}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        return json.loads(self.browser.open(request, timeout=60).read())

    def ended(self, job: str) -> dict:
        for line in self.browser.open(f"{self.home}api/events?page=a", timeout=60):
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                if event["job"] == job and event["state"] != "running":
                    return event
        raise AssertionError

    def walk(self) -> dict:
        asked = {"moves": {"module": 0}, "fixed": [{"module": 1}], "input": {"index": 3}, "distance": 0.5}
        event = self.ended(self.post("walk", stamp=1, page="a", **asked)["job"])
        assert event["state"] == "done", event
        return event["result"]

    def end(self, how: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def process():
    running: list[Process] = []

    def start(port: int = 0, **changes: str) -> Process:
        running.append(Process(port, **changes))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.communicate()


def test_one_line_then_the_page_without_torch_and_an_end_at_once(process):
    server = process()
    assert server.torch == "False"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", server.url)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        server.get("api/scene")
    server.browser.open(server.url)
    assert json.loads(server.get("api/scene"))["live"] is True
    walk = server.walk()
    frame = server.post("frame", stamp=1, page="a", walk=walk["walk"], at=0.2)["frame"]
    assert frame["moved"] == pytest.approx(0.2, abs=0.02)
    streaming = server.browser.open(f"{server.home}api/events")
    status, out, err = server.end()
    streaming.close()
    assert status in (1, -signal.SIGINT)  # KeyboardInterrupt, which the command line answers
    assert out == ""
    assert "KeyboardInterrupt" in err


def test_it_can_be_ended_while_it_loads(process):
    server = process()
    began = time.monotonic()
    server.end()
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_after_a_kill_the_next_one_takes_the_same_port_and_the_old_walk_is_asked_for_again(process):
    first = process()
    first.browser.open(first.url)
    walk = first.walk()
    first.end(signal.SIGKILL)
    second = process(first.port)
    second.browser = first.browser
    with pytest.raises(urllib.error.HTTPError, match="403"):
        second.get("api/scene")
    second.browser.open(second.url)
    with pytest.raises(urllib.error.HTTPError, match="410"):
        second.post("frame", stamp=9, page="a", walk=walk["walk"], at=0.1)
    again = second.walk()
    assert again["traversal"] == walk["traversal"]


def test_two_servers_are_open_in_one_browser(process):
    one, other = process(), process()
    other.browser = one.browser
    one.browser.open(one.url)
    other.browser.open(other.url)
    assert json.loads(one.get("api/scene")) == json.loads(other.get("api/scene"))


def test_a_tunnel_is_proposed_on_standard_error(process):
    server = process(SSH_CONNECTION="10.0.0.2 5000 10.0.0.9 22")
    _, out, err = server.end()
    assert out == ""
    assert re.search(rf"ssh -L {server.port}:127\.0\.0\.1:{server.port} \S*10\.0\.0\.9", err)


def test_a_taken_port_says_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match="`--port 0` for a free one"):
            serve(Subject({"schema": 1}, "", lambda _: None), port=port, browser=False, say=str)
    for port in (-1, 70_000):
        with pytest.raises(BadInput, match="ports are 0 … 65535"):
            serve(Subject({"schema": 1}, "", lambda _: None), port=port, browser=False, say=str)
    with pytest.raises(BadInput, match="there is no such host here"):
        serve(Subject({"schema": 1}, "", lambda _: None), host="no.such.host.invalid", browser=False, say=str)


def test_other_hosts_need_a_password(tmp_path):
    file = tmp_path / "password"
    assert password_of(None, "127.0.0.1") is None
    with pytest.raises(BadInput, match="Give `--password-file FILE`"):
        password_of(None, "0.0.0.0")
    with pytest.raises(UnreadableFile, match="Give a text file"):
        password_of(file, "0.0.0.0")
    file.write_text("short\n")
    with pytest.raises(BadInput, match="8 or more are needed"):
        password_of(file, "0.0.0.0")
    file.write_text("correct horse\n")
    assert password_of(file, "0.0.0.0") == "correct horse"
    assert Keys.new(1, "correct horse").token != Keys.new(1, "correct horse").token


def test_scenes_that_cannot_be_read_say_why(tmp_path):
    with pytest.raises(UnreadableFile, match="writes a run that has one"):
        read_scene(tmp_path / "scene.json")
    for text in ("{", "[]", '{"schema": "1"}'):
        (tmp_path / "scene.json").write_text(text)
        with pytest.raises(UnreadableFile, match="Make the run again"):
            read_scene(tmp_path / "scene.json")


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["channel", "position"])
def test_a_frame_of_the_digit_network_takes_150_milliseconds_at_most(process, unit):
    server = process(DIGITS=unit)
    server.browser.open(server.url)
    walk = server.walk()
    times = []
    for i in range(60):
        at = walk["low"] + (walk["high"] - walk["low"]) * (i * 37 % 60) / 60
        began = time.perf_counter()
        sent = server.post("frame", stamp=i, page="a", walk=walk["walk"], at=at)
        times.append(time.perf_counter() - began)
        assert sent["frame"]["at"] == at
    assert statistics.median(times) <= 0.150
