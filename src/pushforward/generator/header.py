"""What the file of a generator says of it, checked before anything is built from it."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Literal

from torch import Tensor

from pushforward.errors import UnreadableFile
from pushforward.generator.networks import Architecture, are_images
from pushforward.latents import Latent
from pushforward.schema import mismatch

Reads = Literal["z", "features"]
"""What a network reads: latent points or their features."""
PARTS = ("network", "encoder")


@dataclass(frozen=True)
class Header:
    """The fields of a header, as JSON."""

    latent: dict[str, object]
    parts: dict[str, str]
    architecture: dict[str, object] | None
    shape: list[int]
    residual_scale: float
    reads: Reads
    raw: bool
    ours: list[str]
    settings: dict[str, object]
    quality: dict[str, object] | None
    law: dict[str, object] | None = None
    tolerance: float | None = None


def checked(path: str | Path, header: Mapping[str, object], tensors: Mapping[str, Tensor], columns: int) -> Header:
    """The header. Raises `UnreadableFile` where types, ranges, shapes or numbers are impossible."""
    needed = [f.name for f in fields(Header) if f.default is MISSING]
    missing = [*(name for name in needed if name not in header), *({"offset", "scale", "history"} - tensors.keys())]
    if missing:
        raise damaged(path, f"it has no {missing[0]!r}")
    own = Header(**{f.name: header[f.name] for f in fields(Header) if f.name in header})  # pyright: ignore[reportArgumentType]
    wrong = mismatch(Header, own) or _out_of_range(own) or _wrong_tensors(own, tensors, columns)
    if wrong is not None:
        raise damaged(path, wrong)
    return own


def damaged(path: str | Path, reason: str) -> UnreadableFile:
    """The error that says what keeps a file from holding a generator."""
    return UnreadableFile(f"{path} is damaged: it holds no whole Generator ({reason}). Save it again.")


def _out_of_range(own: Header) -> str | None:
    if not own.shape or min(own.shape) < 1:
        return f"its shape is {own.shape}"
    if not 0 <= own.residual_scale < math.inf:
        return f"its residual is {own.residual_scale}"
    if own.tolerance is not None and not 0 <= own.tolerance < math.inf:
        return f"its tolerance is {own.tolerance}"
    if not {"network"} <= set(own.parts) <= set(PARTS) or not set(own.ours) <= set(own.parts):
        return f"its parts are {sorted(own.parts)}, of ours {own.ours}"
    return None


def _wrong_tensors(own: Header, tensors: Mapping[str, Tensor], columns: int) -> str | None:
    offset, scale, history = (tensors[name] for name in ("offset", "scale", "history"))
    if offset.shape not in ((), tuple(own.shape)) or scale.numel() != 1 or not scale > 0 or not scale.isfinite():
        return f"its scaling is {tuple(offset.shape)} and {scale.flatten()[:3].tolist()}"
    if history.ndim != 2 or history.shape[1] != columns:
        return f"its history is {tuple(history.shape)}"
    for name, t in tensors.items():
        ours = name == "offset" or name.partition(".")[0] in (*own.ours, "tilt")
        if t.isnan().any() or (ours and not t.isfinite().all()):
            return f"{name!r} is NaN or infinite"
    return None


def architecture(own: Header, latent: Latent, tensors: Mapping[str, Tensor]) -> Architecture | None:
    """The sizes of the default networks: such that their weights can be those in the file.

    Raises what comes of impossible ones, and `ValueError`.
    """
    if own.architecture is None:
        return None
    made = Architecture(**own.architecture | {"shape": tuple(own.shape)})  # pyright: ignore[reportArgumentType]
    wrong = mismatch(Architecture, made)
    count = sum(t.numel() for t in tensors.values())
    hidden = made.hidden if are_images(made.shape) else 0
    largest = max(made.width**2, made.width * hidden, math.prod(made.shape), latent.feature_count, latent.code_count)
    if wrong or own.architecture.get("shape") != own.shape or min(made.width, made.hidden) < 1:
        raise ValueError(wrong or f"its sizes are {own.architecture}")
    if own.ours and largest > count:
        raise ValueError(f"networks of {made} have more than its {count} weights")
    return made
