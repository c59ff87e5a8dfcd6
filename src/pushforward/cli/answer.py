"""What a command answers: lines for people, or with `--json` one document for programs."""

import json
import sys
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward.result import Result


@dataclass
class Answer:
    """What has been told so far: results, other facts, and files by what they are."""

    results: list[dict[str, object]] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


_answer: ContextVar[Answer | None] = ContextVar("answer", default=None)


@contextmanager
def as_document(command: str) -> Iterator[None]:
    """Inside, lines go to standard error; at the end one JSON document goes to standard output."""
    answer = Answer()
    token = _answer.set(answer)
    try:
        yield
    finally:
        _answer.reset(token)
    from importlib.metadata import version

    document = {"command": command, "pushforward": version("pushforward"), "results": answer.results}
    sys.stdout.write(json.dumps(document | answer.facts | {"files": answer.files}, allow_nan=False) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line for people, at once."""
    stream = sys.stdout if _answer.get() is None else sys.stderr
    stream.write(f"{text}\n")
    stream.flush()


def told(result: "Result", text: str | None = None, **of: object) -> None:
    """What came out: its summary or a text, and in a document its table too, with what it is `of`. "" says nothing."""
    if text != "":
        say(str(result) if text is None else text)
    answer = _answer.get()
    if answer is not None:
        table = {name: plain(list(column)) for name, column in result.columns().items()}
        one = {"kind": type(result).__name__, **{name: plain(value) for name, value in of.items()}}
        answer.results.append({**one, "summary": result.summary(), "table": table})


def fact(name: str, value: object) -> None:
    """Something else that a document says."""
    answer = _answer.get()
    if answer is not None:
        answer.facts[name] = plain(value)


def kept(what: str, path: Path) -> None:
    """Where a file was written."""
    say(f"{what}: {path}")
    answer = _answer.get()
    if answer is not None:
        answer.files[what] = str(path)


def shown(path: Path, *, browser: bool) -> None:
    """Where the report is; open it if asked to."""
    kept("report", path)
    if browser:
        webbrowser.open(path.resolve().as_uri())


def plain(value: object) -> object:
    """The value as JSON has it: what is no number is null, what JSON lacks is its text.

    >>> plain({"a": (1, float("nan")), "b": Path("c")})
    {'a': [1, None], 'b': 'c'}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    listed = getattr(value, "tolist", None)  # tensors and arrays
    return plain(listed()) if callable(listed) else str(value)
