"""Progress: bars where somebody watches, lines in a log."""

import io
import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest
from tqdm import tqdm

from pushforward import progress
from pushforward.progress import stages, track


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass by themselves: five at each look."""
    seconds = iter(range(0, 10_000, 5))
    monkeypatch.setattr(progress, "perf_counter", lambda: next(seconds))


@pytest.mark.usefixtures("clock")
def test_in_a_log_progress_is_a_line_now_and_then_with_the_time_left(capsys):
    assert list(track(range(9), "counting", show=True)) == list(range(9))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["counting: 1 of 9, about 40 s left", "counting: 5 of 9, about 20 s left"]


@pytest.mark.usefixtures("clock")
def test_what_has_no_end_is_counted(capsys):
    assert list(track(iter("abcdef"), "reading", show=None)) == list("abcdef")
    assert capsys.readouterr().err.splitlines() == ["reading: 1 done", "reading: 5 done"]


@pytest.mark.usefixtures("clock")
def test_stages_of_a_computation_are_told_alike(capsys):
    with stages("folding", 3, show=True) as done:
        for _ in range(3):
            done()
    assert capsys.readouterr().err == "folding: 1 of 3, about 10 s left\n"


def test_nothing_is_said_of_what_is_quick_or_not_to_be_shown(capsys, monkeypatch):
    list(track(range(50), "counting", show=True))
    monkeypatch.setattr(progress, "PATIENCE", -1)
    list(track(range(50), "counting", show=False))
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_does_not_wait_for_a_lock_that_other_processes_share(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    counted = list[int]()
    with tqdm.get_lock():  # as a forked process does that is killed just then
        thread = threading.Thread(target=lambda: counted.extend(track(range(3), "counting", show=True)), daemon=True)
        thread.start()
        thread.join(20)
    assert counted == [0, 1, 2]


def test_what_interrupts_a_bar_while_it_is_drawn_lets_others_go_on(monkeypatch):
    class Interrupted(Terminal):
        def write(self, text: str) -> int:
            if "2/3" in text:
                raise KeyboardInterrupt
            return super().write(text)

    monkeypatch.setattr(sys, "stderr", Interrupted())
    monkeypatch.setattr(progress, "_bar", partial(_all, progress._bar()))
    with pytest.raises(KeyboardInterrupt):
        list(track(range(3), "counting", show=True))
    monkeypatch.setattr(sys, "stderr", Terminal())
    counted = list[int]()
    thread = threading.Thread(target=lambda: counted.extend(track(range(3), "counting", show=True)), daemon=True)
    thread.start()
    thread.join(20)
    assert counted == [0, 1, 2]


def _all(bar: type) -> Callable[..., object]:
    """Bars that draw every item."""
    return partial(bar, mininterval=0)


def test_a_terminal_has_a_bar_and_a_closed_stream_nothing(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    list(track(range(3), "counting", show=True))
    assert "counting:   0%|" in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", None)
    assert list(track(range(3), "counting", show=True)) == [0, 1, 2]
