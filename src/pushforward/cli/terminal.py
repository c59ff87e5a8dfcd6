"""Whatever the terminal: characters it lacks become plain ones, and what other code prints is not our output."""

import codecs
import os
import shutil
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

from pushforward.errors import BadInput

FALLBACK = "pushforward.plain"
# What stands for characters that have no plain relative of their own.
PLAIN = {
    "…": "...", "×": "x", "→": "->", "↦": "->", "−": "-", "–": "-", "—": "-", "≤": "<=", "≥": ">=", "≈": "~", "·": "*",
    "σ": "sigma", "Σ": "Sigma", "π": "pi", "∂": "d", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*", "█": "#",
} | dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+") | dict.fromkeys("─━", "-") | dict.fromkeys("│┃", "|")  # fmt: skip
NARROWEST = 40
# Seconds after which it is said what is waited for.
PATIENCE = 10.0


def plainly(text: str) -> str:
    """The text in ASCII: accents are dropped, other scripts become question marks.

    >>> plainly("J Σ Jᵀ ≤ ½ … é 日")
    'J Sigma JT <= 1/2 ... e ?'
    """
    return "".join(PLAIN.get(letter) or _relative(letter) for letter in text)


def _relative(letter: str) -> str:
    spread = unicodedata.normalize("NFKD", letter).replace("\u2044", "/")
    return "".join(part for part in spread if part.isascii()) or "?"


def _fallback(reason: UnicodeError) -> tuple[str, int]:
    if not isinstance(reason, UnicodeEncodeError):
        raise reason
    return plainly(reason.object[reason.start : reason.end]), reason.end


codecs.register_error(FALLBACK, _fallback)


@contextmanager
def legible() -> Iterator[None]:
    """Standard output and error take every character, and are there even where they were closed."""
    with ExitStack() as stack:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is None:
                setattr(sys, name, stack.enter_context(open(os.devnull, "w", encoding="utf-8")))  # noqa: PTH123
                stack.callback(setattr, sys, name, None)
            elif hasattr(stream, "reconfigure"):
                stack.callback(stream.reconfigure, errors=stream.errors)
                stream.reconfigure(errors=FALLBACK)
        yield


@contextmanager
def wide() -> Iterator[None]:
    """Terminals of very few columns count as wider: the layout of the parser's help does not end in them."""
    before = os.environ.get("COLUMNS")
    if shutil.get_terminal_size().columns >= NARROWEST:
        yield
        return
    os.environ["COLUMNS"] = str(NARROWEST)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def discard(stream: TextIO) -> None:
    """Nothing more goes to a stream whose reader is gone, not even what Python writes to it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def apart() -> Iterator[None]:
    """Inside, other people's code runs: what it prints goes to standard error, and a process it forked ends here."""
    us = os.getpid()
    try:
        with redirect_stdout(sys.stderr):
            yield
    except BrokenPipeError as reason:
        raise BadInput(
            f"the network's code failed with {reason}: a pipe or a connection of its own is closed."
        ) from reason
    finally:
        if os.getpid() != us:
            os._exit(0)


@contextmanager
def here() -> Iterator[None]:
    """The current folder importable, as with `python -m`, and the user's code apart; `sys.path` is as before after."""
    before = list(sys.path)
    sys.path.insert(0, str(Path.cwd()))
    try:
        with apart():
            yield
    finally:
        sys.path[:] = before


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say on standard error what is waited for, once, if it takes long."""
    hint = threading.Timer(PATIENCE, sys.stderr.write, [f"still {what} … (Ctrl-C stops it)\n"])
    hint.daemon = True
    hint.start()
    try:
        yield
    finally:
        hint.cancel()
