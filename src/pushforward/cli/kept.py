"""What a command leaves in its folder: a run, with how its network is had again and what the explorer draws of it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from pushforward import manifest
from pushforward.cli.network import OfNetwork
from pushforward.errors import Unidentifiable
from pushforward.explorer import SCENE
from pushforward.manifest import Subject
from pushforward.page import as_json, scene_of_run
from pushforward.page.studies import Study
from pushforward.ranks import ranks
from pushforward.runs import Run
from pushforward.show import write

# The folder of a run in which finished shards are
SHARDS = "shards"
P = ParamSpec("P")
R = TypeVar("R")


def found(verb: Callable[P, R], out: Path, *args: P.args, **kwargs: P.kwargs) -> R:
    """What a verb gives, read in the run if it is there already; with `shards=` gone on with from those in it.

    A network of which it cannot be known whether it is the same is always asked anew, and by one process.
    """
    try:
        result = verb(*args, **kwargs, run=out)  # pyright: ignore[reportCallIssue]
    except Unidentifiable as reason:
        if ranks().size > 1:
            raise
        shards = {"shards": None} if "shards" in kwargs else {}
        result = verb(*args, **kwargs | shards)  # pyright: ignore[reportCallIssue]
        Run.at(out).add(result, call=verb.__name__, of={"unidentified": str(reason)})
    if ranks().first:
        shutil.rmtree(out / SHARDS, ignore_errors=True)  # they are all in the result
    return result


def changed(out: Path) -> int:
    """When the run was last written to; 0 if there is none."""
    file = out / manifest.FILE
    return file.stat().st_mtime_ns if file.exists() else 0


def keep(study: Study, out: Path, subject: Subject) -> None:
    """Write a study into the run, how its network is had again, and what the explorer draws of all that is there."""
    run = Run.at(out)
    run.add(study, call=f"{type(study).__name__}.of", of={"command": study.command})
    run.describe(subject)
    draw(out)


def draw(out: Path) -> Path:
    """Write what the explorer draws of a run; its path."""
    return write(out / SCENE, as_json(scene_of_run(Run(out))))


def subject_of(command: OfNetwork, *, rank: int, seed: int) -> Subject:
    """How the network and the inputs that were typed are had again, from whatever folder."""
    return {
        "model": absolute(command.model), "inputs": absolute(command.inputs),
        "weights": None if command.weights is None else str(command.weights.resolve()),
        "layers": list(command.layers), "unit": command.unit, "start": command.start, "rank": rank, "seed": seed,
    }  # fmt: skip


def absolute(typed: str) -> str:
    """A path that was typed, with a name after a colon or without, from the root; names of packages stay."""
    place, colon, name = typed.rpartition(":")
    if colon and Path(place).exists():
        return f"{Path(place).resolve()}:{name}"
    return str(Path(typed).resolve()) if Path(typed).exists() else typed
