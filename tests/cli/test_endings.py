"""How a command ends: exit statuses, terminals, pipes, networks that end or delay it, folders that are not ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pushforward.cli import main, terminal
from pushforward.cli.outcome import MEANING, Status, explained
from pushforward.cli.terminal import plainly

NETS = """
import os, sys, time
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh())

def exits():
    sys.exit(0)

class Late(nn.Module):
    def __init__(self, does):
        super().__init__()
        self.layer, self.does = nn.Linear(4, 6), does

    def forward(self, x):
        self.does()
        return torch.tanh(self.layer(x))

late = lambda: Late(lambda: sys.exit(0))
fails = lambda: Late(lambda: [][0])
broken_pipe = lambda: Late(lambda: (_ for _ in ()).throw(BrokenPipeError(32, "Broken pipe")))

def prints():
    print("a line of the network's own")
    return build()

def forks():
    os.fork()
    return build()

def never():
    print("waiting", flush=True)
    while True:
        time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(NETS)
    np.save("x.npy", np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32))
    yield tmp_path
    for name in ("nets", "nets_"):
        sys.modules.pop(name, None)


def doctor(network: str, *options: str) -> int:
    return main(["doctor", f"nets.py:{network}", "--inputs", "x.npy", *options])


def process(*arguments: str, **options) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pushforward", *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | options.pop("env", {})
    return subprocess.run(command, env=environment, capture_output=not options, check=False, **options)


def test_exit_statuses_are_documented():
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert set(MEANING) == set(Status)
    for status, meaning in MEANING.items():
        assert f"| {int(status)} | {meaning} |" in page


@pytest.mark.parametrize("network", ["exits", "late"])
def test_a_network_that_ends_python_does_not_end_the_command(network, capsys):
    assert doctor(network) == Status.MISTAKE
    assert (
        "called `sys.exit(0)`, which would end the command without an answer. Let it return" in capsys.readouterr().err
    )


def test_an_error_that_nobody_expected_has_its_own_status(monkeypatch, capsys):
    def broken(*_, **__):
        raise IndexError("list index out of range")

    monkeypatch.setattr("pushforward.net.diagnose", broken)
    assert doctor("build") == Status.UNEXPECTED
    printed = capsys.readouterr().err
    assert "IndexError: list index out of range (" in printed
    assert "`--debug` shows where" in printed
    with pytest.raises(IndexError):
        doctor("build", "--debug")


def test_a_pipe_of_the_network_is_not_the_pipe_of_the_output(monkeypatch, capsys):
    def broken(*_, **__):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("pushforward.net.diagnose", broken)
    assert doctor("build") == Status.MISTAKE
    assert "a pipe or a connection of its own is closed" in capsys.readouterr().err


def test_what_a_network_prints_is_no_output_of_the_command(capsys):
    assert doctor("prints") == Status.DONE
    printed = capsys.readouterr()
    assert "of the network's own" in printed.err
    assert "of the network's own" not in printed.out


@pytest.mark.slow
def test_a_process_that_the_network_forked_says_nothing():
    ended = process("doctor", "nets.py:forks", "--inputs", "x.npy")
    assert ended.returncode == Status.DONE
    assert ended.stdout.count(b"can be pushed through") == 1


def test_a_network_that_never_ends_is_named_and_can_be_interrupted():
    command = [sys.executable, "-c", PATIENT, "doctor", "nets.py:never", "--inputs", "x.npy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        lines = [running.stderr.readline(), running.stderr.readline()]
        assert any(b"still calling nets.py:never()" in line for line in lines)
        running.send_signal(signal.SIGINT)
        assert b"interrupted" in running.stderr.read()
        assert running.wait() == Status.INTERRUPTED


PATIENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pushforward.cli import main, terminal
terminal.PATIENCE = 0.2
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_help_in_terminals_without_the_characters(encoding):
    ended = process("train-generator", "--help", env={"PYTHONIOENCODING": encoding})
    assert (ended.returncode, ended.stderr) == (Status.DONE, b"")
    assert "Where it starts from" in ended.stdout.decode(encoding)


def test_terminals_of_one_column(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "1")
    assert main(["train-generator", "--help"]) == Status.DONE
    assert "--latent" in capsys.readouterr().out
    assert os.environ["COLUMNS"] == "1"


def test_the_locale_of_c():
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = process("modules", "x:y", "--inputs", "x.npy", "--leka", "3", env=env)
    assert ended.returncode == Status.MISTAKE
    assert b"Traceback" not in ended.stderr
    assert ended.stderr.isascii()


def test_plain_characters():
    assert plainly("╭─╮ 0 … 5 ≤ σ é ½ 日") == "+-+ 0 ... 5 <= sigma e 1/2 ?"
    assert plainly("\udcff") == "?"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away(unbuffered):
    reader, writer = os.pipe()
    os.close(reader)
    ended = process("--help", stdout=writer, stderr=subprocess.PIPE, env={"PYTHONUNBUFFERED": unbuffered})
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (Status.CUT_OFF, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_output_to_a_full_disk():
    with Path("/dev/full").open("w") as full:
        ended = process("--help", stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == Status.MISTAKE
    assert ended.stderr == b"error: the output cannot be written: No space left on device. Make room there.\n"


def test_streams_that_are_closed(monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["--help"]) == Status.DONE
    assert main(["nonsense"]) == Status.MISTAKE
    assert sys.stdout is None


@pytest.mark.parametrize("seed", ["18446744073709551616", "-9223372036854775809"])
def test_seeds_have_64_bits(seed, refused):
    Path("nets.py").write_text(NETS)
    refused(["modules", "nets.py:build", "--inputs", "x.npy", "--seed", seed], "whole numbers of 64 bits")


@pytest.mark.parametrize(
    ("out", "cure"),
    [
        ("x.npy/in", "x.npy is a file; no folder can be in it"),
        ("dangling", "this is a link to nothing. Give a folder"),
        ("y" * 300, "Choose another"),
        ("special", "is no ordinary file and is not replaced"),
        ("taken", "report.html is a folder"),
    ],
)
def test_folders_are_refused_before_the_work(out, cure, capsys, monkeypatch):
    Path("dangling").symlink_to("nowhere")
    Path("taken/report.html").mkdir(parents=True)
    Path("special").mkdir()
    os.mkfifo("special/report.html")
    monkeypatch.setattr("pushforward.modules.find_modules", lambda *_, **__: pytest.fail("it began"))
    assert main(["modules", "nets.py:build", "--inputs", "x.npy", "--out", out]) == Status.MISTAKE
    assert cure in capsys.readouterr().err


def test_a_folder_that_is_not_ours_is_refused_before_the_work(capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert main(["modules", "nets.py:build", "--inputs", "x.npy", "--out", "locked"]) == Status.MISTAKE
    assert "nothing may be written in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("checkpoint", "cure"),
    [("x.npy", "was not written by pushforward"), ("nowhere/c", "there is no folder nowhere. Make it")],
)
def test_a_checkpoint_is_looked_at_before_the_work(checkpoint, cure, capsys, monkeypatch):
    monkeypatch.setattr("pushforward.cli.tasks.embedded", lambda *_: pytest.fail("it began"))
    assert main(["modularize", "digits", "--checkpoint", checkpoint]) == Status.MISTAKE
    assert cure in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reason", "status", "text"),
    [
        (MemoryError(), Status.MISTAKE, "there is not enough memory"),
        (OSError(28, "No space left on device", "a"), Status.MISTAKE, "a: No space left on device. Make room there"),
        (OSError(36, "File name too long", "a"), Status.MISTAKE, "Give a shorter name"),
        (FileNotFoundError(2, "No such file or directory"), Status.MISTAKE, "the operating system refused"),
        (ValueError(""), Status.UNEXPECTED, "ValueError: without a message"),
    ],
)
def test_errors_of_the_system(reason, status, text):
    assert explained(reason)[0] == status
    assert text in explained(reason)[1]


def test_hints_come_only_when_it_takes_long(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "PATIENCE", 60)
    with terminal.waiting("importing"):
        pass
    assert capsys.readouterr().err == ""
