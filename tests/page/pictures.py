"""Arrays and inputs as a scene holds them, for its tests."""

import base64
import io

import numpy as np
from PIL import Image

from pushforward.page.schema import Packed, Picture

CODES = {"u8": "<u1", "u16": "<u2", "i16": "<i2", "i32": "<i4", "f32": "<f4"}


def packed(values: np.ndarray, dtype: str) -> Packed:
    raw = np.ascontiguousarray(values.astype(CODES[dtype])).tobytes()
    return {"dtype": dtype, "shape": [*values.shape], "data": base64.b64encode(raw).decode()}  # type: ignore[typeddict-item]


def image(values: np.ndarray, alt: str) -> Picture:
    """Grey values (h, w), 0 … 1, as a picture."""
    file = io.BytesIO()
    Image.fromarray((255 * values.clip(0, 1)).astype(np.uint8)).save(file, "PNG")
    return {"kind": "image", "alt": alt, "url": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()}


def blob(draw: np.random.Generator, side: int = 28) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side
    a, b = draw.uniform(0.2, 0.8, 2)
    return np.exp(-60 * ((x - a) ** 2 + (y - b) ** 2)) + 0.4 * (x > draw.uniform(0.3, 0.9))


def picture(draw: np.random.Generator, kind: str, alt: str) -> Picture:
    if kind == "tokens":
        words = draw.choice(["The", " cat", " sat", " on", " a", " mat", ".", " dog", " ran"], 9)
        return {"kind": "tokens", "alt": alt, "words": [*map(str, words)], "heat": [*map(float, draw.random(9))]}
    if kind == "vector":
        names = ["age", "income", "height", "score", "a feature with a long name", "balance"]
        return {"kind": "vector", "alt": alt, "values": [*map(float, draw.normal(size=6))], "names": names}
    return image(blob(draw), alt)
