"""The commands by name, each with one line of help, known without loading any of them."""

import shutil
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command is, what it does (the first line of its class), and how it could be typed."""

    module: str
    name: str
    help: str
    example: str


GROUPS = {
    "Start here": {
        "demo": Entry(
            "commands",
            "Demo",
            "Study two networks and a generator that ship with the package, contrast modules, and write a report.",
            "",
        ),
        "completion": Entry(
            "completion",
            "Completion",
            "Print what makes the shell complete commands and options.",
            "bash >> ~/.bash_completion",
        ),
    },
    "Networks": {
        "modules": Entry(
            "commands",
            "FindModules",
            "Find the modules of your own network; writes modules.safetensors, report.html and a run to explore.",
            "net.py:build --inputs X.npy",
        ),
        "contrast": Entry(
            "contrast",
            "ContrastOf",
            "Move one set of neurons, keep another fixed, and the other way round; writes strips, a GIF and "
            "report.html.",
            "net.py:build --inputs X.npy --a relu1 --b output",
        ),
        "explore": Entry(
            "explore",
            "Explore",
            "Look at the modules of a network in the browser, and move one while others stay, measured at every step.",
            "pushforward-modules",
        ),
        "modularity": Entry(
            "modularity",
            "ModularityOf",
            "How modular a network is at its inputs: 0 at chance, 1 where no two neurons share a direction.",
            "net.py:build --inputs X.npy",
        ),
        "modularize": Entry(
            "modularize",
            "Modularize",
            "Train a network plainly and to be modular, and compare; writes weights, matrices and report.html.",
            "task.py:task --steps 2000",
        ),
        "doctor": Entry(
            "commands",
            "Doctor",
            "Check whether a network can be pushed through, and say what to do if not; exit status 1 if it cannot.",
            "net.py:build --inputs X.npy",
        ),
    },
    "Data and generators": {
        "dimension": Entry(
            "generators",
            "DimensionOf",
            "The dimension of a generator or of data, and whether other estimates agree.",
            "table.csv",
        ),
        "topology": Entry(
            "topology",
            "TopologyOf",
            "The topology of a generator or of data, from one fitted atlas; writes topology.png and "
            "topology.safetensors.",
            "points.npy",
        ),
        "latents": Entry(
            "latent_trials",
            "TryLatents",
            "From which latents a one-to-one generator of data can be trained; run again, it resumes.",
            "points.npy --latents circle interval",
        ),
        "train-generator": Entry(
            "generators",
            "TrainGenerator",
            "Train a generator on inputs; writes generator.safetensors and report.html. Run again, it resumes.",
            "--inputs images/ --latent atlas:16x12",
        ),
        "density": Entry(
            "generators",
            "DensityOf",
            "How dense inputs are under a generator, and along which directions; writes density.png and report.html.",
            "generator.safetensors --inputs X.npy",
        ),
        "geodesic": Entry(
            "geometry",
            "GeodesicOf",
            "The shortest path between two inputs on a generator's manifold; writes geodesic.png and path.safetensors.",
            "generator.safetensors --inputs X.npy --index 0 1",
        ),
        "transport": Entry(
            "geometry",
            "TransportOf",
            "A change of one input, carried to another along the shortest path; writes transport.png.",
            "generator.safetensors --inputs X.npy --index 0 1",
        ),
    },
    "Large work": {
        "plan": Entry(
            "plan",
            "PlanModules",
            "What finding the modules of your network will take, in time and memory, by 1, 8 and 64 processes.",
            "net.py:build --inputs X.npy --points 256",
        ),
        "merge": Entry(
            "merge",
            "Merge",
            "Bring the finished shards of several folders together; the same command with --out resumes from them.",
            "here there --out whole",
        ),
    },
}

# Every command, as it is typed.
COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}

# The command and the option of version 0.1, and what the option is called now.
RENAMED = {("modularize", "--modules"): "--count"}

OPTIONS = ("--help", "--version")
# Columns before what a command does, and of an example at most.
INDENT, MOST = 19, 80


def overview() -> str:
    """What `pushforward --help` prints."""
    width = min(shutil.get_terminal_size().columns, 100)
    lines = ["usage: pushforward COMMAND [options]", ""]
    lines += textwrap.wrap("Find the modules of a neural network, and say how sure that is.", width)
    for title, group in GROUPS.items():
        lines += ["", f"{title}:"]
        for name, entry in group.items():
            lines += textwrap.wrap(
                entry.help, width, initial_indent=f"  {name:<{INDENT - 2}}", subsequent_indent=" " * INDENT
            )
            lines += [f"{'':{INDENT}}$ pushforward {name} {entry.example}".rstrip()] * (width > INDENT + MOST)
    tail = "`pushforward COMMAND --help` lists the options of a command; `pushforward --version` prints the version."
    return "\n".join([*lines, "", *textwrap.wrap(tail, width)])


def renamed(arguments: Sequence[str]) -> str | None:
    """What an option of version 0.1 is called now; None if there is none among what was typed.

    >>> renamed(["modularize", "digits", "--modules=4"])
    '`pushforward modularize --modules` is `pushforward modularize --count` since version 0.2.'
    """
    for typed in arguments[1:]:
        option = RENAMED.get((arguments[0], typed.partition("=")[0].replace("_", "-")))
        if option is not None:
            old, new = (f"`pushforward {arguments[0]} {name}`" for name in (typed.partition("=")[0], option))
            return f"{old} is {new} since version 0.2."
    return None


def mistyped(arguments: Sequence[str]) -> str:
    """What is wrong with the first word, and what is nearest to it.

    >>> mistyped(["moduls", "net:make"])
    'there is no command `moduls`. Did you mean `pushforward modules`? `pushforward --help` lists the commands.'
    """
    word = arguments[0]
    option = word.startswith("-")
    near = get_close_matches(word, OPTIONS if option else COMMANDS, n=1)
    text = f"there is no {'option' if option else 'command'} `{word}`"
    if option and not near and len(arguments) > 1:
        text += " before a command: options come after it"
    meant = f" Did you mean `pushforward {near[0]}`?" if near else ""
    return f"{text}.{meant} `pushforward --help` lists the commands."
