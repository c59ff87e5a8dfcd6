"""Networks of sequences by attention: language models, their masks, caches and biases, experts."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

from parts import Case, Module, normal


def heads(x: Tensor, n: int) -> Tensor:
    return x.unflatten(-1, (n, -1)).transpose(1, 2)  # (n l h·d) -> (n h l d)


def causal(scores: Tensor) -> Tensor:
    n, m = scores.shape[-2:]
    return scores.masked_fill(torch.ones(n, m, dtype=torch.bool).tril(m - n).logical_not(), -torch.inf)


def gpt(m: Any, ids: Tensor) -> Tensor:
    """Two layers and a head that shares its weights with the embedding."""
    x = m.tokens(ids) + m.places(torch.arange(ids.shape[1]))
    for layer in m.layers:
        q, k, v = (heads(part, 2) for part in layer.qkv(layer.norm1(x)).chunk(3, -1))
        x = x + layer.out((causal(q @ k.mT / 2).softmax(-1) @ v).transpose(1, 2).flatten(2))
        x = x + layer.down(F.gelu(layer.up(layer.norm2(x)), approximate="tanh"))
    return x[:, -1] @ m.tokens.weight.T


def gpt_layer() -> nn.Module:
    return Module(
        None,
        norm1=nn.LayerNorm(8),
        qkv=nn.Linear(8, 24),
        out=nn.Linear(8, 8),
        norm2=nn.LayerNorm(8),
        up=nn.Linear(8, 12),
        down=nn.Linear(12, 8),
    )


def make_gpt() -> nn.Module:
    return Module(
        gpt, tokens=nn.Embedding(9, 8), places=nn.Embedding(6, 8), layers=nn.ModuleList(gpt_layer() for _ in range(2))
    )


def cached(m: Any, x: Tensor) -> Tensor:
    """One token after the other, with the keys and values of those before."""
    keys, values, outs = [], [], []
    for t in range(x.shape[1]):
        q, k, v = m.qkv(x[:, t : t + 1]).chunk(3, -1)
        keys.append(k)
        values.append(v)
        y = (q @ torch.cat(keys, 1).mT).softmax(-1) @ torch.cat(values, 1)
        outs.append(m.out(torch.tanh(y)))
    return torch.cat(outs, 1)


def given_cache(m: Any, x: Tensor, past: tuple[tuple[Tensor, Tensor], ...]) -> tuple[Tensor, Any]:
    q, k, v = m.qkv(x).chunk(3, -1)
    ((before, then),) = past
    k, v = torch.cat([before, k], 1), torch.cat([then, v], 1)
    return m.out(torch.tanh(causal(q @ k.mT).softmax(-1) @ v)), ((k, v),)


def rotated(x: Tensor) -> Tensor:
    angles = torch.arange(x.shape[-2])[:, None] * 0.3 ** torch.arange(x.shape[-1] // 2)
    a, b = x.chunk(2, -1)
    cos, sin = angles.cos().to(x), angles.sin().to(x)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def llama(m: Any, x: Tensor) -> Tensor:
    """Rotary positions, grouped queries, RMS norms, SwiGLU."""
    y = m.norm1(x)
    q, k, v = heads(m.q(y), 4), heads(m.k(y), 2), heads(m.v(y), 2)
    k, v = (part.repeat_interleave(2, 1) for part in (rotated(k), v))
    x = x + m.out(F.scaled_dot_product_attention(rotated(q), k, v, is_causal=True).transpose(1, 2).flatten(2))
    y = m.norm2(x)
    return x + m.down(F.silu(m.gate(y)) * m.up(y))


def alibi(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, -1)
    distance = torch.arange(x.shape[1])[:, None] - torch.arange(x.shape[1])
    return torch.tanh(causal(q @ k.mT - 0.5 * distance.to(x)).softmax(-1) @ v)


def t5(m: Any, ids: Tensor, decoder: Tensor) -> Tensor:
    """Relative biases, an encoder and a decoder that looks at it."""
    i = torch.arange(ids.shape[1])
    bias = m.bias((i[None] - i[:, None]).clamp(-2, 2) + 2)[..., 0]
    x = m.tokens(ids)
    x = x + (m.q(x) @ m.k(x).mT + bias).softmax(-1) @ m.v(x)
    x = F.relu(m.up(m.norm(x)))
    return m.head(decoder + (m.q2(decoder) @ m.k2(x).mT).softmax(-1) @ x)


def perceiver(m: Any, x: Tensor) -> Tensor:
    z = m.latents.expand(len(x), -1, -1)
    for _ in range(2):
        z = z + m.look(z, x, x, need_weights=False)[0]
        z = z + F.gelu(m.think(z))
    return m.out(z.mean(1))


def albert(m: Any, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """One layer three times; kinds of tokens; a mask that is added to the scores."""
    x = m.project(m.tokens(input_ids) + m.kinds(token_type_ids))
    added = (1.0 - attention_mask[:, None, :].to(x)) * torch.finfo(x.dtype).min
    for _ in range(3):
        q, k, v = m.qkv(x).chunk(3, -1)
        x = m.norm(x + (q @ k.mT + added).softmax(-1) @ v)
    return torch.tanh(m.pool((x * attention_mask[..., None]).sum(1) / attention_mask.sum(1, keepdim=True)))


def soft_experts(m: Any, x: Tensor) -> Tensor:
    slots = m.router(x)
    y = slots.softmax(1).mT @ x
    y = torch.stack([expert(y[:, e]) for e, expert in enumerate(m.experts)], 1)
    return slots.softmax(2) @ y


def top_experts(m: Any, x: Tensor) -> Tensor:
    """The two best of four experts for each token, tokens sorted by expert, weighed by the router."""
    tokens = x.flatten(0, -2)
    scores, which = m.router(tokens).softmax(-1).topk(2)
    order = which.flatten().argsort(stable=True)
    parts = tokens[order // 2].split(which.flatten().bincount(minlength=4).tolist())
    y = torch.cat([expert(part) for expert, part in zip(m.experts, parts, strict=True)])
    y = y[order.argsort()].unflatten(0, (-1, 2))
    return (scores[..., None] / scores.sum(-1)[:, None, None] * y).sum(1).reshape(*x.shape[:-1], -1)


def experts(n: int = 4) -> nn.ModuleList:
    return nn.ModuleList(nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 4)) for _ in range(n))


def low_rank(m: Any, x: Tensor) -> Tensor:
    return torch.tanh(m.base(x) + 2.0 * m.up(m.down(x)))


def wrapper(make: Callable[[], nn.Module]) -> nn.Module:
    """The model under another module, with points at which hooks of others stand."""
    model = make()
    model.register_forward_hook(lambda _m, _i, y: y * 1.5)
    return Module(lambda m, *inputs: m.seen(m._model(*inputs)), _model=model, seen=nn.Identity())


def three(n: int, m: int) -> dict[str, nn.Module]:
    return {"qkv": nn.Linear(n, 3 * m)}


def tokens(*ids: int) -> Callable[[], Tensor]:
    return lambda: torch.tensor(ids)


SEQUENCES = (
    Case(
        "causal language model, head tied to the embedding (GPT)",
        make_gpt,
        tokens(3, 1, 4, 1),
        ("gelu", "gelu#2", "output"),
        {"start": "tokens"},
    ),
    Case(
        "one token after the other, with a cache of keys and values",
        lambda: Module(cached, qkv=nn.Linear(3, 12), out=nn.Linear(4, 2)),
        lambda: normal(3, 3),
        ("tanh", "tanh#2", "tanh#3", "output"),
    ),
    Case(
        "a cache of keys and values as an input",
        lambda: Module(given_cache, qkv=nn.Linear(3, 12), out=nn.Linear(4, 2)),
        lambda: (normal(2, 3), ((normal(3, 4, seed=1), normal(3, 4, seed=2)),)),
        ("tanh", "output.0", "output.1.0.0", "output.1.0.1"),
    ),
    Case(
        "rotary positions, grouped queries, RMS norm, SwiGLU (Llama)",
        lambda: Module(
            llama,
            norm1=nn.RMSNorm(8),
            q=nn.Linear(8, 16),
            k=nn.Linear(8, 8),
            v=nn.Linear(8, 8),
            out=nn.Linear(16, 8),
            norm2=nn.RMSNorm(8),
            gate=nn.Linear(8, 12),
            up=nn.Linear(8, 12),
            down=nn.Linear(12, 8),
        ),
        lambda: normal(4, 8),
        ("silu", "output"),
    ),
    Case("linear biases of attention (ALiBi)", lambda: Module(alibi, **three(4, 5)), lambda: normal(4, 4), ("output",)),
    Case(
        "encoder and decoder, relative biases, cross attention (T5)",
        lambda: Module(
            t5,
            tokens=nn.Embedding(9, 6),
            bias=nn.Embedding(5, 1),
            norm=nn.RMSNorm(6),
            up=nn.Linear(6, 6),
            head=nn.Linear(6, 3),
            **{name: nn.Linear(6, 6) for name in ("q", "k", "v", "q2", "k2")},
        ),
        lambda: {"ids": torch.tensor([3, 1, 4]), "decoder": normal(2, 6)},
        ("relu", "output"),
        {"start": "tokens"},
    ),
    Case(
        "latents that look at the input (Perceiver)",
        lambda: Module(
            perceiver,
            latents=nn.Parameter(normal(2, 4)),
            think=nn.Linear(4, 4),
            out=nn.Linear(4, 2),
            look=nn.MultiheadAttention(4, 2, kdim=3, vdim=3, batch_first=True),
        ),
        lambda: normal(5, 3),
        ("gelu", "gelu#2", "output"),
    ),
    Case(
        "one layer for all, kinds of tokens, a mask with padding (ALBERT)",
        lambda: Module(
            albert,
            tokens=nn.Embedding(9, 3),
            kinds=nn.Embedding(2, 3),
            project=nn.Linear(3, 6),
            norm=nn.LayerNorm(6),
            pool=nn.Linear(6, 3),
            **three(6, 6),
        ),
        lambda: {
            "input_ids": torch.tensor([0, 3, 1, 4]),
            "token_type_ids": torch.tensor([0, 0, 1, 1]),
            "attention_mask": torch.tensor([0, 1, 1, 1]),
        },
        ("output",),
        {"start": "tokens"},
    ),
    Case(
        "soft mixture of experts",
        lambda: Module(soft_experts, router=nn.Linear(4, 2), experts=experts(2)),
        lambda: normal(3, 4),
        ("experts.0.1", "experts.1.1", "output"),
    ),
    Case(
        "the two best of four experts, sorted",
        lambda: Module(top_experts, router=nn.Linear(4, 4), experts=experts()),
        lambda: normal(4),
        ("experts.0.1", "experts.1.1", "output"),
        traced=False,
    ),
    Case(
        "low-rank adapter (LoRA)",
        lambda: Module(
            low_rank, base=nn.Linear(5, 4), down=nn.Linear(5, 2, bias=False), up=nn.Linear(2, 4, bias=False)
        ),
        lambda: normal(5),
        ("output",),
    ),
    Case(
        "a wrapper with hooks of others",
        lambda: wrapper(make_gpt),
        tokens(2, 7, 1),
        ("_model.gelu", "_model.gelu#2", "output"),
        {"start": "_model.tokens"},
    ),
)
