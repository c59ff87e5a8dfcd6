"""Results on disk: tensors in one safetensors file with a JSON header; written atomically, nothing is unpickled."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from pushforward import disk
from pushforward.errors import BadInput, UnreadableFile

if TYPE_CHECKING:
    from safetensors import safe_open

KEY, DIGEST = "pushforward", "sha256"
# Of files: version 0.1 of the library wrote the first, plain JSON without the names of classes and without a digest.
FORMAT = 2
DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.complex64: "C64",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2", torch.bool: "BOOL", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint64: "U64", torch.uint32: "U32",
    torch.uint16: "U16", torch.uint8: "U8",
}  # fmt: skip
"""How safetensors calls them."""


def save(path: str | Path, tensors: Mapping[str, Tensor], header: dict[str, object]) -> Path:
    """Write tensors and a JSON-able header to `path`; an existing file is replaced only when the new one is whole.

    The header also says the form of the file and the version of the library, and a digest of all there is stands beside
    it. Links are followed, the mode stays. Raises `UnreadableFile` where nothing can be written.
    """
    aligned = sorted(tensors.items(), key=lambda one: (-one[1].dtype.itemsize, one[0]))
    whole = {name: t.detach().cpu().resolve_conj().resolve_neg().contiguous() for name, t in aligned}
    text = json.dumps({"format": FORMAT, "library": library()} | header)
    outline = _outline(whole, {KEY: text, DIGEST: digest(text, whole)})
    with disk.replacement(path) as draft, draft.open("wb") as file:
        file.write(len(outline).to_bytes(8, "little") + outline)
        for t in whole.values():
            file.write(_bytes(t))
    return Path(path)


def _outline(tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> bytes:
    """The header of safetensors. Its own writer makes a draft of its own, which nobody would sweep away."""
    start, parts = 0, {}
    for name, t in tensors.items():
        if t.dtype not in DTYPES:
            known = ", ".join(str(dtype)[6:] for dtype in DTYPES)
            raise BadInput(f"`save`: {name!r} is of {t.dtype}, which has no form in a file. Convert it to {known}.")
        parts[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data_offsets": [start, start + t.nbytes]}
        start += t.nbytes
    text = json.dumps({"__metadata__": metadata} | parts).encode()
    return text + b" " * (-len(text) % 8)


def _bytes(t: Tensor) -> memoryview:
    return t.reshape(-1).view(torch.uint8).numpy().data


def library() -> str:
    """The version of this library."""
    try:
        return version("pushforward")
    except PackageNotFoundError:  # run from a folder of sources
        return "unknown"


def digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """A digest of a text and of tensors by name: of their types, shapes and contents."""
    whole = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        t = tensors[name].detach().cpu().resolve_conj().resolve_neg().contiguous()
        whole.update(f"{name}\0{t.dtype}{tuple(t.shape)}".encode())
        whole.update(_bytes(t))
    return whole.hexdigest()


def load(path: str | Path, kind: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and header of a file written by `save` with `header["kind"] == kind`. Raises `UnreadableFile`."""
    tensors, header = read(path)
    if header["kind"] != kind:
        raise UnreadableFile(f"{path} holds {header['kind']!r}, not {kind!r}.")
    return tensors, header


def read(path: str | Path) -> tuple[dict[str, Tensor], dict[str, object]]:
    """Tensors and header of a file written by `save`, of whatever kind. Raises `UnreadableFile`.

    What `save` wrote is known to be whole by its digest; files of version 0.1 have none.
    """
    with _opened(path) as (file, header, text):
        age = header.get("format", 1)
        if isinstance(age, int) and age > FORMAT:
            raise UnreadableFile(
                f"{path} was written by pushforward {header.get('library')}, in a form that this version does not "
                "know. Read it with that version or a later one."
            )
        if not isinstance(age, int) or isinstance(age, bool) or age < 1:
            raise ValueError(f"its form is {age!r}")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        beside = {name: value for name, value in file.metadata().items() if name != KEY}
        if beside not in ({}, {DIGEST: digest(text, tensors)}):
            raise ValueError("it is not as it was written: its digest is another")
        return tensors, header


def kind_of(path: str | Path) -> str:
    """What a file written by `save` says it holds. Raises `UnreadableFile` for all others."""
    with _opened(path) as (_, header, _):
        return str(header["kind"])


def kind(path: str | Path) -> str | None:
    """What a file written by `save` says it holds; None for all others."""
    try:
        return kind_of(path)
    except UnreadableFile:
        return None


@contextmanager
def _opened(path: str | Path) -> "Iterator[tuple[safe_open, dict[str, object], str]]":
    """The open file with its header, and the text of that."""
    from safetensors import SafetensorError, safe_open

    path = existing(path)
    try:
        with safe_open(path, "pt") as file:
            text = (file.metadata() or {}).get(KEY, "{}")
            header = json.loads(text)
            if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
                raise ValueError("it does not say what it holds")
            yield file, header, text
    except UnreadableFile:
        raise
    except (SafetensorError, ValueError, RecursionError, MemoryError) as reason:
        raise UnreadableFile(
            f"{path} was not written by pushforward, or is damaged ({reason}). "
            "Files come from `.save(path)` or a `pushforward` command."
        ) from None
    except OSError as reason:
        raise UnreadableFile(f"{path} cannot be read: {reason.strerror or reason}. Check its permissions.") from reason


def existing(path: str | Path) -> Path:
    """The path of a regular file that is there. Raises `UnreadableFile`, and `BadInput` for what is no path."""
    if not isinstance(path, str | Path):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(f"{path!r} is {type(path).__name__}; the path of a file is needed.")
    try:
        if Path(path).is_dir():
            raise UnreadableFile(f"{path} is a folder. Name a file in it, as you did for `.save(path)`.")
        if not Path(path).is_file():
            raise UnreadableFile(f"there is no file {path}.")
        if not disk.allowed(Path(path), os.R_OK):
            raise UnreadableFile(f"{path} may not be read. Change its permissions.")
    except (OSError, ValueError) as reason:
        if isinstance(reason, UnreadableFile):
            raise
        raise UnreadableFile(f"there can be no file {str(path)!r} ({reason}).") from reason
    return Path(path)
