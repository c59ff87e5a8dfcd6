"""A transformer from plain matrices: residual stream, heads whose value channels have any order, an MLP a block."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from pushforward.rng import generator, normal, permutation, rotation
from truths.plans import BIAS, activation
from truths.truth import Truth, Unit


@dataclass(frozen=True, eq=False)
class Weights:
    """What one block is made of: h heads, c value channels, u units of the MLP, residual stream of D numbers.

    `Q`, `K` (h, D, k); `V` (D, c) and back `P` (c, D); `owner` (c,) the head of each value channel; `causal` (h,) whether it
    sees only what came before; `W` (D, u); `b` (u,); back `U` (u, D).
    """

    Q: Tensor
    K: Tensor
    V: Tensor
    P: Tensor
    owner: Tensor
    causal: Tensor
    W: Tensor
    b: Tensor
    U: Tensor


class Block(nn.Module):
    """Attention and MLP that add to the residual stream; `mix` is what heads hand on, `act` the units of the MLP."""

    def __init__(self, weights: Weights, act: str):
        super().__init__()
        for name, value in vars(weights).items():
            self.register_buffer(name, value)
        self.mix, self.act = nn.Identity(), activation(act)
        self.heads, self.units = len(weights.Q), len(weights.b)

    def forward(self, r: Tensor) -> Tensor:
        """(n t D) -> (n t D)"""
        if self.heads:
            r = r + self.mix(self._mixed(r)) @ self.get_buffer("P")
        if self.units:
            r = r + self.act(r @ self.get_buffer("W") + self.get_buffer("b")) @ self.get_buffer("U")
        return r

    def _mixed(self, r: Tensor) -> Tensor:
        """(n t D) -> (n t c)"""
        q, k = (torch.einsum("ntd,hdk->nhtk", r, self.get_buffer(name)) for name in "QK")
        later = torch.ones(r.shape[1], r.shape[1], dtype=torch.bool).triu(1)
        hidden = later & self.get_buffer("causal")[:, None, None]
        pattern = (q @ k.transpose(-1, -2)).masked_fill(hidden, -torch.inf).softmax(-1)  # (n h t s)
        return torch.einsum("ncts,nsc->ntc", pattern[:, self.get_buffer("owner")], r @ self.get_buffer("V"))


class Transformer(nn.Module):
    """Blocks on embedded inputs: (n, t, e) to the residual stream by `embed` (e, D), out of it by `unembed` (D, o)."""

    def __init__(self, embed: Tensor, blocks: list[Weights], unembed: Tensor, act: str = "relu"):
        super().__init__()
        self.register_buffer("embed", embed)
        self.register_buffer("unembed", unembed)
        self.blocks = nn.Sequential(*[Block(weights, act) for weights in blocks])

    def forward(self, x: Tensor) -> Tensor:
        """(n t e) -> (n t o)"""
        return self.blocks(x @ self.get_buffer("embed")) @ self.get_buffer("unembed")


def rotated(weights: Weights, R: Tensor) -> Weights:
    """The same block in a residual stream whose row vectors are r @ R."""
    inside = {name: getattr(weights, name) for name in ("owner", "causal", "b")}
    Q, K = (torch.einsum("df,hdk->hfk", R, M) for M in (weights.Q, weights.K))
    return Weights(Q=Q, K=K, V=R.T @ weights.V, P=weights.P @ R, W=R.T @ weights.W, U=weights.U @ R, **inside)


def shuffled(weights: Weights, *, seed: torch.Generator) -> tuple[Weights, Tensor, Tensor]:
    """The same block with heads, value channels and units in random order; the orders of the last two."""
    heads, channels, units = (permutation(len(t), seed=seed) for t in (weights.Q, weights.owner, weights.b))
    place = torch.empty_like(heads).scatter_(0, heads, torch.arange(len(heads)))
    new = Weights(
        Q=weights.Q[heads], K=weights.K[heads], causal=weights.causal[heads],
        V=weights.V[:, channels], P=weights.P[channels], owner=place[weights.owner[channels]],
        W=weights.W[:, units], b=weights.b[units], U=weights.U[units],
    )  # fmt: skip
    return new, channels, units


def transformers(
    seed: int, *, modules: int = 4, tokens: int = 6, dim: int = 8, heads: int = 2, width: int = 16,
    depth: int = 2, leak: float = 0.0, unit: Unit = "channel",
) -> Truth:  # fmt: skip
    """Modules of heads and MLP units that read and write `dim` directions each of a rotated residual stream.

    With `leak`, what a unit or value channel reads has that share of its norm in the other modules' directions.
    """
    draws, D = generator(seed), modules * dim
    R, source = rotation(D, seed=draws), torch.arange(D) // dim
    blocks, labels = [], []
    for _ in range(depth):
        block, mix, act = _block(modules, source, heads, width, leak, draws)
        block, channels, units = shuffled(block, seed=draws)
        blocks.append(rotated(block, R))
        labels += [mix[channels], act[units]]
    if unit == "position":
        labels = [one.repeat(tokens) for one in labels]
    truth = torch.cat(labels)
    return Truth(
        name=f"block transformer, {unit}s" + f", leak {leak:g}" * (leak > 0),
        model=Transformer(torch.eye(D), blocks, torch.eye(D), act="gelu").eval(),
        labels=truth,
        X=normal((128, tokens, D), seed=draws),
        layers=tuple(f"blocks.{i}.{part}" for i in range(depth) for part in ("mix", "act")),
        unit=unit,
        exact=truth if leak == 0 else None,
    )


def _block(
    modules: int, source: Tensor, heads: int, width: int, leak: float, draws: torch.Generator
) -> tuple[Weights, Tensor, Tensor]:
    """A block in order, and the modules of its value channels and of its units."""
    D, dim = len(source), len(source) // modules
    k = dim // heads
    owner = torch.arange(modules * heads).repeat_interleave(k)
    mix, act = owner // heads, torch.arange(modules).repeat_interleave(width)

    def reading(labels: Tensor) -> Tensor:  # -> (labels D)
        W, same = normal((len(labels), D), seed=draws), labels[:, None] == source
        return normalize(W * same, dim=1) + leak * normalize(W * ~same, dim=1)

    def writing(labels: Tensor) -> Tensor:  # -> (labels D)
        W = normal((len(labels), D), seed=draws) * (labels[:, None] == source)
        return W / (labels == 0).sum() ** 0.5

    queries, keys = (1.5 * reading(mix).unflatten(0, (-1, k)).transpose(1, 2) for _ in range(2))
    block = Weights(
        Q=queries, K=keys, V=reading(mix).T, P=writing(mix), owner=owner,
        causal=torch.zeros(modules * heads, dtype=torch.bool),
        W=reading(act).T, b=BIAS * normal((len(act),), seed=draws), U=writing(act),
    )  # fmt: skip
    return block, mix, act
