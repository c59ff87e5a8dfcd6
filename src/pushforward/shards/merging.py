"""Shards of the same work from several folders, in one."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from pushforward import manifest, store
from pushforward.errors import BadInput, UnreadableFile
from pushforward.shards.files import BEFORE, DONE, KIND, SUMS
from pushforward.training import expect

Shard = tuple[dict[str, Tensor], dict[str, object]]


def merge(folders: Sequence[Path], target: Path) -> list[str]:
    """Copy all shards of `folders` into `target`, beside those that are there; the stage of each that was copied.

    A shard that is there already is left as it is; of two sums that begin with the same shard the longer one is kept.
    Raises `BadInput` for shards of other work, naming what differs, and `UnreadableFile`; nothing is then copied.
    """
    parts: dict[str, Shard] = {}
    common, own = dict[str, object](), dict[str, dict[str, object]]()
    for folder in (target, *folders):
        files = sorted(folder.glob("*.safetensors"))
        if not files and folder != target:
            raise UnreadableFile(f"there are no shards in {folder}. Name the folder that was given as `--out`.")
        for path in files:
            tensors, header = store.read(path)
            if header["kind"] not in (KIND, SUMS):
                raise UnreadableFile(f"{path} holds {header['kind']!r}, no shard.")
            identity = _identity(path, header)
            common = common or {name: part for name, part in identity.items() if name != BEFORE}
            of_stage = {name: part for name, part in identity.items() if name == BEFORE}
            expected = common | own.setdefault(str(header["stage"]), of_stage)
            expect(path, header, expected, what="shard", option="shards")
            known = parts.get(path.name)
            if known is None or _length(tensors) > _length(known[0]):
                parts[path.name] = tensors, header
    manifest.folder(target, "shards")
    return [_copied(target / name, *part) for name, part in parts.items() if not _same(target / name, part[0])]


def _identity(path: Path, header: dict[str, object]) -> dict[str, object]:
    identity = header.get("identity")
    if not isinstance(identity, dict):
        raise BadInput(f"the shard {path} does not say what it follows from. Was it written by pushforward?")
    return identity


def _length(tensors: dict[str, Tensor]) -> int:
    """How many shards are in a sum; 0 of one that is no sum."""
    return len(tensors[DONE]) if DONE in tensors else 0


def _same(path: Path, tensors: dict[str, Tensor]) -> bool:
    return path.exists() and _length(store.read(path)[0]) == _length(tensors)


def _copied(path: Path, tensors: dict[str, Tensor], header: dict[str, object]) -> str:
    store.save(path, tensors, header)
    return str(header["stage"])
