"""Programs side by side in one transformer, hidden: each unit and value channel belongs to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.rng import Seed, generator, integers, normal, permutation, rotation
from truths.blocks import Transformer, Weights, rotated, shuffled
from truths.programs.compiler import Compiled, compiled
from truths.programs.language import Stream
from truths.programs.parts import PROGRAMS
from truths.truth import Truth, Unit

Kind = Literal["separate", "shared"]

STREAM = Stream(vocabulary=5, length=8)

NOISE = 0.05
"""Standard deviation of what is added to one-hot inputs, so that no unit is at its kink."""

SMALLEST = 4
"""Programs of fewer neurons are no modules."""


@dataclass(frozen=True, eq=False)
class Glued(Truth):
    """A truth whose modules are `programs`: `tokens` (n, programs, length) are what they read before noise.

    `embedding` (e, e) turns one-hot inputs into those of the model; `places` says where in its output each stands.
    """

    programs: tuple[Compiled, ...] = ()
    tokens: Tensor = field(default_factory=lambda: torch.zeros(0))
    embedding: Tensor = field(default_factory=lambda: torch.zeros(0))
    places: tuple[slice, ...] = ()

    def clean(self) -> Tensor:
        """The inputs without noise."""
        return _embedded(self.tokens, self.programs[0].stream) @ self.embedding


def glue(
    seed: Seed,
    *,
    kind: Kind = "separate",
    names: Sequence[str] | None = None,
    count: int | None = None,
    stream: Stream = STREAM,
    unit: Unit = "channel",
    heads: bool = True,
    skew: float = 1.0,
    points: int = 256,
) -> Glued:
    """2 to 4 programs (or `count`, or those of `names`) in one transformer on noisy embeddings (n, length + 1, e).

    The inputs are one-hot: a token that begins the sequence, tokens, positions; each program has its own ("separate",
    gradients of different programs are orthogonal) or all have the same ("shared"). Inputs and residual stream are
    rotated, each head's values too; heads, value channels and units are in random order; shallow programs may begin at
    a later block. Drawn programs are `whole`, have no variable in common and four neurons or more. `heads`: whether value channels are neurons, too.

    Orthogonal embeddings leave units of one program that read different tokens with orthogonal gradients. With `skew`
    above 1 embeddings are not orthogonal: their map has singular values from 1 / skew to skew, in each stream.
    """
    draws = generator(seed)
    parts = [compiled(PROGRAMS[_known(name)], stream) for name in names or _drawn(count, stream, draws)]
    places, D = _places(parts, kind)
    depth = max(len(part.blocks) for part in parts)
    late = [int(integers(depth - len(part.blocks) + 1, (1,), seed=draws)) for part in parts]
    e = 1 + stream.vocabulary + stream.length
    streams = len(parts) if kind == "separate" else 1
    embed, unembed = torch.zeros(e * streams, D), []
    for p, (part, place) in enumerate(zip(parts, places, strict=True)):
        embed[torch.arange(e) + e * p * (streams > 1), place[:e]] = 1.0
        unembed.append(torch.eye(D)[:, place[part.place]])
    R, (into, out) = rotation(D, seed=draws), _embedding(e, streams, skew, draws)
    blocks, labels, layers = [], [], []
    for i in range(depth):
        now = [(p, part.blocks[i - late[p]]) for p, part in enumerate(parts) if 0 <= i - late[p] < len(part.blocks)]
        block, mix, act = _together(now, places, D, draws)
        blocks.append(rotated(block, R))
        named = (("mix", mix),) * heads + (("act", act),)
        labels += [owner for _, owner in named if len(owner)]
        layers += [f"blocks.{i}.{name}" for name, owner in named if len(owner)]
    model: nn.Module = Transformer(out @ embed @ R, blocks, R.T @ torch.cat(unembed, 1)).eval()
    tokens = integers(stream.vocabulary, (points, streams, stream.length), seed=draws)
    X = _embedded(tokens, stream)
    X = X @ into
    X = X + NOISE * normal(X.shape, seed=draws)
    truth = torch.cat([one.repeat(stream.length + 1) if unit == "position" else one for one in labels])
    ends = torch.tensor([0, *[part.output.width for part in parts]]).cumsum(0).tolist()
    return Glued(
        name=f"{kind} tokens: " + " | ".join(part.program.name for part in parts),
        model=model,
        labels=truth,
        X=X,
        layers=tuple(layers),
        unit=unit,
        exact=truth if kind == "separate" else None,
        programs=tuple(parts),
        tokens=tokens,
        embedding=into,
        places=tuple(slice(a, b) for a, b in pairwise(ends)),
    )


def _known(name: str) -> str:
    if name not in PROGRAMS:
        raise BadInput(f"`glue(names=[{name!r}])`: there is no such program. Choose of: {', '.join(PROGRAMS)}.")
    return name


def _drawn(count: int | None, stream: Stream, draws: torch.Generator) -> list[str]:
    """Names of whole programs that have no variable in common."""
    count = 2 + int(integers(3, (1,), seed=draws)) if count is None else count
    names, taken = [], set()
    for i in permutation(len(PROGRAMS), seed=draws).tolist():
        name = list(PROGRAMS)[i]
        part = compiled(PROGRAMS[name], stream)
        if not part.variables & taken and part.whole and part.neurons >= SMALLEST:
            names.append(name)
            taken |= part.variables
        if len(names) == count:
            return names
    raise BadInput(f"`glue(count={count})`: so many programs without a common part are not there. Use fewer.")


def _places(parts: Sequence[Compiled], kind: Kind) -> tuple[list[Tensor], int]:
    """Where in the common residual stream each program's directions are, and how many there are."""
    e = 1 + parts[0].stream.vocabulary + parts[0].stream.length
    places, D = [], e if kind == "shared" else 0
    for part in parts:
        own = part.width - (e if kind == "shared" else 0)
        place = torch.arange(D, D + own)
        places.append(torch.cat([torch.arange(e), place]) if kind == "shared" else place)
        D += own
    return places, D


def _together(
    now: Sequence[tuple[int, Weights]], places: Sequence[Tensor], D: int, draws: torch.Generator
) -> tuple[Weights, Tensor, Tensor]:
    """One block of several programs in random order, and the programs of its value channels and units."""
    k = max((block.Q.shape[2] for _, block in now), default=0)
    pieces = {name: [] for name in ("Q", "K", "V", "P", "owner", "causal", "W", "b", "U")}
    mix, act, heads = [], [], 0
    for p, block in now:
        place, h = places[p], len(block.Q)
        turn = _head_rotations(block.owner, draws)
        wide = lambda M, place=place: torch.zeros(D, M.shape[1]).index_copy_(0, place, M)  # noqa: E731
        for name in "QK":
            M = torch.zeros(h, D, k)
            M[:, place, : block.Q.shape[2]] = getattr(block, name)
            pieces[name].append(M)
        pieces["V"].append(wide(block.V @ turn))
        pieces["P"].append(wide((turn.T @ block.P).T).T)
        pieces["W"].append(wide(block.W))
        pieces["U"].append(wide(block.U.T).T)
        pieces["owner"].append(block.owner + heads)
        pieces["causal"].append(block.causal)
        pieces["b"].append(block.b)
        mix.append(torch.full((len(block.owner),), p))
        act.append(torch.full((len(block.b),), p))
        heads += h
    whole = Weights(**{name: torch.cat(part, int(name in "VW")) for name, part in pieces.items()})
    block, channels, units = shuffled(whole, seed=draws)
    return block, torch.cat(mix)[channels], torch.cat(act)[units]


def _head_rotations(owner: Tensor, draws: torch.Generator) -> Tensor:
    """Block-diagonal rotations of the value channels of each head.  -> (c c)"""
    sizes = torch.bincount(owner).tolist() if len(owner) else []
    return torch.block_diag(*[rotation(size, seed=draws) for size in sizes]) if sizes else torch.zeros(0, 0)


def _embedding(e: int, streams: int, skew: float, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """A map (e·streams, e·streams) of each stream on its own, then a rotation of all; and its inverse."""
    S = torch.logspace(-1, 1, e, base=skew)
    turns = [(rotation(e, seed=draws), rotation(e, seed=draws)) for _ in range(streams)]
    Q = rotation(e * streams, seed=draws)
    into = torch.block_diag(*[U * S @ V.T for U, V in turns]) @ Q
    return into, Q.T @ torch.block_diag(*[V / S @ U.T for U, V in turns])


def _embedded(tokens: Tensor, stream: Stream) -> Tensor:
    """One-hot inputs: (n p t) -> (n t+1 p·e)"""
    n, streams, t = tokens.shape
    e = 1 + stream.vocabulary + stream.length
    X = torch.zeros(n, t + 1, streams, e)
    X[:, 0, :, 0] = 1.0
    X[:, 1:, :, 1 : 1 + stream.vocabulary] = (
        torch.nn.functional.one_hot(tokens, stream.vocabulary).transpose(1, 2).float()
    )
    X[:, 1:, :, 1 + stream.vocabulary :] = torch.eye(t)[:, None]
    return X.flatten(2)
