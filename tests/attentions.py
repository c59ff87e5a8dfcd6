"""Attention written in several ways, each of them a module, and the same by hand."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

from parts import Module, normal

T, HEADS, D = 5, 2, 4
WIDTH = HEADS * D
X = normal(3, T, WIDTH, seed=1)
HIDDEN = torch.ones(T, T, dtype=torch.bool).triu(1)


def split(t: Tensor, heads: int = HEADS) -> Tensor:
    return t.unflatten(-1, (heads, -1)).transpose(1, 2)  # (n T h·d) -> (n h T d)


def merge(t: Tensor) -> Tensor:
    return t.transpose(1, 2).flatten(2)


def by_hand(self: nn.Module, x: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Pattern (n, h, T, T) and what the heads give (n, T, h·d)."""
    q, k, v = (split(layer(x)) for layer in (self.q, self.k, self.v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(D)
    P = (scores if hidden is None else scores.masked_fill(hidden, -torch.inf)).softmax(-1)
    return P, merge(P @ v)


def eager(self: Any, x: Tensor) -> Tensor:
    q, k, v = (split(layer(x)) for layer in (self.q, self.k, self.v))
    scores = torch.matmul(q, k.transpose(-1, -2)) * D**-0.5
    P = self.drop(F.softmax(scores.masked_fill(HIDDEN, -torch.inf), dim=-1).to(x.dtype))
    return self.out(torch.matmul(P, v).transpose(1, 2).contiguous().reshape(x.shape))


def fused(**options: Any) -> Any:
    def run(self: Any, x: Tensor) -> Tensor:
        q, k, v = (split(layer(x)) for layer in (self.q, self.k, self.v))
        return self.out(F.scaled_dot_product_attention(q, k, v, **options).transpose(1, 2).flatten(2))

    return run


def einsums(self: Any, x: Tensor) -> Tensor:
    q, k, v = (layer(x).unflatten(-1, (HEADS, D)) for layer in (self.q, self.k, self.v))  # (n T h d)
    P = (torch.einsum("bqhd,bkhd->bhqk", q, k) / D**0.5).softmax(-1)
    return self.out(torch.einsum("bhqk,bkhd->bqhd", P, v).flatten(2))


def dotted(self: Any, x: Tensor) -> Tensor:
    q, k, v = (split(layer(x)) for layer in (self.q, self.k, self.v))
    P = torch.einsum("... i d, ... j d -> ... i j", q, k).mul(D**-0.5).softmax(dim=-1)
    return (
        torch.einsum("bihd,hdm->bim", merged_by_head(P, v), self.out.weight.T.unflatten(0, (HEADS, D))) + self.out.bias
    )


def merged_by_head(P: Tensor, v: Tensor) -> Tensor:
    return torch.einsum("... j d, ... i j -> ... i d", v, P).transpose(1, 2)


def together(heads_first: bool) -> Any:
    """Inputs and heads in one axis, either of them first."""

    def run(self: Any, x: Tensor) -> Tensor:
        swap = (lambda t: t.transpose(0, 1)) if heads_first else (lambda t: t)
        q, k, v = (swap(split(layer(x))).reshape(-1, T, D) for layer in (self.q, self.k, self.v))
        P = torch.bmm(q, k.transpose(1, 2)).div(D**0.5).softmax(-1)
        y = torch.bmm(P, v).unflatten(0, (HEADS, -1) if heads_first else (-1, HEADS))
        return self.out(merge(swap(y)))

    return run


def model(run: Any, **parts: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    layers = {name: nn.Linear(WIDTH, WIDTH) for name in ("q", "k", "v", "out")}
    return nn.ModuleDict({"attn": Module(run, drop=nn.Dropout(0.1), **layers, **parts)}).eval()


class Wrapped(nn.Module):
    def __init__(self, run: Any):
        super().__init__()
        self.attn = model(run)["attn"]

    def forward(self, x: Tensor) -> Tensor:
        return self.attn(x).tanh()


def encoder(depth: int = 3) -> nn.TransformerEncoder:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 12, 0.0, batch_first=True)
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False).eval()
