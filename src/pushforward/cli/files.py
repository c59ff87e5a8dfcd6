"""Inputs and weights from files, and lines of Python that read the same."""

import pickle
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
import torch
from torch import Tensor

from pushforward.errors import BadInput, UnreadableFile
from pushforward.points import ARRAYS, Batch, Place, chosen, place, read

# Files of `torch.save`, of which tensors alone are read.
TORCH = (".pt", ".pth")
WEIGHTS = (".safetensors", *TORCH)
SUFFIXES = ", ".join((*ARRAYS, *TORCH))


class Points(NamedTuple):
    """Inputs, and lines of Python that bind them to X."""

    value: Batch
    code: tuple[str, ...]


def points_of(name: str) -> Points | None:
    """The inputs in a file, `file:key`, or a folder of images; None for what is none. Raises as `points.read` does."""
    where = _torch_place(name)
    if where is not None:
        return _of_torch(where)
    where = place(name)
    if where is None:
        return None
    return Points(read(name, f"`{name}`"), _code(name, where))


def _torch_place(name: str) -> Place | None:
    for file, key in ((name, None), name.rpartition(":")[::2]):
        if Path(file).suffix in TORCH:
            return Place(Path(file), key or None)
    return None


def _of_torch(where: Place) -> Points:
    whole = _opened(where.path)
    opened = f"torch.load({str(where.path)!r}, weights_only=True)"
    if isinstance(whole, dict):
        key = chosen(where, [str(name) for name in whole])
        return Points(read(whole[key], f"`{where}`"), ("import torch", f"X = {opened}[{key!r}]"))
    if where.key is not None:
        raise BadInput(f"`{where}`: this file holds one array without a name. Write `{where.path}`.")
    return Points(read(whole, f"`{where}`"), ("import torch", f"X = {opened}"))


def _code(name: str, where: Place) -> tuple[str, ...]:
    """Python that reads what is there; a key that was left out is looked up again."""
    file, suffix = repr(str(where.path)), where.path.suffix.lower()
    if suffix == ".npy":
        return "import numpy", "import torch", f"X = torch.from_numpy(numpy.load({file}))"
    if suffix == ".npz" and where.key is not None:
        return "import numpy", "import torch", f"X = torch.from_numpy(numpy.load({file})[{where.key!r}])"
    if suffix == ".safetensors" and where.key is not None:
        return "import safetensors.torch", f"X = safetensors.torch.load_file({file})[{where.key!r}]"
    return "from pushforward.points import read", f"X = read({name!r})"


def weights_of(path: Path) -> tuple[object, tuple[str, str]]:
    """All that a file of weights holds, and Python: an import, and an expression.

    Raises `UnreadableFile` and `BadInput`.
    """
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path} (in {Path.cwd()}).")
    if path.suffix not in WEIGHTS:
        raise BadInput(f"{path}: weights are in files that end in {', '.join(WEIGHTS)}. Save them as one of these.")
    shown = repr(str(path))
    if path.suffix == ".safetensors":
        return _opened(path), ("import safetensors.torch", f"safetensors.torch.load_file({shown})")
    return _opened(path), ("import torch", f"torch.load({shown}, weights_only=True)")


def _opened(path: Path) -> dict[str, object] | Tensor | object:
    if not path.is_file():
        raise UnreadableFile(f"there is no file {path} (in {Path.cwd()}).")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as reason:
        raise UnreadableFile(
            f"{path} holds Python objects, which are not loaded because they could run code. "
            "Save tensors alone: `torch.save(model.state_dict(), path)`. If you trust a file that holds a whole model, "
            f"name Python that loads it: `def build(): return torch.load({str(path)!r}, weights_only=False)`."
        ) from reason
    except Exception as reason:  # a damaged file makes its reader raise anything
        first = (str(reason).strip().splitlines() or [type(reason).__name__])[0]
        raise UnreadableFile(
            f"{path} cannot be read as {path.suffix} ({first}). Save plain arrays or tensors."
        ) from reason
