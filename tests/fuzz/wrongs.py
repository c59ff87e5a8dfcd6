"""What may be given instead of the right argument."""

import datetime
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


class Unusual:
    """An object of nobody's."""


class UsersOwn(Exception):
    """What a function of the user raises: it comes through as it is."""


def raising(*_: object, **__: object) -> None:
    raise UsersOwn


def as_tensor(right: Any) -> Tensor:
    """Something like the right argument, so that only one thing about it is wrong."""
    if isinstance(right, Tensor):
        return right.detach().clone()
    if isinstance(right, tuple | list) and right and all(isinstance(part, Tensor) for part in right):
        return right[0].detach().clone()
    return torch.linspace(0.1, 1, 12).reshape(3, 4)


def floats(right: Any) -> Tensor:
    t = as_tensor(right)
    return t if t.is_floating_point() else t.float()


def filled(value: float) -> Callable[[Any], Tensor]:
    """One number of many is wrong."""

    def fill(right: Any) -> Tensor:
        t = floats(right)
        if t.numel():
            t.view(-1)[t.numel() // 2] = value
        return t

    return fill


def cast(dtype: torch.dtype) -> Callable[[Any], Tensor]:
    return lambda right: floats(right).to(dtype)


def array(dtype: Any) -> Callable[[Any], np.ndarray]:
    return lambda right: floats(right).numpy().astype(dtype)


PLAIN: dict[str, Callable[[Any], Any]] = {
    "None": lambda _: None,
    "True": lambda _: True,
    "False": lambda _: False,
    "zero": lambda _: 0,
    "one": lambda _: 1,
    "minus one": lambda _: -1,
    "minus many": lambda _: -(2**40),
    "2**64": lambda _: 2**64,
    "2**200": lambda _: 2**200,
    "half": lambda _: 0.5,
    "1.5": lambda _: 1.5,
    "minus half": lambda _: -0.5,
    "tiny": lambda _: 1e-300,
    "1e30": lambda _: 1e30,
    "nan": lambda _: math.nan,
    "inf": lambda _: math.inf,
    "minus inf": lambda _: -math.inf,
    "complex": lambda _: 1 + 2j,
    "numpy integer": lambda _: np.int64(3),
    "numpy float": lambda _: np.float32(0.5),
    "numpy bool": lambda _: np.bool_(True),
    "empty string": lambda _: "",
    "string": lambda _: "no such thing",
    "long string": lambda _: "x" * 5000,
    "NUL": lambda _: "a\0b",
    "bytes": lambda _: b"bytes",
    "path to nowhere": lambda _: Path("nowhere") / "at" / "all.safetensors",
    "empty list": lambda _: [],
    "list": lambda _: [1, 2],
    "list of strings": lambda _: ["a", "b"],
    "list of None": lambda _: [None, None],
    "ragged list": lambda _: [[1.0, 2.0], [3.0]],
    "tuple": lambda _: (1, -2),
    "empty tuple": lambda _: (),
    "empty dict": lambda _: {},
    "dict": lambda _: {"a": 1},
    "dict of rubbish": lambda _: {1: None, "b": object()},
    "set": lambda _: {1, 2},
    "range": lambda _: range(3),
    "iterator": lambda _: iter([1, 2]),
    "slice": lambda _: slice(0, 2),
    "function": lambda _: lambda *a, **k: None,
    "identity": lambda _: lambda x, *a, **k: x,
    "raising function": lambda _: raising,
    "type": lambda _: int,
    "tensor type": lambda _: Tensor,
    "module": lambda _: nn.Linear(7, 5),
    "identity module": lambda _: nn.Identity(),
    "object": lambda _: Unusual(),
    "exception": lambda _: ValueError("no"),
    "date": lambda _: datetime.date(2020, 1, 1),
    "dtype": lambda _: torch.float32,
    "device": lambda _: torch.device("meta"),
    "generator": lambda _: torch.Generator().manual_seed(0),
}
TENSORS: dict[str, Callable[[Any], Any]] = {
    "empty": lambda right: floats(right)[:0] if floats(right).ndim else torch.zeros(0),
    "no columns": lambda right: floats(right).reshape(-1)[:0].reshape(3, 0),
    "scalar": lambda _: torch.tensor(1.0),
    "one number": lambda _: torch.tensor([2.0]),
    "flat": lambda right: floats(right).reshape(-1),
    "one more axis": lambda right: floats(right)[None],
    "wider": lambda right: torch.cat([floats(right)] * 2, -1) if floats(right).ndim else torch.zeros(2),
    "longer": lambda right: torch.cat([floats(right)] * 2) if floats(right).ndim else torch.zeros(2),
    "five axes": lambda _: torch.zeros(2, 1, 1, 1, 3),
    "transposed": lambda right: floats(right).T if floats(right).ndim == 2 else floats(right)[..., None],
    "zeros": lambda right: torch.zeros_like(floats(right)),
    "constant": lambda right: torch.full_like(floats(right), 3.0),
    "huge": lambda right: floats(right) * 1e30,
    "small": lambda right: floats(right) * 1e-30,
    "negative": lambda right: -floats(right).abs(),
    "with NaN": filled(math.nan),
    "with infinity": filled(math.inf),
    "all NaN": lambda right: torch.full_like(floats(right), math.nan),
    "float64": cast(torch.float64),
    "float16": cast(torch.float16),
    "bfloat16": cast(torch.bfloat16),
    "fp8": cast(torch.float8_e4m3fn),
    "int64": cast(torch.int64),
    "int8": cast(torch.int8),
    "uint8": cast(torch.uint8),
    "uint16": cast(torch.uint16),
    "bool": cast(torch.bool),
    "complex64": cast(torch.complex64),
    "complex, imaginary": lambda right: floats(right) * 1j,
    "meta": lambda right: floats(right).to("meta"),
    "sparse": lambda right: floats(right).to_sparse(),
    "csr": lambda right: torch.eye(4).to_sparse_csr(),
    "quantised": lambda right: torch.quantize_per_tensor(floats(right), 0.1, 0, torch.qint8),
    "nested": lambda _: torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
    "with gradient": lambda right: floats(right).requires_grad_(),
    "strided": lambda right: torch.stack([floats(right)] * 2, -1)[..., 0],
    "parameter": lambda right: nn.Parameter(floats(right)),
    "array": array(np.float32),
    "array float64": array(np.float64),
    "array big-endian": array(">f4"),
    "array float16": array(np.float16),
    "array longdouble": array(np.longdouble),
    "array complex": array(np.complex64),
    "array int": array(np.int32),
    "array uint16": array(np.uint16),
    "array object": array(object),
    "array of dates": lambda _: np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    "array of strings": lambda _: np.array(["a", "b"]),
    "array record": lambda _: np.zeros(3, dtype=[("a", "f4"), ("b", "i4")]),
    "array masked": lambda right: np.ma.masked_array(floats(right).numpy(), mask=floats(right).numpy() > 0),
    "array Fortran": lambda right: np.asfortranarray(floats(right).numpy()),
    "array reversed": lambda right: floats(right).numpy()[..., ::-1] if floats(right).ndim else np.zeros(2)[::-1],
    "array empty": lambda _: np.zeros((0, 3), dtype=np.float32),
    "array read-only": lambda right: np.broadcast_to(floats(right).numpy(), floats(right).shape),
    "list of tensors": lambda right: [floats(right), floats(right)],
    "list of unlike tensors": lambda _: [torch.zeros(2), torch.zeros(3)],
    "tuple of tensors": lambda right: (floats(right), floats(right)),
    "dict of tensors": lambda right: {"a": floats(right)},
    "rows as lists": lambda right: floats(right).tolist(),
}
WRONGS = PLAIN | TENSORS
"""By a name: from the right argument to another one."""
INFINITE = {"nan", "inf", "minus inf", "with NaN", "with infinity", "all NaN", "huge", "1e30", "complex, imaginary"}
"""After which NaN is no surprise: not finite, or beyond float32 when squared."""
