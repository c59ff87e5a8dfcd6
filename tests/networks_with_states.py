"""Networks of sequences with a state: recurrent ones, state spaces, linear attention."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

from parts import Case, Module, normal


def linear_attention(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, -1)
    q, k = F.elu(q) + 1, F.elu(k) + 1
    state = (k[..., None] * v[..., None, :]).cumsum(1)
    return torch.einsum("nld,nlde->nle", q, state) / (q * k.cumsum(1)).sum(-1, keepdim=True)


def performer(m: Any, x: Tensor) -> Tensor:
    q, k, v = m.qkv(x).chunk(3, -1)
    q, k = (torch.exp(y @ m.features - y.square().sum(-1, keepdim=True) / 2) for y in (q, k))
    return torch.tanh(q @ (k.mT @ v) / (q @ k.sum(1)[..., None]))


def mamba(m: Any, x: Tensor) -> Tensor:
    """A selective state space: a causal filter, then a scan whose coefficients depend on the input."""
    u, gate = m.into(x).chunk(2, -1)
    u = F.silu(m.filters(F.pad(u.mT, (2, 0))).mT)
    delta, B, C = F.softplus(m.delta(u)), m.B(u), m.C(u)
    h, ys = u.new_zeros(len(x), 4, 3), []
    for t in range(x.shape[1]):
        h = torch.exp(delta[:, t, :, None] * -m.log_A.exp()) * h + (delta * u)[:, t, :, None] * B[:, t, None]
        ys.append((h * C[:, t, None]).sum(-1))
    return m.out((torch.stack(ys, 1) + m.D * u) * F.silu(gate))


def s4(m: Any, x: Tensor) -> Tensor:
    """A diagonal state space of complex numbers, applied as a long convolution."""
    length = x.shape[1]
    powers = torch.exp(torch.view_as_complex(m.A)[..., None] * torch.arange(length))
    kernel = torch.einsum("dk,dkl->dl", torch.view_as_complex(m.C), powers).real
    modes = torch.fft.rfft(x.mT, n=2 * length) * torch.fft.rfft(kernel, n=2 * length)
    y = torch.fft.irfft(modes, n=2 * length)[..., :length]
    return m.out(F.gelu(y.mT))


def rwkv(m: Any, x: Tensor) -> Tensor:
    before = F.pad(x, (0, 0, 1, -1))
    k, v, r = (layer(mix * x + (1 - mix) * before) for layer, mix in zip(m.layers, m.mix, strict=True))
    a = b = torch.zeros_like(x[:, 0])
    ys = []
    for t in range(x.shape[1]):
        now = torch.exp(m.bonus + k[:, t])
        ys.append((a + now * v[:, t]) / (b + now))
        a, b = (torch.exp(-m.decay.exp()) * old + k[:, t].exp() * new for old, new in ((a, v[:, t]), (b, 1)))
    return m.out(torch.sigmoid(r) * torch.stack(ys, 1))


def temporal(m: Any, x: Tensor) -> Tensor:
    for k, filters in enumerate(m.filters):
        x = x + F.relu(filters(F.pad(x, (2 * 2**k, 0))))
    return x[..., -1]


def seq2seq(m: Any, x: Tensor) -> Tensor:
    """A GRU reads, another writes and attends to what the first has read."""
    memory, h = m.reader(x)
    h, y, outs = h[0], x.new_zeros(len(x), 2), []
    for _ in range(2):
        context = (m.score(torch.tanh(memory + h[:, None])).softmax(1) * memory).sum(1)
        h = m.writer(torch.cat([y, context], 1), h)
        y = m.out(h)
        outs.append(y)
    return torch.stack(outs, 1)


def three(n: int, m: int) -> dict[str, nn.Module]:
    return {"qkv": nn.Linear(n, 3 * m)}


STATES = (
    Case(
        "linear attention",
        lambda: Module(linear_attention, **three(3, 4)),
        lambda: normal(4, 3),
        ("elu", "elu#2", "output"),
    ),
    Case(
        "kernel attention (Performer)",
        lambda: Module(performer, features=nn.Parameter(normal(4, 6)), **three(3, 4)),
        lambda: normal(4, 3),
        ("output",),
    ),
    Case(
        "selective state space (Mamba)",
        lambda: Module(
            mamba,
            into=nn.Linear(3, 8),
            filters=nn.Conv1d(4, 4, 3, groups=4),
            delta=nn.Linear(4, 4),
            B=nn.Linear(4, 3),
            C=nn.Linear(4, 3),
            log_A=nn.Parameter(normal(4, 3)),
            D=nn.Parameter(torch.ones(4)),
            out=nn.Linear(4, 3),
        ),
        lambda: normal(3, 3),
        ("silu", "softplus", "silu#2", "output"),
    ),
    Case(
        "state space as a long convolution (S4)",
        lambda: Module(
            s4,
            A=nn.Parameter(torch.stack([-torch.rand(3, 2), normal(3, 2)], -1)),
            C=nn.Parameter(normal(3, 2, 2)),
            out=nn.Linear(3, 2),
        ),
        lambda: normal(5, 3),
        ("gelu", "output"),
    ),
    Case(
        "time mixing (RWKV)",
        lambda: Module(
            rwkv,
            layers=nn.ModuleList(nn.Linear(3, 3) for _ in range(3)),
            mix=nn.Parameter(torch.rand(3, 3)),
            bonus=nn.Parameter(normal(3)),
            decay=nn.Parameter(normal(3)),
            out=nn.Linear(3, 3),
        ),
        lambda: normal(3, 3),
        ("sigmoid", "output"),
    ),
    Case(
        "temporal convolutions with weight norm (TCN)",
        lambda: Module(
            temporal,
            filters=nn.ModuleList(
                nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 2, 3, dilation=2**k)) for k in range(2)
            ),
        ),
        lambda: normal(2, 6),
        ("relu", "relu#2", "output"),
    ),
    Case(
        "recurrent encoder and decoder with attention",
        lambda: Module(
            seq2seq,
            reader=nn.GRU(2, 4, batch_first=True),
            writer=nn.GRUCell(6, 4),
            score=nn.Linear(4, 1),
            out=nn.Linear(4, 2),
        ),
        lambda: normal(3, 2),
        ("reader", "tanh", "writer", "tanh#2", "writer#2", "output"),
    ),
)
