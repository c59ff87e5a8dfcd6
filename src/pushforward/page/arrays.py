"""Numbers as they travel in a scene: arrays as base64 of little-endian numbers, single ones with six digits or None."""

import base64
import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
from torch import Tensor

from pushforward.page.schema import Packed

Dtype = Literal["u8", "u16", "i16", "i32", "f32"]
KINDS: dict[Dtype, str] = {"u8": "<u1", "u16": "<u2", "i16": "<i2", "i32": "<i4", "f32": "<f4"}


def packed(values: Tensor, dtype: Dtype) -> Packed:
    """An array of any shape; whole numbers that do not fit the type are an error of the caller's.

    >>> import torch
    >>> packed(torch.tensor([[1, -1]]), "i16")
    {'dtype': 'i16', 'shape': [1, 2], 'data': 'AQD//w=='}
    """
    rows = values.detach().cpu().numpy()
    cast = np.ascontiguousarray(rows.astype(KINDS[dtype]))
    assert dtype == "f32" or bool((cast == rows).all()), f"{dtype} does not hold {rows.min()} … {rows.max()}"
    return Packed(dtype=dtype, shape=list(cast.shape), data=base64.b64encode(cast.tobytes()).decode())


def unpacked(array: Packed) -> np.ndarray:
    """The inverse of `packed`."""
    return np.frombuffer(base64.b64decode(array["data"]), KINDS[array["dtype"]]).reshape(array["shape"])


def shares(values: Tensor, most: float = 1.0) -> Packed:
    """Numbers in [0, most] as 0 … 255; what is outside is cut off."""
    return packed((values.double() * (255 / most)).round().clamp(0, 255), "u8")


def finite(value: float) -> float | None:
    """A number with six digits; None for NaN and infinity, for which JSON has no form.

    >>> finite(1 / 3), finite(float("nan"))
    (0.333333, None)
    """
    return float(f"{value:.6g}") if math.isfinite(value) else None


def digits(value: float) -> float:
    """A finite number with six digits."""
    assert math.isfinite(value), value
    return float(f"{value:.6g}")


def row(values: Tensor | Iterable[float]) -> list[float]:
    """Finite numbers as a list."""
    return [digits(v) for v in (values.tolist() if isinstance(values, Tensor) else values)]


def loose(values: Tensor | Iterable[float]) -> list[float | None]:
    """Numbers as a list, None where they are not finite."""
    return [finite(v) for v in (values.tolist() if isinstance(values, Tensor) else values)]
