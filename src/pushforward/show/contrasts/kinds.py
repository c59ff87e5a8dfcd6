"""Which way of looking suits the inputs of a contrast."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.modules import Traversal
from pushforward.page import are_pictures, vocabulary
from pushforward.show.contrasts.pictures import Pictures
from pushforward.show.contrasts.profiles import Profiles
from pushforward.show.contrasts.tokens import Tokens
from pushforward.show.contrasts.view import View


def view_of(traversals: Sequence[Traversal], tokens: Mapping[Any, Any] | Tensor | None = None) -> View:
    """Pictures for images, nearest tokens for embeddings if a vocabulary is given, and lines for all else.

    Raises `BadInput` for a vocabulary that does not fit.
    """
    parts = [structure.moving(t.frames) for t in traversals]
    embedded = [p.get("embedding") for p in parts]
    if all(x is not None and x.ndim == 3 for x in embedded):
        return _embeddings(traversals, [x for x in embedded if x is not None], tokens)
    if tokens is not None:
        raise BadInput(
            "`tokens=`: these inputs are no embeddings of tokens (t, l, d), so no token is near them. Leave it out."
        )
    painted = [name for name, x in parts[0].items() if are_pictures(tuple(x.shape[1:]))]
    if painted:
        return Pictures([p[painted[0]] for p in parts])
    rows = [_flat(p) for p in parts]
    return Profiles(traversals, rows, f"coordinate of the input (d = {rows[0].shape[1]})")


def _embeddings(traversals: Sequence[Traversal], parts: list[Tensor], tokens: Any) -> View:
    if tokens is not None:
        real = [_real(t, x.shape[1]) for t, x in zip(traversals, parts, strict=True)]
        return Tokens(parts, vocabulary(tokens, parts[0].shape[2]), real)
    moved = [(x - x[:1]).float().norm(dim=2).cpu() for x in parts]
    return Profiles(traversals, moved, "token (height: how far it moved)")


def _real(traversal: Traversal, length: int) -> Tensor:
    """Which positions (l,) are no padding; all, where no mask of theirs came with the tokens."""
    mask = structure.leaves(traversal.frames).get("original.attention_mask")
    if mask is None or mask.ndim != 2 or mask.shape[1] != length:
        return torch.ones(length, dtype=torch.bool)
    return mask[0].bool().cpu()


def _flat(parts: dict[str, Tensor]) -> Tensor:
    """All that moves of each frame, end to end.  -> (t, d)"""
    return torch.cat([x.detach().cpu().float().flatten(1) for x in parts.values()], 1)
