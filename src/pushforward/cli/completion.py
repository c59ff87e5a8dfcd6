"""The command that teaches a shell to complete the others."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Annotated, Literal

import tyro

from pushforward.cli.answer import say
from pushforward.cli.command import Command, option
from pushforward.cli.table import COMMANDS

BASH = """_pushforward() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" options=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "{commands} --help --version" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
    case "$word" in
        -*) COMPREPLY=($(compgen -W "--help $options" -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}}
complete -o filenames -F _pushforward pushforward
"""
ZSH = """#compdef pushforward
autoload -U +X bashcompinit && bashcompinit
"""


@dataclass(frozen=True, kw_only=True)
class Completion(Command):
    """Print what makes the shell complete commands and options."""

    shell: Annotated[tyro.conf.Positional[Literal["bash", "zsh", "fish"]], option("SHELL")]
    """For which shell: bash, zsh or fish."""

    def run(self, arguments: Sequence[str]) -> int:  # noqa: ARG002
        """Print it."""
        say({"bash": _bash, "zsh": lambda: ZSH + _bash(), "fish": _fish}[self.shell]().rstrip())
        return 0


def options_of(name: str) -> list[str]:
    """The options of a command as they are typed.

    >>> options_of("merge")
    ['--json', '--debug', '--out']
    """
    entry = COMMANDS[name]
    kind: type[Command] = getattr(import_module(f"pushforward.cli.{entry.module}"), entry.name)
    named = (field for field in fields(kind) if "Positional" not in str(field.type))
    return [f"--{field.name.replace('_', '-')}" for field in named]


def _bash() -> str:
    cases = "\n".join(f'        {name}) options="{" ".join(options_of(name))}" ;;' for name in COMMANDS)
    return BASH.format(commands=" ".join(COMMANDS), cases=cases)


def _fish() -> str:
    first = "complete -c pushforward -f -n __fish_use_subcommand"
    lines = [f"{first} -l help", f"{first} -l version"]
    for name, entry in COMMANDS.items():
        lines.append(f'{first} -a {name} -d "{entry.help}"')
        after = f"complete -c pushforward -n '__fish_seen_subcommand_from {name}'"
        lines += [f"{after} -l {option[2:]}" for option in options_of(name)]
    return "\n".join(lines)
