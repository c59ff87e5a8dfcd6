"""What all commands share: how they are run, what they say, where they write."""

import shlex
import sys
import webbrowser
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from pushforward.errors import UnreadableFile


@dataclass(frozen=True, kw_only=True)
class Command(ABC):
    """What all commands share."""

    debug: Annotated[bool, tyro.conf.arg(help="Show where an error came from.")] = False

    @abstractmethod
    def run(self, arguments: Sequence[str]) -> int:
        """Do it; the exit status."""


def say(text: str) -> None:
    """A line on standard output, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def shown(path: Path, *, browser: bool) -> None:
    """Say where the report is, and open it if asked to."""
    say(f"report: {path}")
    if browser:
        webbrowser.open(path.resolve().as_uri())


def usable(out: Path, *names: str) -> None:
    """Complain before the work is done, not after."""
    if out.exists() and not out.is_dir():
        raise UnreadableFile(f"`--out {out}`: this is a file. Give a folder; it is made if it is missing.")
    for name in names:
        if (out / name).is_dir():
            raise UnreadableFile(f"`--out {out}`: {out / name} is a folder. Move it, or choose another folder.")


def typed(arguments: Sequence[str]) -> str:
    """The command as it was typed."""
    return shlex.join(["pushforward", *arguments])


def script(loading: tuple[str, ...], *lines: str) -> str:
    """Python that loads something and goes on with some lines, with all imports at its top."""
    imports = sorted({line for line in loading if line.startswith(("import ", "from "))})
    body = [line for line in loading if line not in imports]
    return "\n".join([*imports, "", "import pushforward as pf", "", *body, *lines])


def watched() -> bool:
    """Whether somebody sees progress bars."""
    return sys.stderr.isatty()
