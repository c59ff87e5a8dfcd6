"""The files that ship inside the package, read without pickle."""

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
import safetensors
import safetensors.torch
from torch import Tensor

from pushforward.errors import UnreadableFile

FOLDER = Path(__file__).parent / "data"


def unreadable(name: str, why: object) -> UnreadableFile:
    """The error for a file of the package that is missing or damaged; the cure is always the same."""
    return UnreadableFile(
        f"`{FOLDER / name}`: this file of the package cannot be used ({why}). "
        "It should be as it was installed: reinstall pushforward."
    )


def arrays(name: str) -> dict[str, np.ndarray]:
    """The arrays of an embedded `.npz` file."""
    try:
        with np.load(io.BytesIO(_content(name)), allow_pickle=False) as file:
            return dict(file)
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise unreadable(name, error) from error


def weights(name: str) -> dict[str, Tensor]:
    """The tensors of an embedded `.safetensors` file."""
    content = _content(name)
    try:
        return safetensors.torch.load(content)
    except safetensors.SafetensorError as error:
        raise unreadable(name, error) from error


def _content(name: str) -> bytes:
    try:
        return (FOLDER / name).read_bytes()
    except OSError as error:
        raise unreadable(name, error.strerror) from error
