"""Results on disk: tensors in one safetensors file with a JSON header; written atomically, nothing is unpickled."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from pushforward.errors import UnreadableFile

if TYPE_CHECKING:
    from safetensors import safe_open

KEY = "pushforward"


def save(path: str | Path, tensors: dict[str, Tensor], header: dict[str, object]) -> Path:
    """Write tensors and a JSON-able header to `path`; an existing file is replaced only when the new one is whole."""
    from safetensors.torch import save_file

    path = Path(path)
    if not path.parent.is_dir():
        raise UnreadableFile(f"cannot write {path}: the folder {path.parent} does not exist. Make it first.")
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        whole = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
        save_file(whole, draft, {KEY: json.dumps(header)})
        Path(draft).chmod(0o666 & ~_umask())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return path


def _umask() -> int:
    """What the user lets others read; `mkstemp` lets nobody."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def load(path: str | Path, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and header of a file written by `save` with `header["kind"] == kind`. Raises `UnreadableFile`."""
    tensors, header = read(path)
    if header["kind"] != kind:
        raise UnreadableFile(f"{path} holds {header['kind']!r}, not {kind!r}.")
    return tensors, header


def read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Tensors and header of a file written by `save`, of whatever kind. Raises `UnreadableFile`."""
    with _opened(path) as (file, header):
        return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118


def kind_of(path: str | Path) -> str:
    """What a file written by `save` says it holds. Raises `UnreadableFile` for all others."""
    with _opened(path) as (_, header):
        return str(header["kind"])


def kind(path: str | Path) -> str | None:
    """What a file written by `save` says it holds; None for all others."""
    try:
        return kind_of(path)
    except UnreadableFile:
        return None


@contextmanager
def _opened(path: str | Path) -> "Iterator[tuple[safe_open, dict[str, object]]]":
    """The open file with its header."""
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if path.is_dir():
        raise UnreadableFile(f"{path} is a folder. Name a file in it, as you did for `.save(path)`.")
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path}.")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {}).get(KEY, "{}"))
            if not isinstance(header, dict) or "kind" not in header:
                raise ValueError("it does not say what it holds")
            yield file, header
    except (SafetensorError, ValueError) as reason:
        raise UnreadableFile(
            f"{path} was not written by pushforward, or is damaged ({reason}). Files come from `.save(path)`."
        ) from None
