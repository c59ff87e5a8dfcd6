"""Work in parts that do not depend on each other, on disk: what is done is read, the rest goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar, cast

from torch import Tensor

from pushforward import codec, store
from pushforward.errors import UnreadableFile
from pushforward.schema import classes, mismatch
from pushforward.training.checkpoint import expect

KIND = "parts"
T = TypeVar("T")


class Parts(Generic[T]):
    """The parts of one piece of work that are done, by name; a file, if there is to be one, is updated with each.

    `identity` is what the parts follow from, as JSON. Raises `BadInput` for a file of other work, naming what differs,
    and `UnreadableFile` for a file that is none.
    """

    def __init__(self, path: str | Path | None, identity: Mapping[str, codec.Json], kind: type[T]):
        self.path, self.identity = path, dict(identity)
        self.done: dict[str, T] = {} if path is None or not Path(path).exists() else self._read(path, kind)

    def _read(self, path: str | Path, kind: type[T]) -> dict[str, T]:
        tensors, header = store.load(path, KIND)
        expect(path, header, self.identity)
        try:
            done = codec.decode(header["done"], tensors, classes(kind))
            wrong = mismatch(dict[str, kind], done)
        except codec.BROKEN as reason:
            raise self._damaged(path, str(reason)) from reason
        if wrong is not None:
            raise self._damaged(path, wrong)
        return cast("dict[str, T]", done)

    @staticmethod
    def _damaged(path: str | Path, reason: str) -> UnreadableFile:
        return UnreadableFile(f"the checkpoint {path} is damaged: {reason}. Delete it to start anew.")

    def get(self, name: str) -> T | None:
        """A part that is done, or None."""
        return self.done.get(name)

    def put(self, name: str, value: T) -> T:
        """The part, which is done now, and on disk."""
        self.done[name] = value
        if self.path is not None:
            tensors: dict[str, Tensor] = {}
            outline = codec.encode(self.done, tensors)
            store.save(
                self.path,
                {key: t.clone() for key, t in tensors.items()},
                {"kind": KIND, "identity": self.identity, "done": outline},
            )
        return value
