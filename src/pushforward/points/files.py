"""Data on disk: arrays, tables, folders of images. Nothing is unpickled."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from pushforward import store
from pushforward.errors import BadInput, MissingPackage, PushforwardError, UnreadableFile
from pushforward.points.arrays import MAPPED, npy, npz
from pushforward.points.items import picture, table
from pushforward.points.labels import warn

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
ROWS = 2**14
"""Rows of a large table that are read together."""
# Files that hold points, by their endings.
ARRAYS = (".npy", ".npz", ".safetensors", ".csv", ".parquet")
HOW = "Give a folder of images, or a file that ends in " + ", ".join(ARRAYS)


class Place(NamedTuple):
    """A file or folder, and the key of one of its arrays."""

    path: Path
    key: str | None

    def __str__(self) -> str:
        return f"{self.path}" if self.key is None else f"{self.path}:{self.key}"


Contents: TypeAlias = "Tensor | np.ndarray | Table | dict[str, np.ndarray] | dict[str, Tensor]"


def place(name: str | os.PathLike[str]) -> Place | None:
    """Where `folder`, `file.npy` or `file.npz:key` is; None for what is no folder and no file of points."""
    whole = Path(name)
    try:
        folder = whole.is_dir()
    except OSError:  # a name that is too long for any file
        return None
    if folder or whole.suffix.lower() in ARRAYS:
        return Place(whole, None)
    file, colon, key = os.fspath(name).rpartition(":")
    if colon and Path(file).suffix.lower() in ARRAYS:
        return Place(Path(file), key or None)
    return None


def opened(name: str | os.PathLike[str]) -> "Tensor | np.ndarray | Table | Folder":
    """What is there: an array, or a data set of images. Raises `UnreadableFile`, `BadInput` and `MissingPackage`."""
    where = place(name)
    if where is None:
        raise _unknown(Path(name))
    if where.path.is_dir():
        return Folder(where.path)
    if not where.path.is_file():
        raise UnreadableFile(f"there is no file {where.path} (in {Path.cwd()}). {HOW}.")
    contents = _read(where.path)
    if isinstance(contents, dict):
        return contents[chosen(where, list(contents))]
    if where.key is not None:
        raise BadInput(f"`{where}`: this file holds one array without a name. Write `{where.path}`.")
    return contents


def _read(path: Path) -> "Contents":
    try:
        return READERS[path.suffix.lower()](path)
    except PushforwardError:
        raise
    except Exception as reason:  # a damaged file makes its reader raise anything
        raise UnreadableFile(
            f"{path} cannot be read as {path.suffix} ({_first(reason)}). Save plain arrays or tensors."
        ) from reason


def chosen(where: Place, names: list[str]) -> str:
    """The array that is meant. Raises `BadInput` where there are several, or not this one."""
    if where.key is None and len(names) == 1:
        return names[0]
    if where.key in names:
        return where.key
    there = ", ".join(names) or "none"
    if where.key is None:
        first = names[0] if names else "name"
        raise BadInput(f"{where.path} holds several arrays: {there}. Say which: `{where.path}:{first}`.")
    raise BadInput(f"`{where}`: there is no array {where.key!r}. There are: {there}.")


class Folder(Dataset[Tensor]):
    """The images of a folder, sorted by name, with values 0 … 1: points (c, h, w), of which grey ones have one channel.

    Raises `BadInput` if there are none, and when one of another size is reached.
    """

    def __init__(self, path: Path):
        self.path = path
        self.files = sorted(
            file for file in path.iterdir() if file.suffix.lower() in PICTURES and not file.name.startswith(".")
        )
        if not self.files:
            below = [inner.name for inner in sorted(path.iterdir()) if inner.is_dir()]
            where = f" It has folders, such as {below[0]!r}: give one of them." if below else ""
            raise BadInput(
                f"the folder {path} holds no images: files that end in {', '.join(PICTURES)} are needed.{where}"
            )
        self.shape: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> Tensor:
        """Image number i."""
        values = _picture(self.files[i])
        self.shape = self.shape or tuple(values.shape)
        if tuple(values.shape) != self.shape:
            raise BadInput(
                f"the images of {self.path} have different sizes: {self.shape} and, in {self.files[i].name}, "
                f"{tuple(values.shape)} (channels, height, width). Bring them to one size and kind, "
                "`image.convert('RGB').resize((64, 64))`."
            )
        return values


def _picture(path: Path) -> Tensor:
    try:
        from PIL import Image
    except ImportError as reason:
        raise MissingPackage(f"{path}: reading images needs Pillow: `pip install pillow`.") from reason
    try:
        with Image.open(path) as image:
            return picture(image)
    except Exception as reason:  # a damaged file makes its reader raise anything
        raise UnreadableFile(
            f"{path} cannot be read as an image ({_first(reason)}). Remove or save it anew."
        ) from reason


def _safetensors(path: Path) -> dict[str, Tensor]:
    import safetensors.torch

    kind = store.kind(path)
    if kind is not None:
        raise BadInput(f"{path} holds a {kind} of pushforward and no points. Open it with `pf.load({str(path)!r})`.")
    return safetensors.torch.load_file(path)


def _parquet(path: Path) -> "Tensor | Table":
    try:
        import pandas  # pyright: ignore[reportMissingImports]

        if path.stat().st_size > MAPPED:
            return Table(path)
        return table(pandas.read_parquet(path))
    except ImportError as reason:
        raise MissingPackage(
            f"{path}: reading .parquet needs pandas and pyarrow: `pip install pandas pyarrow`. Or save it as .csv or "
            ".npy."
        ) from reason


class Table:
    """The rows of a large .parquet, some at a time, in one precision: batches (n, columns).

    Raises `BadInput` for columns that are not numbers.
    """

    def __init__(self, path: Path):
        from pyarrow import parquet  # pyright: ignore[reportMissingImports]

        self.file = parquet.ParquetFile(path)
        self.dtype = table(self.file.schema_arrow.empty_table().to_pandas()).dtype

    def __iter__(self) -> Iterator[Tensor]:
        for part in self.file.iter_batches(ROWS):
            yield table(part.to_pandas()).to(self.dtype)


def _csv(path: Path) -> Tensor:
    """Rows of numbers in the precision of `torch.get_default_dtype()`; a first line of names is passed over.

    A first column without a name, as pandas writes it, holds the numbers of the rows and is left out.
    """
    with path.open(encoding="utf-8-sig") as file:
        head = file.readline().rstrip("\r\n")
    marks = [mark for mark in ",;\t" if mark in head]
    names = [name.strip().strip('"') for name in (head.split(marks[0]) if marks else head.split())]
    named = not all(_number(name) for name in names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # numpy's, of a file without rows
        rows = np.loadtxt(
            path, delimiter=marks[0] if marks else None, skiprows=int(named), ndmin=2, encoding="utf-8-sig"
        )
    if named and names[0] == "" and rows.shape[1] == len(names) > 1:
        warn(f"{path}: the first column has no name: it was taken for numbers of rows and left out.")
        rows = rows[:, 1:]
    return torch.from_numpy(rows).to(torch.get_default_dtype())


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


READERS: dict[str, Callable[[Path], "Contents"]] = {
    ".npy": npy,
    ".npz": npz,
    ".safetensors": _safetensors,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _first(reason: Exception) -> str:
    return (str(reason).strip().splitlines() or [type(reason).__name__])[0]


def _unknown(path: Path) -> BadInput | UnreadableFile:
    if path.suffix.lower() in (".pt", ".pth", ".pkl", ".pickle"):
        return UnreadableFile(
            f"{path} can hold Python objects, which could run code: it is not opened. Read it yourself, "
            f"`torch.load({str(path)!r}, weights_only=True)`, and give what it holds, or save that as .npy or "
            ".safetensors."
        )
    if not _exists(path):
        return UnreadableFile(f"there is no file or folder {path} (in {Path.cwd()}). {HOW}.")
    if path.suffix.lower() in PICTURES:
        return BadInput(f"{path} is one image; many points are needed. Give the folder they are in.")
    return BadInput(f"{path}: points cannot be read from such a file. {HOW}.")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no file can have this name
        return False
