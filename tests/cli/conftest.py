"""What the tests of all commands share."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pushforward.cli import main

AT_THE_TERMINAL = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is started with Ctrl-C ignored

class Screen:
    def __init__(self, of):
        self.of = of

    def write(self, text):
        self.of.write(text)
        if sys.argv[1] in text:
            os.kill(os.getpid(), signal.SIGINT)

    def flush(self):
        self.of.flush()

    def isatty(self):
        return False

sys.stdout, sys.stderr = Screen(sys.__stdout__), Screen(sys.__stderr__)
from pushforward import progress
from pushforward.cli import main
progress.PATIENCE = progress.EVERY = 0.0
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def quick(monkeypatch):
    """Without images, which take their time."""
    monkeypatch.setattr("pushforward.show.html_page.image", lambda figure, kind: "<svg></svg>")


@pytest.fixture
def refused(capsys, tmp_path, monkeypatch):
    """Whether a command ends with one message that names the cure, and leaves nothing behind."""
    monkeypatch.chdir(tmp_path)

    def check(arguments: list[str], cure: str) -> None:
        assert main(arguments) == 2
        printed = capsys.readouterr()
        assert printed.err.startswith("error: ")
        assert cure in printed.err
        assert "Traceback" not in printed.err
        assert printed.out == ""
        assert not list(Path().glob("pushforward-*"))

    return check


@pytest.fixture
def interrupted():
    """What a command in a process of its own leaves when Ctrl-C is pressed as it says something."""

    def run(saying: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", AT_THE_TERMINAL, saying, *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        assert saying in ended.stdout + ended.stderr
        assert ended.returncode == 130
        assert "interrupted" in ended.stderr
        assert "Traceback" not in ended.stderr
        return ended

    return run


@pytest.fixture
def reported():
    """What the Python in a report prints when it is run as it stands."""

    def run(report: str) -> str:
        blocks = re.findall(r"<pre class=\"copy\"><code>(.*?)</code></pre>", Path(report).read_text(), re.DOTALL)
        code = html.unescape(blocks[1])
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    return run


@pytest.fixture
def stopped(monkeypatch, capsys):
    """Whether a command says one line and leaves no files when Ctrl-C is pressed inside a function."""

    def check(inside: str, arguments: list[str]) -> None:
        def press(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(inside, press)
        assert main(arguments) == 130
        printed = capsys.readouterr()
        assert printed.err == "\ninterrupted; no file was left half-written.\n"
        assert printed.out == ""
        assert not list(Path().glob("pushforward-*"))

    return check
