"""The command line: resolve, call, save, print. Help, the version and mistakes load nothing that is slow."""

import sys
from collections.abc import Sequence

from pushforward.cli.table import COMMANDS, mistyped, overview, renamed
from pushforward.errors import PushforwardError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. -> 0; 1 if the doctor found something, 2 for a mistake in the arguments, 130 for Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if not arguments or arguments[0] in ("-h", "--help", "help"):
            return _say(overview())
        if arguments[0] == "--version":
            return _version()
        if arguments[0] not in COMMANDS:
            return _mistake(mistyped(arguments))
        outdated = renamed(arguments)
        return _run(arguments) if outdated is None else _mistake(outdated)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; no file was left half-written.\n")
        return 130


def _version() -> int:
    from importlib.metadata import version

    return _say(f"pushforward {version('pushforward')}")


def _run(arguments: list[str]) -> int:
    from pushforward.cli.parse import parse

    try:
        command = parse(arguments[0], arguments[1:])
    except SystemExit as stop:  # the parser has said what is wrong, or printed the help
        return stop.code if isinstance(stop.code, int) else 2
    try:
        return command.run(arguments)
    except PushforwardError as reason:
        if command.debug:
            raise
        return _mistake(str(reason))
    except OSError as reason:
        if command.debug or reason.filename is None:
            raise
        return _mistake(f"{reason.filename}: {reason.strerror}. Choose another `--out`, or make room there.")


def _say(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    return 0


def _mistake(text: str) -> int:
    sys.stderr.write(f"error: {text}\n")
    return 2
