"""The command line: resolve, call, save, print."""

import sys
from collections.abc import Sequence

from pushforward.errors import PushforwardError

HELP = "Find the modules of a neural network, and say how sure that is. `pushforward --version` prints the version."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. -> 0; 1 if the doctor found something, 2 for a mistake in the arguments, 130 for Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments == ["--version"]:
            return _version()
        return _run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; no file was left half-written.\n")
        return 130


def _version() -> int:
    from importlib.metadata import version

    sys.stdout.write(f"pushforward {version('pushforward')}\n")
    return 0


def _run(arguments: list[str]) -> int:
    from pushforward.cli.commands import parse

    try:
        command = parse(arguments, HELP)
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


def _mistake(text: str) -> int:
    sys.stderr.write(f"error: {text}\n")
    return 2
