"""Results on disk: tensors in one safetensors file with a JSON header; written atomically, nothing is unpickled."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from torch import Tensor

from pushforward.errors import UnreadableFile

KEY = "pushforward"


def save(path: str | Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> Path:
    """Write tensors and a JSON-able header to `path`; an existing file is replaced only when the new one is whole."""
    from safetensors.torch import save_file

    path = Path(path)
    if not path.parent.is_dir():
        raise UnreadableFile(f"cannot write {path}: the folder {path.parent} does not exist. Make it first.")
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        held = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
        save_file(held, draft, {KEY: json.dumps(header)})
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
    """Tensors and header of a file written by `save` with `header["kind"] == kind`."""
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path}.")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {}).get(KEY, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError) as reason:
        raise UnreadableFile(f"{path} is not a file of ours ({reason}). Files come from `.save(path)`.") from None
    if header.get("kind") != kind:
        raise UnreadableFile(f"{path} holds {header.get('kind', 'something else')!r}, not {kind!r}.")
    return tensors, header


def kind(path: str | Path) -> str | None:
    """What a file of ours says it holds; None for all others."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {}).get(KEY, "{}")).get("kind")
    except (SafetensorError, ValueError):
        return None
