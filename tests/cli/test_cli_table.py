from importlib import import_module

import pytest

from pushforward.cli import main
from pushforward.cli.command import Command
from pushforward.cli.completion import options_of
from pushforward.cli.table import COMMANDS, overview


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(name):
    entry = COMMANDS[name]
    kind = getattr(import_module(f"pushforward.cli.{entry.module}"), entry.name)
    assert issubclass(kind, Command)
    assert entry.help == kind.__doc__.splitlines()[0]


@pytest.mark.parametrize("columns", ["80", "100"])
@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command(arguments, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert text == overview() + "\n"
    assert all(f"\n  {name} " in text for name in COMMANDS)
    assert max(map(len, text.splitlines())) <= int(columns)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_of_its_own(name, capsys):
    assert main([name, "--help"]) == 0
    assert f"usage: pushforward {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (["moduls", "net:make"], "no command `moduls`. Did you mean `pushforward modules`?"),
        (["geodesics"], "Did you mean `pushforward geodesic`?"),
        (["xyzzy"], "no command `xyzzy`. `pushforward --help` lists the commands."),
        (["--verison"], "no option `--verison`. Did you mean `pushforward --version`?"),
        (["--seed", "3", "modules"], "no option `--seed` before a command: options come after it."),
    ],
)
def test_a_mistyped_command_is_told_the_nearest(arguments, cure, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert cure in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_fits_a_screen(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) <= 40
    assert not any(noise in text for noise in ("(default: )", "(default: None)", "(default: False)", "{None}"))
    assert all(option in text for option in options_of(name))


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_and_what_it_does_are_on_one_line(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    main([name, "--help"])
    shown = [line.strip("│ ") for line in capsys.readouterr().out.splitlines()]
    for option in options_of(name):
        line = next(line for line in shown if f"{line} ".startswith(f"{option} "))
        assert "  " in line, f"{line}: what it does begins on the next line"
