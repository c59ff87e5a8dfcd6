"""One set of points in every form in which data come."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset


class Items(Dataset):
    """Items of a data set, with a label each if there are `labels`."""

    def __init__(self, X, labels=None):
        self.X, self.labels = X, labels

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i] if self.labels is None else (self.X[i], self.labels[i])


class Passing(IterableDataset):
    """Items that come one after the other."""

    def __init__(self, X):
        self.X = X

    def __iter__(self):
        return iter(self.X)


class Again:
    """Batches, as often as asked."""

    def __init__(self, X, size=37):
        self.X, self.size = X, size

    def __iter__(self):
        return iter(self.X.split(self.size))


def _npz(X, path):
    np.savez(path / "x.npz", x=X.numpy(), y=np.zeros(3))
    return f"{path / 'x.npz'}:x"


def _csv(X, path):
    np.savetxt(path / "x.csv", X.numpy(), fmt="%.9g", delimiter=",", header="a,b,c,d", comments="")
    return path / "x.csv"


def _npy(X, path):
    np.save(path / "x.npy", X.numpy())
    return path / "x.npy"


def _safetensors(X, path):
    save_file({"x": X.contiguous()}, path / "x.safetensors")
    return str(path / "x.safetensors")


def _frame(X, path):
    import pandas

    return pandas.DataFrame(X.numpy(), columns=list("abcd"))


def _parquet(X, path):
    _frame(X, path).to_parquet(path / "x.parquet")
    return path / "x.parquet"


FORMS = {
    "array": lambda X, path: X.numpy(),
    "list of tensors": lambda X, path: list(X),
    "list of arrays": lambda X, path: list(X.numpy()),
    "lists of numbers": lambda X, path: X.tolist(),
    "pairs in a list": lambda X, path: [(x, 1) for x in X],
    "data set": lambda X, path: Items(X),
    "labelled data set": lambda X, path: Items(X, labels=list(range(len(X)))),
    "tensor data set": lambda X, path: TensorDataset(X, torch.ones(len(X), 1)),
    "iterable data set": lambda X, path: Passing(X),
    "loader": lambda X, path: DataLoader(Items(X), batch_size=50),
    "labelled loader": lambda X, path: DataLoader(TensorDataset(X, torch.ones(len(X), 1)), batch_size=50),
    "iterator": lambda X, path: iter(X.split(41)),
    "iterable": lambda X, path: Again(X),
    ".npy": _npy,
    ".npz": _npz,
    ".csv": _csv,
    ".safetensors": _safetensors,
}
"""By name: what makes the form of points (n, 4), given a folder."""
TABLES = {"frame": _frame, ".parquet": _parquet}
"""The same, where pandas is installed."""
LAYOUTS = {
    "columns first": lambda X: X.T.contiguous().T,
    "every second row": lambda X: X.repeat_interleave(2, 0)[::2],
    "of a wider tensor": lambda X: torch.cat([X, X], 1)[:, : X.shape[1]],
    "Fortran": lambda X: np.asfortranarray(X.numpy()),
    "backwards": lambda X: X.numpy()[::-1].copy()[::-1],
    "read-only": lambda X: _frozen(X.numpy().copy()),
    "big-endian": lambda X: X.numpy().astype(">f4"),
}
"""By name: the same numbers laid out otherwise."""


def _frozen(x):
    x.flags.writeable = False
    return x


def structures(X: Tensor) -> dict[str, object]:
    """Points (n, 4) as two inputs of one network, in the forms that can hold several."""
    a, b = X[:, :2], X[:, 2:]
    return {
        "tuple": (a, b),
        "tuple of arrays": (a.numpy(), b.numpy()),
        "dict": {"0": a, "1": b},
        "mapping": OrderedDict([("0", a.numpy()), ("1", b)]),
        "data set of dicts": Items([{"0": x, "1": y} for x, y in zip(a, b, strict=True)]),
        "loader of dicts": DataLoader(Items([{"0": x, "1": y} for x, y in zip(a, b, strict=True)]), batch_size=50),
        "pairs with labels": Items(list(zip(a, b, strict=True)), labels=list(range(len(X)))),
    }


def images(path: Path, count: int = 5, mode: str = "L") -> Tensor:
    """Images in a folder, and what is to be read of them (n c h w)."""
    from PIL import Image

    shape = (count, 6, 8) if mode == "L" else (count, 6, 8, 3)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for i, one in enumerate(pixels):
        Image.fromarray(one).save(path / f"image{i}.png")
    (path / "notes.txt").write_text("no image")
    values = torch.from_numpy(pixels).float() / 255
    return values[:, None] if mode == "L" else values.movedim(-1, 1)
