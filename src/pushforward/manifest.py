"""The manifest of a run folder, `run.json`: what is in it and what each result follows from. Read without torch."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from pushforward import disk
from pushforward.errors import BadInput, UnreadableFile

FILE, RESULTS = "run.json", "results"
"""The manifest, and the folder beside it in which the files of results are."""
SCHEMA = 1
"""Of the manifest; runs of earlier ones are read, see `_migrated`."""
# Seconds to wait for another process that writes the manifest, and between two attempts
PATIENCE, PAUSE = 20.0, 0.05


class Entry(TypedDict):
    """One result: the verb that gave it, its class, its file in `RESULTS`, what it follows from.

    `key` is a digest of `call` and `of`.

    `part`: which of how many, of a verb that gave several; [0, 0] for one alone.
    """

    call: str
    kind: str
    file: str
    key: str
    part: list[int]
    of: dict[str, object]
    seconds: float


class Subject(TypedDict, total=False):
    """What was typed: how the network and its inputs are had again, by the command line."""

    model: str
    inputs: str
    weights: str | None
    layers: list[str]
    unit: str
    start: str | None
    rank: int
    points: int
    seed: int
    title: str


class Manifest(TypedDict):
    """All of `run.json`: the form of the file, the version that wrote it, what was typed, and results by name."""

    schema: int
    library: str
    results: dict[str, Entry]
    subject: NotRequired[Subject]


def is_run(path: str | os.PathLike[str]) -> bool:
    """Whether this is the folder of a run."""
    try:
        return (Path(path) / FILE).is_file()
    except (OSError, ValueError):  # nothing can have this name
        return False


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """The manifest of a run. Raises `UnreadableFile` for other folders, and for runs of later versions."""
    file = Path(path) / FILE
    if not file.is_file():
        raise UnreadableFile(f"{path} is not the folder of a run: there is no {FILE} in it. Write one with `run=`.")
    try:
        told = json.loads(file.read_bytes())
        schema = told["schema"]
        if type(schema) is not int or schema < 0:
            raise ValueError(f"its form is {schema!r}")
        if schema > SCHEMA:
            raise UnreadableFile(
                f"{file} was written by pushforward {told.get('library')}, in a form that this version does not know. "
                "Read it with that version or a later one."
            )
        return _whole(_migrated(told))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as reason:
        raise UnreadableFile(f"{file} is damaged ({reason}). Make the run again, in another folder.") from reason


def _migrated(told: dict[str, object]) -> dict[str, object]:
    """A manifest of an earlier form in the present one."""
    if told["schema"] == 0:  # before 0.2 was released: results were a list, each with its name
        rows = cast("list[dict[str, object]]", told["results"])
        told = told | {
            "schema": 1,
            "results": {str(row["name"]): {"of": {}, "seconds": 0.0, "part": [0, 0]} | row for row in rows},
        }
    return told


def _whole(told: dict[str, object]) -> Manifest:
    """The manifest, if all of its parts are of their types. Raises `ValueError` and the like."""
    results = cast("dict[str, dict[str, object]]", told["results"])
    for name, entry in results.items():
        for part, kind in (("call", str), ("kind", str), ("file", str), ("key", str), ("part", list), ("of", dict)):
            if not isinstance(entry[part], kind):
                raise ValueError(f"{part} of {name!r} is {entry[part]!r}")
        file = cast("str", entry["file"])
        if Path(file).name != file or file in ("", ".", ".."):
            raise ValueError(f"the file of {name!r} is {file!r}, outside the folder")
    if not isinstance(told.get("subject", {}), dict):
        raise ValueError(f"its subject is {told['subject']!r}")
    return cast("Manifest", cast("object", told))


def changed(path: Path, change: Callable[[Manifest], None], *, library: str) -> Manifest:
    """The manifest after `change`, written whole; other processes wait. A folder without one gets one."""
    with _alone(path / FILE):
        manifest: Manifest = (
            read_manifest(path) if is_run(path) else {"schema": SCHEMA, "library": library, "results": {}}
        )
        change(manifest)
        with disk.replacement(path / FILE) as draft:
            draft.write_text(json.dumps(manifest, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        return manifest


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Inside, no other process changes the file; for a while it is waited for those that do. Raises `BadInput`."""
    end = time.monotonic() + PATIENCE
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(disk.reserved(file))
                break
            except BadInput as taken:
                if time.monotonic() > end:
                    where = str(file.parent)
                    raise BadInput(f"`run={where!r}`: another process keeps {FILE}. Wait for it to end.") from taken
                time.sleep(PAUSE)
        yield


def possible(path: str | os.PathLike[str], option: str = "run") -> Path:
    """The folder that an option names, if it is one or can be made. Raises `UnreadableFile` where none can be."""
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(f"`{option}={path!r}`: the path of a folder is needed, such as '{option}'.")
    place = Path(path)
    try:
        there = next(one for one in (place, *place.absolute().parents) if os.path.lexists(one))
    except (OSError, ValueError) as reason:
        raise UnreadableFile(
            f"`{option}={str(path)!r}`: no folder can have this name ({reason}). Choose another."
        ) from reason
    if not there.is_dir() or not disk.allowed(there, os.W_OK | os.X_OK):
        what = "nothing may be written in" if there.is_dir() else "there is a file"
        raise UnreadableFile(f"`{option}={str(path)!r}`: no folder can be made there: {what} {there}. Choose another.")
    return place


def folder(path: str | os.PathLike[str], option: str = "run") -> Path:
    """The folder that an option names, made if it is missing. Raises `UnreadableFile` where none can be."""
    place = possible(path, option)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise UnreadableFile(
            f"`{option}={str(path)!r}`: no folder can be made there ({reason}). Choose another."
        ) from reason
    return place
