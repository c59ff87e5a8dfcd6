"""The files of one stage of a survey: what is done is read, whoever did it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from pushforward import manifest, store
from pushforward.codec import Json
from pushforward.errors import UnreadableFile
from pushforward.training import expect

KIND, SUMS = "shard", "sum of shards"
DONE = "done"
# Of the identity, what is a stage's own: all stages have the rest in common
BEFORE = "what came before"
Tensors = dict[str, Tensor]


class Files:
    """The shards of one stage in a folder, each in a file that names all it follows from.

    Raises `BadInput` for files of other work, naming what differs, and `UnreadableFile` for what is no shard.
    """

    def __init__(self, folder: Path, stage: str, identity: Mapping[str, Json]):
        self.folder, self.stage, self.identity = folder, stage, dict(identity)

    def _at(self, number: int) -> Path:
        return self.folder / f"{self.stage.replace(' ', '-')}.{number:05d}.safetensors"

    def _numbers(self) -> Iterator[int]:
        start = self.stage.replace(" ", "-")
        for path in sorted(self.folder.glob(f"{start}.*.safetensors")):
            number = path.name[len(start) + 1 : -len(".safetensors")]
            if number.isdigit():
                yield int(number)

    def done(self, count: int) -> list[int]:
        """The shards of 0 … count − 1 that are there."""
        return [number for number in self._numbers() if number < count]

    def read(self, number: int) -> Tensors:
        """A shard that is there."""
        return self._read(number, KIND)

    def write(self, number: int, tensors: Tensors) -> None:
        """Keep a shard."""
        manifest.folder(self.folder, "shards")
        store.save(self._at(number), tensors, {"kind": KIND, "stage": self.stage, "identity": self.identity})

    def sums(self) -> dict[tuple[int, ...], int]:
        """Which shards are added up in each of the sums that are there."""
        found = {number: self._read(number, SUMS)[DONE] for number in self._numbers()}
        return {tuple(done.tolist()): number for number, done in found.items()}

    def read_sum(self, number: int) -> Tensors:
        """A sum that is there."""
        return {name: t for name, t in self._read(number, SUMS).items() if name != DONE}

    def write_sum(self, done: list[int], sums: Tensors) -> None:
        """Keep the sum of some shards, in place of what was added up before in the same order."""
        manifest.folder(self.folder, "shards")
        header = {"kind": SUMS, "stage": self.stage, "identity": self.identity}
        store.save(self._at(done[0]), sums | {DONE: torch.tensor(done)}, header)

    def _read(self, number: int, kind: str) -> Tensors:
        path = self._at(number)
        tensors, header = store.load(path, kind)
        if header.get("stage") != self.stage:
            raise UnreadableFile(f"{path} is of {header.get('stage')!r}, not {self.stage!r}. Was it renamed?")
        expect(path, header, self.identity, what="shard", option="shards")
        return tensors
