"""What the networks of the tests are made of: activations, blocks, functions without derivatives, small models."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

import pushforward as pf


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def push(model: nn.Module, x: Any = None, **options: Any) -> pf.Neurons:
    """The neurons of a model, after one push at x, by default a normal (3,)."""
    x = normal(3) if x is None else x
    net = pf.Neurons(model, **options)
    pf.push(net, pf.Gaussian.isotropic(x), x)
    return net


class Module(nn.Module):
    """A module from a constructor that sets attributes and a function of (self, x): keeps the zoo short."""

    def __init__(self, run: Callable[..., Any], **parts: Any):
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(self, *args, **kwargs)


class Block(nn.Module):
    """Two convolutions with in-place ReLU and an in-place sum, as in torchvision's ResNet."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.conv1(x))
        out = self.norm(self.conv2(out))
        out += x
        return self.relu(out)


class Trained(nn.Module):
    """Batch normalisation as after training: running statistics and scales that are not 0 and 1."""

    def __init__(self, body: nn.Module, shape: tuple[int, ...]):
        super().__init__()
        self.body = body
        body.train()
        with torch.no_grad():
            for _ in range(3):
                body(torch.randn(8, *shape) * 2 + 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


class Swish(nn.Module):
    """An activation written by hand: recorded as what it gives, not as the sigmoid inside."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(x)


class OldCube(torch.autograd.Function):
    """x³ in the old style, with a backward only: neither forward mode nor `torch.func`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad


class Cube(torch.autograd.Function):
    """x³ in the new style, without derivatives."""

    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x**3

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)


class NewCube(Cube):
    """x³ without jvp."""

    backward = staticmethod(OldCube.backward)


class ForwardCube(Cube):
    """x³ with a jvp only: no reverse mode."""

    generate_vmap_rule = True
    jvp = staticmethod(OldCube.backward)  # 3 x² times what comes in, either way


def numpy_tanh(x: Tensor) -> Tensor:
    """Has no derivative of any kind."""
    return torch.from_numpy(np.tanh(x.detach().numpy()))


def attend(causal: bool) -> Callable[..., Tensor]:
    def run(self: Any, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(F.gelu(y.transpose(1, 2).flatten(2)))

    return run


def until_long(self: Any, x: Tensor) -> Tensor:
    """Loops until the norm is reached: how often depends on x."""
    h = torch.tanh(self.first(x))
    while h.norm(dim=1).max() < 4:
        h = self.again(h) + 1.3 * h
    return h


def lstm_cells(self: Any, x: Tensor) -> Tensor:
    h = c = x.new_zeros(len(x), 4)
    for t in range(x.shape[1]):
        h, c = self.cell(x[:, t], (h, c))
    return self.out(h)


def attention_pool(self: Any, values: Tensor, mask: Tensor) -> Tensor:
    scores = self.score(values)[..., 0].masked_fill(~mask, -torch.inf)
    return torch.tanh(self.out((scores.softmax(1)[..., None] * values).sum(1)))


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3))


def cnn() -> nn.Module:
    body = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2, bias=False),
        nn.BatchNorm2d(6),
        nn.LeakyReLU(0.1, inplace=True),
        nn.Flatten(),
        nn.Linear(6, 3),
    )
    return Trained(body, (1, 6, 6))


def residual() -> nn.Module:
    body = nn.Sequential(nn.Conv2d(2, 4, 1), Block(4), Block(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    return Trained(body, (2, 4, 4))


def encoder(**options: Any) -> nn.Module:
    layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, **options)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=not layer.norm_first)


def autoencoder() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 4, stride=2, padding=1),
        nn.SiLU(),
        nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1),
        nn.GroupNorm(2, 4),
        nn.Mish(),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Conv2d(4, 4, 1),
        nn.PixelShuffle(2),
        nn.AvgPool2d(4),
    )


def text() -> nn.Module:
    return Module(
        lambda m, ids: m.out(torch.tanh(m.mix(m.tokens(ids) + m.places(torch.arange(ids.shape[1])))).mean(1)),
        tokens=nn.Embedding(11, 6),
        places=nn.Embedding(5, 6),
        mix=nn.Linear(6, 7),
        out=nn.Linear(7, 2),
    )


def recurrent(kind: type[nn.RNNBase]) -> Callable[[], nn.Module]:
    return lambda: Module(
        lambda m, x: m.out(m.body(x)[0][:, -1]),
        body=kind(3, 4, num_layers=2, bidirectional=True, batch_first=True, dropout=0.2),
        out=nn.Linear(8, 2),
    )


def weight_norm() -> nn.Module:
    weigh = nn.utils.parametrizations.weight_norm
    return nn.Sequential(weigh(nn.Linear(5, 6)), nn.ELU(), nn.utils.parametrizations.spectral_norm(nn.Linear(6, 2)))


def linear(n: int, m: int) -> dict[str, Any]:
    return {"first": nn.Linear(n, m), "second": nn.Linear(m, m)}


def paste(y: Tensor) -> Tensor:
    canvas = y.new_zeros(len(y), 5)
    canvas[:, 1:3] = y
    canvas[:, 3:] += 2 * y
    return canvas


SEED = 0


@dataclass(frozen=True)
class Case:
    """One network: how it is made, one input, the names recorded by default, and what is expected of a push."""

    name: str
    """The row in docs/networks.md."""
    make: Callable[[], nn.Module]
    x: Callable[[], Any]
    layers: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    """Further arguments of `pf.Neurons`."""
    way: str = "Forward"
    traced: bool = True
    other: Callable[[], Any] | None = None
    """An input that takes the other branch."""
    tolerance: float = 1e-5

    def model(self) -> nn.Module:
        torch.manual_seed(SEED)
        return self.make().eval()
