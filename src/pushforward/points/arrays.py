"""Arrays of NumPy on disk. How large they are is read from their headers, and believed only if the file is as long."""

import math
import os
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from pushforward.errors import UnreadableFile

# Arrays of more bytes stay on disk and are read by rows.
MAPPED = 2**24
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def npy(path: Path) -> np.ndarray:
    """The array in a file; a large one stays there. Raises `UnreadableFile` if less is there than it declares."""
    size = path.stat().st_size
    with path.open("rb") as file:
        _check(file, size, str(path))
    return np.load(path, mmap_mode="r" if size > MAPPED else None, allow_pickle=False)


def npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays in a file. Raises `UnreadableFile` if they are not there as declared, or larger than the memory."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total = sum(member.file_size for member in members)
        if total > memory():
            raise UnreadableFile(
                f"{path}: its arrays have {total:,} bytes, the memory of this machine has {memory():,}. Save the one "
                "that is needed as .npy, which is read by rows."
            )
        for member in members:
            if member.filename.endswith(".npy"):
                with archive.open(member) as file:
                    _check(file, member.file_size, f"{path}:{member.filename.removesuffix('.npy')}")
    with np.load(path, allow_pickle=False) as contents:
        return dict(contents)


def memory() -> int:
    """Bytes of physical memory; without limit where that is not told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**63


def _check(file: IO[bytes], size: int, name: str) -> None:
    """Raise `UnreadableFile` if an array declares more than the bytes there are."""
    read = HEADERS.get(np.lib.format.read_magic(file))
    if read is None:
        raise UnreadableFile(f"{name} holds an array with named fields. Save one plain array of numbers.")
    shape, _, dtype = read(file)
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or (not dtype.hasobject and needed > size - file.tell()):
        raise UnreadableFile(
            f"{name} declares an array {shape} of {dtype}, {needed:,} bytes, and has {size - file.tell():,}: it is "
            "damaged or was not written to its end. Save it again."
        )
