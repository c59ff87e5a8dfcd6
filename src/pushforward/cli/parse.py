"""From what was typed after a command to the command with its options."""

from collections.abc import Sequence
from importlib import import_module

import tyro

from pushforward.cli.command import Command
from pushforward.cli.table import COMMANDS
from pushforward.cli.terminal import wide


def parse(name: str, arguments: Sequence[str]) -> Command:
    """The command with its options; the parser exits if they are wrong, or help was asked for."""
    entry = COMMANDS[name]
    kind: type[Command] = getattr(import_module(f"pushforward.cli.{entry.module}"), entry.name)
    with wide():
        return tyro.cli(
            kind,
            args=list(arguments),
            prog=f"pushforward {name}",
            config=(tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes),
        )
