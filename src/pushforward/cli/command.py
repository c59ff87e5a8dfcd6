"""What all commands share: how they are run, what they say, where they write."""

import os
import shlex
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from pushforward.errors import BadInput, UnreadableFile


def option(metavar: str | None = None, *, help: str | None = None) -> object:  # noqa: A002
    """How the help shows an option: the word for its value, and its default where there is one to tell.

    Docstrings of options are one line each: the parser's help would break them where the source does.
    """
    return tyro.conf.arg(metavar=metavar, help=help, help_behavior_hint=_default)


def _default(text: str) -> str:
    return f"(default: {text})" if text not in ("", "None", "False") else ""


# The seeds that random numbers can follow from.
SEEDS = -(2**63), 2**64 - 1


@dataclass(frozen=True, kw_only=True)
class Command(ABC):
    """What all commands share."""

    json: Annotated[bool, option(help="Answer with one JSON document.")] = False
    debug: Annotated[bool, option(help="Show where an error came from.")] = False

    def check(self) -> None:
        """Raise `BadInput` for a seed that there is not."""
        seed: int = getattr(self, "seed", 0)
        if not SEEDS[0] <= seed <= SEEDS[1]:
            raise BadInput(f"`--seed {seed}`: seeds are whole numbers of 64 bits. Use 0 … 2^64 - 1.")

    @abstractmethod
    def run(self, arguments: Sequence[str]) -> int:
        """Do it; the exit status."""


def usable(out: Path, *names: str) -> None:
    """Raise `UnreadableFile` before the work, not after it, if these files cannot be written in the folder `out`."""
    there = _nearest(out)
    if os.path.lexists(out) and not out.is_dir():
        what = "a link to nothing" if out.is_symlink() and not out.exists() else "a file"
        raise UnreadableFile(f"`--out {out}`: this is {what}. Give a folder; it is made if it is missing.")
    if not there.is_dir():
        raise UnreadableFile(f"`--out {out}`: {there} is a file; no folder can be in it. Choose another.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UnreadableFile(f"`--out {out}`: nothing may be written in {there}. Choose another folder.")
    for name in names:
        if (out / name).is_dir():
            raise UnreadableFile(f"`--out {out}`: {out / name} is a folder. Move it, or choose another folder.")
        if (out / name).exists() and not (out / name).is_file():
            raise UnreadableFile(f"`--out {out}`: {out / name} is no ordinary file and is not replaced. Move it.")


def continuable(checkpoint: Path) -> None:
    """Raise `UnreadableFile` before the work if no run can go on from this file, and none can write it."""
    from pushforward import store

    if os.path.lexists(checkpoint):
        store.kind_of(checkpoint)
    elif not checkpoint.parent.is_dir():
        folder = checkpoint.parent
        raise UnreadableFile(f"`--checkpoint {checkpoint}`: there is no folder {folder}. Make it, or choose another.")


def _nearest(path: Path) -> Path:
    """The path, or the first of the folders above it that is there. Raises `UnreadableFile` for impossible names."""
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
        return next(place for place in (path, *path.absolute().parents) if os.path.lexists(place))
    except (OSError, ValueError) as reason:
        raise UnreadableFile(
            f"`--out {str(path)!r}`: no folder can have this name ({reason}). Choose another."
        ) from reason


def typed(arguments: Sequence[str]) -> str:
    """The command as it was typed."""
    return shlex.join(["pushforward", *arguments])


def script(loading: tuple[str, ...], *lines: str) -> str:
    """Python that loads something and goes on with some lines, with all imports at its top."""
    imports = sorted({line for line in loading if line.startswith(("import ", "from "))})
    body = [line for line in loading if line not in imports]
    return "\n".join([*imports, "", "import pushforward as pf", "", *body, *lines])


@contextmanager
def made(out: Path) -> Iterator[None]:
    """The folder, taken away again if nothing came of it."""
    new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if new and not any(out.iterdir()):
            out.rmdir()


@contextmanager
def resumable(checkpoint: Path, command: str) -> Iterator[None]:
    """Ctrl-C says how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        if checkpoint.exists():
            sys.stderr.write(f"\n{checkpoint} is kept; the same command resumes from there:\n  {command}")
        raise
