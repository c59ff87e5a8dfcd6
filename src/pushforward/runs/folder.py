"""`Run`: the results in a folder, by name."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Self, cast, final

from pushforward import codec, manifest, store
from pushforward.errors import UnreadableFile
from pushforward.manifest import Entry, Manifest, Subject


@final
class Run(Mapping[str, object]):
    """The results in the folder of a run, by name; read when they are asked for.

    >>> import tempfile
    >>> from torch import zeros
    >>> from pushforward.modules import Lesions
    >>> lesions = Lesions(("accuracy",), zeros(1), zeros(2, 1), zeros(2, 5, 1), zeros(2), "zero")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     name = Run.at(folder).add(lesions, call="lesion", of={"seed": 0})
    ...     Run(folder)[name] == lesions, list(Run(folder))
    (True, ['lesions'])
    """

    def __init__(self, path: str | os.PathLike[str]):
        """The run in a folder that has one. Raises `UnreadableFile`."""
        self.path = Path(path)
        self.manifest: Manifest = manifest.read_manifest(path)

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> Self:
        """The run in a folder, begun there if there is none. Raises `UnreadableFile`."""
        place = manifest.folder(path)
        if not manifest.is_run(place):
            manifest.changed(place, lambda _: None, library=store.library())
        return cls(place)

    @property
    def subject(self) -> Subject:
        """How the network and its inputs are had again, where the command line wrote the run."""
        return self.manifest.get("subject", {})

    def __getitem__(self, name: str) -> object:
        """A result. Raises `KeyError` if there is none of that name, `UnreadableFile` if its file is damaged."""
        entry = self.manifest["results"][name]
        value = read(self.file(entry), entry["kind"])
        if type(value).__name__ != entry["kind"]:
            raise UnreadableFile(f"{self.path / entry['file']} holds {type(value).__name__}, not {entry['kind']}.")
        return value

    def file(self, entry: Entry) -> Path:
        """Where a result is."""
        return self.path / manifest.RESULTS / entry["file"]

    def __iter__(self) -> Iterator[str]:
        return iter(self.manifest["results"])

    def __len__(self) -> int:
        return len(self.manifest["results"])

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, {len(self)} results: {', '.join(self) or 'none yet'})"

    def named(self, key: str) -> tuple[str, ...]:
        """The names of the results that follow from what has this key; none if one of their files is gone."""
        rows = [(e, name) for name, e in self.manifest["results"].items() if e["key"] == key]
        rows.sort(key=lambda row: row[0]["part"][0])
        whole = bool(rows) and len(rows) == max(rows[0][0]["part"][1], 1)
        there = all((self.file(entry)).is_file() for entry, _ in rows)
        return tuple(name for _, name in rows) if whole and there else ()

    def add(
        self,
        result: object,
        *,
        call: str,
        of: Mapping[str, object],
        seconds: float = 0.0,
        part: tuple[int, int] = (0, 0),
    ) -> str:
        """Write a result, and what it follows from; its name. One that follows from the same is replaced.

        `part`: which of how many it is, of a verb that gives several; (0, 0) for one alone.
        """
        kind, key = type(result).__name__, key_of(call, of)
        taken: list[str] = []

        def reserve(known: Manifest) -> None:
            same = (n for n, e in known["results"].items() if (e["key"], *e["part"]) == (key, *part))
            name = next(same, None) or self._free(kind, known)
            file = known["results"][name]["file"] if name in known["results"] else f"{name}.safetensors"
            write(result, self._place(file))
            entry: Entry = {
                "call": call, "kind": kind, "file": file, "key": key, "part": [*part], "of": dict(of),
                "seconds": round(seconds, 3),
            }  # fmt: skip
            known["results"].pop(name, None)  # the newest is last
            known["results"][name] = entry
            taken.append(name)

        self.manifest = manifest.changed(self.path, reserve, library=store.library())
        return taken[0]

    def describe(self, subject: Subject) -> None:
        """Write down how the network and its inputs are had again."""

        def put(known: Manifest) -> None:
            known["subject"] = subject

        self.manifest = manifest.changed(self.path, put, library=store.library())

    def _place(self, file: str) -> Path:
        """Where a result will be; the folder is made."""
        try:
            (self.path / manifest.RESULTS).mkdir(exist_ok=True)
        except OSError as reason:
            raise UnreadableFile(f"`run={str(self.path)!r}`: no folder can be made in it ({reason}).") from reason
        return self.path / manifest.RESULTS / file

    def _free(self, kind: str, known: Manifest) -> str:
        """A name that no result has and no file bears: `modules`, `modules-2`, …"""
        base = "".join(f"-{c.lower()}" if c.isupper() else c for c in kind).lstrip("-")
        number = 1
        while True:
            name = base if number == 1 else f"{base}-{number}"
            if name not in known["results"] and not (self.path / manifest.RESULTS / f"{name}.safetensors").exists():
                return name
            number += 1


def key_of(call: str, of: Mapping[str, object]) -> str:
    """A digest of a verb and of what its result follows from."""
    return hashlib.sha256(json.dumps([call, dict(of)], sort_keys=True).encode()).hexdigest()[:32]


def write(result: object, path: Path) -> Path:
    """Write a result or a study to a file."""
    save = getattr(result, "save", None)
    return cast(Path, save(path)) if callable(save) else codec.write(result, path)


def read(path: Path, kind: str) -> object:
    """What is in the file of a run: a result, a generator or a study. Raises `UnreadableFile`."""
    studies = vars(import_module("pushforward.studies"))
    if kind in studies.get("__all__", ()):
        return codec.read(path, studies[kind])
    return import_module("pushforward.results").load(path)
