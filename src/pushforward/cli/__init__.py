"""The command line: resolve, call, save, print. Help, the version and mistakes load nothing that is slow."""

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from pushforward.cli.outcome import Status, exit_refused, explained
from pushforward.cli.table import COMMANDS, mistyped, overview, renamed
from pushforward.cli.terminal import discard, legible
from pushforward.errors import Unfinished

if TYPE_CHECKING:
    from pushforward.cli.command import Command

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. -> the exit status, a `Status`."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with legible():
        try:
            status = _ended(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
        except BrokenPipeError:
            discard(sys.stdout)
            discard(sys.stderr)
            return Status.CUT_OFF
        except OSError as reason:  # a full disk behind `> file`
            discard(sys.stdout)
            return _mistake(f"the output cannot be written: {reason.strerror or reason}. Make room there.")
        return status


def _ended(arguments: list[str]) -> int:
    try:
        return _answered(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; no file was left half-written.\n")
        return Status.INTERRUPTED


def _answered(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        return _say(overview())
    if arguments[0] == "--version":
        return _version()
    if arguments[0] not in COMMANDS:
        return _mistake(mistyped(arguments))
    outdated = renamed(arguments)
    return _run(arguments) if outdated is None else _mistake(outdated)


def _version() -> int:
    from importlib.metadata import version

    return _say(f"pushforward {version('pushforward')}")


def _run(arguments: list[str]) -> int:
    from pushforward.cli.answer import as_document
    from pushforward.cli.command import typed
    from pushforward.cli.parse import parse

    try:
        command = parse(arguments[0], arguments[1:])
    except SystemExit as stop:  # the parser has said what is wrong, or printed the help
        return stop.code if isinstance(stop.code, int) else Status.MISTAKE
    try:
        command.check()
        with as_document(typed(arguments)) if command.json and _first() else nullcontext():
            return _done(command, arguments)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except BaseException as reason:
        if command.debug and not isinstance(reason, SystemExit):
            raise
        error = exit_refused("the network's code", reason) if isinstance(reason, SystemExit) else reason
        if command.debug:
            raise error from reason
        status, text = explained(error)
        return _mistake(text, status)


def _done(command: "Command", arguments: list[str]) -> int:
    from pushforward.cli.answer import fact, say

    try:
        return command.run(arguments)
    except Unfinished as part:
        if _first():
            say(str(part))
            fact("unfinished", str(part))
        return Status.DONE


def _first() -> bool:
    """Whether this is the process of its group that answers."""
    return os.environ.get("RANK", "0") == "0"


def _say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return Status.DONE


def _mistake(text: str, status: Status = Status.MISTAKE) -> int:
    try:
        sys.stderr.write(f"error: {text}\n")
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)
    return status
