"""The arithmetic of attention: its pattern, and which axes a product of weights and values has."""

import math
from typing import Any

import torch
from torch import Tensor


def side(parts: Tensor) -> Tensor:
    """Heads side by side as channels.  (n h T d) -> (n T h·d)"""
    return parts.transpose(1, 2).flatten(2)


def weights(q: Tensor, k: Tensor, mask: Tensor | None, *, causal: bool, scale: float | None) -> Tensor:
    """The pattern of `F.scaled_dot_product_attention`, softmax(q kᵀ · scale + mask); 0 where a query sees no key."""
    scores = q @ grouped(k, q).transpose(-1, -2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if causal:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    elif mask is None:
        return scores.softmax(-1)
    elif mask.dtype == torch.bool:
        hidden = ~mask
    else:
        scores, hidden = scores + mask, mask == -torch.inf
    blind = hidden.all(-1, keepdim=True)
    return scores.masked_fill(hidden, -torch.inf).masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)


def grouped(k: Tensor, q: Tensor) -> Tensor:
    """Keys or values with one head for each of the queries'."""
    if k.ndim < 4 or k.shape[-3] == q.shape[-3]:
        return k
    return k.repeat_interleave(q.shape[-3] // k.shape[-3], dim=-3)


def alike(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors are the same but for rounding; NaN equals NaN."""
    if a.shape != b.shape:
        return False
    scale = float(b.detach().abs().nan_to_num().max()) if b.numel() else 0.0
    return torch.allclose(a, b, rtol=0.0, atol=torch.finfo(b.dtype).eps ** 0.5 * scale, equal_nan=True)


def operands(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Tensor, Tensor] | None:
    """The two tensors that a product multiplies."""
    given = [*args, *kwargs.values()]
    if name == "einsum":
        given = [*given[1]] if isinstance(given[1], tuple | list) else given[1:]
    tensors = [t for t in given if isinstance(t, Tensor)]
    tensors = tensors[1:] if name == "baddbmm" else tensors
    return (tensors[0], tensors[1]) if len(tensors) == 2 else None


def turned(equation: str) -> str:
    """The same einsum with its two operands exchanged."""
    (a, b), out = equation.split("->")[0].split(","), equation.split("->")[-1]
    return f"{b},{a}->{out}"


def order_of(equation: object, P: Tensor, v: Tensor) -> tuple[list[int], list[int]] | None:
    """How to permute weights to (.., query, key), and the result of an einsum to (.., query, channel)."""
    if not isinstance(equation, str) or equation.count("->") != 1 or equation.count(",") != 1:
        return None
    given, out = equation.replace(" ", "").split("->")
    p, values = given.split(",")
    dots = "ABCDEFGH"[: max(P.ndim - len(p.replace("...", "")), v.ndim - len(values.replace("...", "")), 0)]
    p, values, out = (part.replace("...", dots) for part in (p, values, out))
    others = [c for c in p[:-1] if c not in values]
    channels = [c for c in values if c not in p]
    if p[-1] not in values or p[-1] in out or not others or len(channels) != 1:
        return None
    rows = [c for c in p[:-1] if c != others[-1]] + [others[-1]]
    if sorted((*rows, *channels)) != sorted(out):
        return None
    return [p.index(c) for c in (*rows, p[-1])], [out.index(c) for c in (*rows, *channels)]
