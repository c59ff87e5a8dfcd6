"""Nested results on disk: every tensor by its path, the rest as JSON; nothing is unpickled."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pushforward.store import load, save


def write(result: Any, path: str | Path, kind: str) -> Path:
    """Write a dataclass of tensors, numbers, strings, tuples, dicts and dataclasses of these, atomically."""
    tensors: dict[str, Tensor] = {}
    return save(path, tensors, {"kind": kind, "content": _outline(result, tensors)})


def read(path: str | Path, kind: str, kinds: dict[str, type]) -> Any:
    """Read what `write` wrote, with the dataclasses named in `kinds`."""
    tensors, header = load(path, kind)
    return _filled(header["content"], tensors, kinds)


def _outline(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, np.ndarray):
        value = torch.as_tensor(value)
    if isinstance(value, Tensor):
        name = str(len(tensors))
        tensors[name] = value.clone()  # files hold no two names of one memory
        return {"tensor": name}
    if is_dataclass(value):
        held = {f.name: _outline(getattr(value, f.name), tensors) for f in fields(value)}
        return {"of": type(value).__name__, "fields": held}
    if isinstance(value, tuple | list):
        return {"tuple": [_outline(part, tensors) for part in value]}
    if isinstance(value, dict):
        return {"dict": {key: _outline(part, tensors) for key, part in value.items()}}
    return value


def _filled(outline: Any, tensors: dict[str, Tensor], kinds: dict[str, type]) -> Any:
    if not isinstance(outline, dict):
        return outline
    if "tensor" in outline:
        return tensors[outline["tensor"]]
    if "of" in outline:
        return kinds[outline["of"]](**{k: _filled(v, tensors, kinds) for k, v in outline["fields"].items()})
    if "tuple" in outline:
        return tuple(_filled(part, tensors, kinds) for part in outline["tuple"])
    return {key: _filled(part, tensors, kinds) for key, part in outline["dict"].items()}
