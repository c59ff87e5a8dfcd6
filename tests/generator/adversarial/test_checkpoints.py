"""Runs that are stopped or killed go on to the same result."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import pushforward as pf
from pushforward.generator import Generator, Training
from pushforward.latents import Atlas, Circle
from pushforward.rng import generator, integers, uniform
from slowly import slowly
from toys import QUICK, quick, ring, same

RUN = """
import os, signal, sys
sys.path.insert(0, {folder!r})
import torch
torch.set_num_threads(1)
from toys import ring
from pushforward.generator import Generator, Training
from pushforward.latents import Atlas

writes, calls = {writes}, {calls}

def counted(*_):
    global calls
    if calls == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    calls -= 1

def heard(event, arguments):
    global writes
    if event == "os.rename" and os.fspath(arguments[1]) == {checkpoint!r}:
        writes -= 1
        if writes == 0:
            sys.setprofile(counted)

sys.addaudithook(heard)
training = Training(steps={steps}, batch=16, checkpoint_seconds=0.0)
Generator.fit(ring(), Atlas(2, 2), seed=0, training=training, checkpoint={checkpoint!r})
"""


def kill(checkpoint, steps, *, writes, calls):
    """Kill −9 a run so many calls of functions after it has begun to replace its checkpoint for so many times."""
    folder = str(Path(__file__).parents[2])
    text = RUN.format(folder=folder, checkpoint=str(checkpoint), steps=steps, writes=writes, calls=calls)
    ended = subprocess.run([sys.executable, "-c", text], stderr=subprocess.PIPE, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.fixture
def one_thread():
    """As in `RUN`: the order of a sum changes its last digit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def killed_and_resumed(tmp_path, moments, *, steps):
    """Whether a run that was killed again and again ends as one that was left alone."""
    checkpoint, training = tmp_path / "run.safetensors", Training(steps=steps, batch=16)
    for writes, calls in moments:
        kill(checkpoint, steps, writes=writes, calls=calls)
    resumed = Generator.fit(ring(), Atlas(2, 2), seed=0, training=training, checkpoint=checkpoint)
    undisturbed = Generator.fit(ring(), Atlas(2, 2), seed=0, training=training)
    assert same(resumed, undisturbed)
    assert torch.equal(resumed.history, undisturbed.history)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_killed_at_any_moment_it_ends_with_the_same_weights(tmp_path):
    killed_and_resumed(tmp_path, [(4, 1500), (3, 0)], steps=60)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_killed_at_ten_random_moments_it_ends_with_the_same_weights(tmp_path):
    writes, calls = integers(20, (10,), seed=0) + 1, integers(20_000, (10,), seed=1)
    killed_and_resumed(tmp_path, zip(writes.tolist(), calls.tolist(), strict=True), steps=600)


class Stops(Exception):
    """Raised by a test in the middle of a run."""


def stopped(after, **options):
    """A run with a checkpoint at every step, broken off at a row of the history."""

    def stop(row):
        if row["step"] >= after:
            raise Stops

    with pytest.raises(Stops):
        quick(**options, progress=stop)


@pytest.mark.parametrize("form", slowly(["tensor", "stream"]))
def test_the_result_does_not_depend_on_where_it_was_stopped(tmp_path, form, monkeypatch):
    if form == "stream":
        monkeypatch.setattr("pushforward.points.reader.MEMORY", 100)
        monkeypatch.setattr("pushforward.generator.adversarial.run.source", lambda X: streamed(X))
    options = {"training": Training(steps=130, batch=8, checkpoint_seconds=0.02), "checkpoint": tmp_path / "run"}
    stopped(100, **options)
    assert same(quick(**options), quick(training=options["training"]))


def streamed(X):
    from pushforward.points import source

    class Again:
        def __iter__(self):
            return iter(X.split(37))

    stream = source(Again(), memory=100)
    stream.pool = 64
    return stream


def test_a_finished_run_is_read_and_not_repeated(tmp_path):
    first = quick(checkpoint=tmp_path / "run")
    rows = []
    assert same(first, quick(checkpoint=tmp_path / "run", progress=rows.append))
    assert rows == []


@pytest.mark.parametrize(
    ("options", "differs"),
    [
        ({"X": ring(seed=1)}, "data was '400 points"),
        ({"latent": Circle()}, "latent was"),
        ({"seed": 1}, "seed was"),
        ({"training": replace(QUICK, lr=0.1)}, "training.lr was 0.001 and is 0.1"),
        ({"training": replace(QUICK, steps=99)}, "training.steps was 12 and is 99"),
        ({"critic": torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0))}, "weights of the critic"),
    ],
)
def test_checkpoints_of_another_run_are_refused(tmp_path, options, differs):
    quick(checkpoint=tmp_path / "run")
    with pytest.raises(pf.errors.BadInput, match=differs):
        quick(checkpoint=tmp_path / "run", **options)
    with pytest.raises(pf.errors.BadInput, match="delete the file to start anew"):
        quick(checkpoint=tmp_path / "run", **options)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = quick().save(tmp_path / "gen")
    with pytest.raises(pf.errors.UnreadableFile, match=r"not 'Generator\.checkpoint'"):
        quick(checkpoint=path)


def test_ctrl_c_saves_whole_steps_and_stops(tmp_path):
    options = {"training": Training(steps=1000, batch=8, checkpoint_seconds=1e9), "checkpoint": tmp_path / "run"}
    with pytest.raises(KeyboardInterrupt):
        quick(**options, progress=lambda _: os.kill(os.getpid(), signal.SIGINT))
    assert (tmp_path / "run").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_outside_the_main_thread_runs_go_on_as_well():
    runs = []
    worker = threading.Thread(target=lambda: runs.append(quick()))
    worker.start()
    worker.join()
    assert same(runs[0], quick())


def test_the_random_state_is_part_of_a_checkpoint():
    draws = generator(0)
    uniform((5,), seed=draws)
    state = draws.get_state()
    again = generator(1)
    again.set_state(state)
    assert torch.equal(uniform((3,), seed=draws), uniform((3,), seed=again))


@pytest.mark.slow
def test_networks_with_dropout_resume_to_the_same_weights_and_leave_torchs_random_state_alone(tmp_path):
    latent = Circle()
    critic = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(16, 1), torch.nn.Flatten(0)
    )
    options = {
        "latent": latent,
        "critic": critic,
        "training": Training(steps=230, batch=8, checkpoint_seconds=0.0),
    }
    before = torch.get_rng_state()
    whole = quick(**options)
    assert torch.equal(torch.get_rng_state(), before)
    stopped(100, checkpoint=tmp_path / "run", **options)
    torch.rand(7)  # what else a program draws does not matter
    assert same(quick(checkpoint=tmp_path / "run", **options), whole)
