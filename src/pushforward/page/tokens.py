"""Embeddings as the nearest tokens of a vocabulary."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.errors import BadInput, WrongType

# Positions that are compared with a vocabulary at once.
CHUNK = 64


class Vocabulary(NamedTuple):
    """Names of tokens, and their vectors (v, d)."""

    names: tuple[str, ...]
    vectors: Tensor


def vocabulary(tokens: Mapping[Any, Any] | Tensor, size: int) -> Vocabulary:
    """The tokens that were given: vectors by name, or an embedding matrix (v, d), its rows named by number.

    Raises `WrongType` for what is neither, such as a tokenizer; `BadInput` if the vectors do not have `size` numbers.
    """
    if not isinstance(tokens, Mapping | Tensor | np.ndarray):
        raise WrongType(
            f"`tokens=`: names with their vectors, or the embedding matrix (v, {size}), are needed, not a "
            f"{type(tokens).__name__}. Give `pf.text(...).tokens` or `model.get_input_embeddings().weight`."
        )
    if isinstance(tokens, Mapping):
        names = tuple(map(str, tokens))
        parts = [torch.as_tensor(v).detach().float().cpu().reshape(-1) for v in tokens.values()]
        alike = len({len(v) for v in parts}) == 1
        rows = torch.stack(parts) if alike else torch.zeros(0)
    else:
        rows = torch.as_tensor(tokens).detach().float().cpu()
        names = tuple(map(str, range(len(rows))))
    if rows.ndim != 2 or rows.shape[1] != size or len(rows) == 0:
        raise BadInput(
            f"`tokens=`: {len(names)} vectors of shape {tuple(rows.shape)} were given; the embeddings moved here have "
            f"{size} numbers. Give `{{name: vector}}` or the embedding matrix, (v, {size})."
        )
    return Vocabulary(names, rows)


def nearest(x: Tensor, vectors: Tensor) -> Tensor:
    """The number of the nearest vector for each position of each frame.  (t l d) -> (t l)"""
    flat = x.detach().cpu().to(vectors).flatten(0, 1)
    return torch.cat([torch.cdist(part, vectors).argmin(1) for part in flat.split(CHUNK)]).reshape(x.shape[:2])
