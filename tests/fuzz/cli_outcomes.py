"""One command line, run here or in a process of its own, and in which class its outcome falls."""

import contextlib
import io
import os
import sys
import traceback
import warnings
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import torch

from pushforward.cli import main

SLOW = 60.0
"""Seconds."""
OWN_FAULT = ("raises_late", "gives_text")
"""Networks whose own forward fails, which comes through as an error that nobody expected."""


class Outcome(NamedTuple):
    """What became of a command line, and the text by which to judge it."""

    kind: str
    text: str
    seconds: float


class Stream(io.TextIOWrapper):
    """Standard output or error, as a terminal of some encoding."""

    def __init__(self, encoding: str):
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding, "replace")


def run(case: tuple[str, ...], *, encoding: str = "utf-8") -> Outcome:
    """Run it in this process, with streams of its own and an empty standard input."""
    out, err, began, folder = Stream(encoding), Stream(encoding), perf_counter(), Path.cwd()
    modules, stdin = set(sys.modules), sys.stdin
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            status: int | None = main(list(case))
    except BaseException:
        status = None
        err.write(traceback.format_exc())
    finally:
        sys.stdin = stdin
        os.chdir(folder)
        for name in set(sys.modules) - modules:
            if not name.startswith(("torch", "numpy", "pushforward", "scipy", "matplotlib", "PIL")) and "." not in name:
                own = getattr(sys.modules[name], "__file__", None)
                if own and Path(own).is_relative_to(folder):
                    del sys.modules[name]
    torch.set_default_dtype(torch.float32)
    return judged(status, out.text(), err.text(), case, perf_counter() - began)


def judged(status: int | None, out: str, err: str, case: tuple[str, ...], seconds: float) -> Outcome:
    """The class of an outcome."""
    text = f"exit status {status}\n{out}\n{err}"
    if status is None or "Traceback (most recent call last)" in text:
        return Outcome("traceback", text, seconds)
    if seconds > SLOW:
        return Outcome("slow", text, seconds)
    if status == 3:
        own = any(name in word for name in OWN_FAULT for word in case)
        return Outcome("the network's own error" if own else "unexpected", text, seconds)
    kinds = {0: "done", 1: "not fit", 2: "refused", 130: "interrupted", 141: "cut off"}
    kind = kinds.get(status, "another status")
    if kind == "refused" and "error" not in err and "╭" not in err and "Missing" not in err:
        return Outcome("refused without a word", text, seconds)
    return Outcome(kind, text, seconds)


BAD = ("traceback", "slow", "unexpected", "another status", "refused without a word")
