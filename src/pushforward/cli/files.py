"""Arrays from files, without unpickling anything."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch

from pushforward.errors import BadInput, UnreadableFile

SUFFIXES = (".npy", ".npz", ".safetensors", ".pt", ".pth")
BROKEN = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, safetensors.SafetensorError)


def load_file(path: Path, key: str | None, *, whole: bool = False) -> tuple[Any, tuple[str, ...]]:
    """What a file holds, the array `key` if it holds several, and Python lines that bind it to X.

    `whole` asks for all of it. Raises `UnreadableFile` and `BadInput`.
    """
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path} (in {Path.cwd()}).")
    if path.suffix not in SUFFIXES:
        raise BadInput(f"{path}: files that end in {', '.join(SUFFIXES)} can be read. Save it as one of them.")
    try:
        held, code = _read(path)
    except pickle.UnpicklingError as reason:
        raise UnreadableFile(
            f"{path} holds Python objects, which are not loaded because they could run code. "
            "Save tensors alone: `torch.save(model.state_dict(), path)`."
        ) from reason
    except BROKEN as reason:
        first = (str(reason).strip().splitlines() or [type(reason).__name__])[0]
        raise UnreadableFile(
            f"{path} cannot be read as {path.suffix} ({first}). Save plain arrays or tensors."
        ) from reason
    if whole or not isinstance(held, dict):
        if key is not None:
            raise BadInput(f"`{path}:{key}`: this file holds one array without a name. Write `{path}`.")
        return held, (code[0], f"X = {code[1]}")
    name = _chosen(path, held, key)
    opened = f"torch.from_numpy({code[1]}[{name!r}])" if path.suffix == ".npz" else f"{code[1]}[{name!r}]"
    return held[name], (*code[0].split("\n"), f"X = {opened}")


def _read(path: Path) -> tuple[Any, tuple[str, str]]:
    """The contents, and Python: imports, and an expression."""
    shown = repr(str(path))
    if path.suffix in (".npy", ".npz"):
        with path.open("rb") as file:
            held = np.load(file, allow_pickle=False)
            whole = dict(held) if path.suffix == ".npz" else held
        load = f"numpy.load({shown})"
        return whole, ("import numpy\nimport torch", load if path.suffix == ".npz" else f"torch.from_numpy({load})")
    if path.suffix == ".safetensors":
        return safetensors.torch.load_file(path), ("import safetensors.torch", f"safetensors.torch.load_file({shown})")
    held = torch.load(path, map_location="cpu", weights_only=True)
    return held, ("import torch", f"torch.load({shown}, weights_only=True)")


def _chosen(path: Path, held: dict[str, Any], key: str | None) -> str:
    if key is None and len(held) == 1:
        return next(iter(held))
    if key in held:
        return key
    names = ", ".join(held) or "none"
    if key is None:
        raise BadInput(f"{path} holds several arrays: {names}. Say which: `{path}:{next(iter(held), 'name')}`.")
    raise BadInput(f"`{path}:{key}`: there is no array {key!r}. There are: {names}.")
