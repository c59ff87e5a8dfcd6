"""Networks of images and fields: convolutions of every kind, U-Nets, vision transformers, coordinates."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

from parts import Case, Module, Trained, normal


def inverted(n: int, m: int) -> nn.Module:
    """A block of a MobileNet: widen, filter each channel, narrow."""
    body = nn.Sequential(
        nn.Conv2d(n, m, 1, bias=False),
        nn.BatchNorm2d(m),
        nn.ReLU6(inplace=True),
        nn.Conv2d(m, m, 3, padding=1, groups=m, bias=False),
        nn.BatchNorm2d(m),
        nn.ReLU6(inplace=True),
        nn.Conv2d(m, n, 1, bias=False),
        nn.BatchNorm2d(n),
    )
    return Module(lambda m, x: x + m.body(x), body=body)


def squeezed(m: Any, x: Tensor) -> Tensor:
    y = F.hardswish(m.filters(x))
    return y * F.hardsigmoid(m.up(F.relu(m.down(y.mean((2, 3))))))[:, :, None, None]


def convnext(m: Any, x: Tensor) -> Tensor:
    y = m.norm(m.filters(x).permute(0, 2, 3, 1))
    return x + (m.scale * m.down(F.gelu(m.up(y)))).permute(0, 3, 1, 2)


def dense_block(m: Any, x: Tensor) -> Tensor:
    for filters in m.filters:
        x = torch.cat([x, filters(F.relu(x))], 1)
    return x.mean((2, 3))


def unet(m: Any, x: Tensor) -> Tensor:
    fine = F.relu(m.into(x))
    coarse = F.relu(m.middle(F.max_pool2d(fine, 2)))
    return m.out(torch.cat([fine, F.interpolate(coarse, scale_factor=2)], 1))


def waves(t: Tensor, n: int) -> Tensor:
    angles = t[:, None].float() * torch.exp(-math.log(100.0) * torch.arange(n, device=t.device) / n)
    return torch.cat([angles.sin(), angles.cos()], 1)


def diffusion(m: Any, sample: Tensor, timestep: Tensor) -> dict[str, Tensor]:
    """A U-Net that is told the time, with attention between the pixels of its middle."""
    time = m.time(waves(timestep, 3).to(sample))
    fine = m.into(sample) + m.shift(F.silu(time))[:, :, None, None]
    y = m.norm(F.silu(m.down(fine)))
    y = y + m.attention(y.flatten(2).mT).mT.reshape(y.shape)
    return {"sample": m.out(torch.cat([fine, m.up(y)], 1))}


def attention(width: int, heads: int = 2) -> nn.Module:
    def run(m: Any, x: Tensor) -> Tensor:
        q, k, v = m.qkv(x).unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4)
        return m.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    return Module(run, qkv=nn.Linear(width, 3 * width), out=nn.Linear(width, width))


def vit(m: Any, x: Tensor) -> Tensor:
    y = m.patches(x).flatten(2).mT
    y = torch.cat([m.token.expand(len(y), 1, -1), y], 1) + m.places
    y = y + m.attention(m.norm1(y))
    y = y + m.mlp(m.norm2(y))
    return m.head(y[:, 0])


def window_attention(m: Any, x: Tensor) -> Tensor:
    """Attention within windows of 2 × 2 that were moved by one, as in a Swin transformer."""
    n, h, w, c = x.shape
    y = torch.roll(x, (-1, -1), (1, 2)).reshape(n, h // 2, 2, w // 2, 2, c).transpose(2, 3).reshape(-1, 4, c)
    q, k, v = m.qkv(y).chunk(3, -1)
    y = (q @ k.mT + m.bias).softmax(-1) @ v
    y = y.reshape(n, h // 2, w // 2, 2, 2, c).transpose(2, 3).reshape(n, h, w, c)
    return m.head(F.gelu(x + torch.roll(y, (1, 1), (1, 2))).mean((1, 2)))


def mixer(m: Any, x: Tensor) -> Tensor:
    y = m.patches(x).flatten(2)
    y = y + m.tokens(y)
    return m.head((y.mT + m.channels(y.mT)).mean(1))


def film(m: Any, x: Tensor, condition: Tensor) -> Tensor:
    scale, shift = m.film(condition)[:, :, None, None].chunk(2, 1)
    return F.relu(m.norm(m.filters(x)) * (1 + scale) + shift).mean((2, 3))


def spatial_transformer(m: Any, x: Tensor) -> Tensor:
    theta = torch.eye(2, 3).to(x) + 0.1 * torch.tanh(m.where(x.flatten(1))).reshape(-1, 2, 3)
    return m.filters(F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False))


def patches(m: Any, x: Tensor) -> Tensor:
    y = torch.tanh(m.mix(F.unfold(x, 2, stride=2).mT)).mT
    return F.fold(y, (4, 4), 2, stride=2)


def spectral(m: Any, x: Tensor) -> Tensor:
    """A layer of a Fourier neural operator."""
    modes = torch.fft.rfft(x)
    y = modes.new_zeros(len(x), 3, modes.shape[-1])
    y[:, :, :3] = torch.einsum("nck,cdk->ndk", modes[:, :, :3], torch.view_as_complex(m.weight))
    return F.gelu(torch.fft.irfft(y, n=x.shape[-1]) + m.local(x))


def pixel_cnn(m: Any, x: Tensor) -> Tensor:
    weight = m.filters.weight * torch.tensor([[1.0, 1, 1], [1, 0, 0], [0, 0, 0]]).to(x)
    return m.out(F.elu(F.conv2d(x, weight, m.filters.bias, padding=1)))


def vae(m: Any, x: Tensor) -> tuple[Tensor, ...]:
    mean, log_variance = m.encoder(x).chunk(2, 1)
    z = mean + torch.randn_like(mean) * (log_variance / 2).exp() if m.training else mean
    return m.decoder(z), mean, log_variance


def detector(m: Any, x: Tensor) -> list[dict[str, Tensor]]:
    scales = [F.relu(m.one(x))]
    scales.append(F.relu(m.two(scales[0])))
    return [{"box": F.softplus(m.box(y)), "score": m.score(y).flatten(1).log_softmax(1)} for y in scales]


IMAGES = (
    Case(
        "grouped and dilated convolutions",
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, dilation=2, padding=2), nn.ReLU(), nn.Conv2d(4, 6, 3, groups=2), nn.Hardtanh()
        ),
        lambda: normal(2, 5, 5),
        ("1", "output"),
    ),
    Case(
        "inverted residuals, depthwise convolutions (MobileNet)",
        lambda: Trained(nn.Sequential(inverted(2, 4), inverted(2, 4)), (2, 4, 4)),
        lambda: normal(2, 4, 4),
        ("body.0.body.2", "body.0.body.5", "body.1.body.2", "body.1.body.5", "output"),
    ),
    Case(
        "squeeze and excitation, hard-swish, hard-sigmoid",
        lambda: Module(squeezed, filters=nn.Conv2d(2, 4, 3), down=nn.Linear(4, 2), up=nn.Linear(2, 4)),
        lambda: 3 * normal(2, 5, 5),
        ("hardswish", "relu", "hardsigmoid", "output"),
    ),
    Case(
        "ConvNeXt block: layer norm over channels, learned scale",
        lambda: Module(
            convnext,
            filters=nn.Conv2d(4, 4, 3, padding=1, groups=4),
            norm=nn.LayerNorm(4),
            up=nn.Linear(4, 8),
            down=nn.Linear(8, 4),
            scale=nn.Parameter(0.5 * torch.ones(4)),
        ),
        lambda: normal(4, 3, 3),
        ("gelu", "output"),
    ),
    Case(
        "dense blocks (DenseNet), local response norm",
        lambda: nn.Sequential(
            nn.LocalResponseNorm(2),
            Module(dense_block, filters=nn.ModuleList(nn.Conv2d(2 + 2 * k, 2, 3, padding=1) for k in range(3))),
        ),
        lambda: normal(2, 4, 4),
        ("1.relu", "1.relu#2", "1.relu#3", "output"),
    ),
    Case(
        "U-Net with skip connections",
        lambda: Module(
            unet, into=nn.Conv2d(1, 3, 3, padding=1), middle=nn.Conv2d(3, 4, 3, padding=1), out=nn.Conv2d(7, 1, 1)
        ),
        lambda: normal(1, 6, 6),
        ("relu", "relu#2", "output"),
    ),
    Case(
        "U-Net of a diffusion model: time, attention, a dict of inputs",
        lambda: Module(
            diffusion,
            time=nn.Linear(6, 5),
            into=nn.Conv2d(1, 4, 3, padding=1),
            shift=nn.Linear(5, 4),
            down=nn.Conv2d(4, 4, 2, stride=2),
            norm=nn.GroupNorm(2, 4),
            attention=attention(4),
            up=nn.ConvTranspose2d(4, 4, 2, stride=2),
            out=nn.Conv2d(8, 1, 1),
        ),
        lambda: {"sample": normal(1, 6, 6), "timestep": torch.tensor(7)},
        ("silu", "silu#2", "output"),
        other=lambda: {"sample": normal(1, 6, 6, seed=1), "timestep": torch.tensor(3)},
    ),
    Case(
        "vision transformer: patches, class token, places",
        lambda: Module(
            vit,
            patches=nn.Conv2d(1, 8, 2, stride=2),
            token=nn.Parameter(normal(1, 1, 8)),
            places=nn.Parameter(normal(1, 5, 8)),
            norm1=nn.LayerNorm(8),
            norm2=nn.LayerNorm(8),
            attention=attention(8),
            mlp=nn.Sequential(nn.Linear(8, 12), nn.GELU(), nn.Linear(12, 8)),
            head=nn.Linear(8, 3),
        ),
        lambda: normal(1, 4, 4),
        ("mlp.1", "output"),
    ),
    Case(
        "attention in moved windows with a learned bias (Swin)",
        lambda: Module(window_attention, qkv=nn.Linear(4, 12), bias=nn.Parameter(normal(4, 4)), head=nn.Linear(4, 3)),
        lambda: normal(4, 4, 4),
        ("gelu", "output"),
    ),
    Case(
        "MLP-Mixer",
        lambda: Module(
            mixer,
            patches=nn.Conv2d(1, 6, 2, stride=2),
            tokens=nn.Sequential(nn.Linear(4, 5), nn.GELU(), nn.Linear(5, 4)),
            channels=nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Linear(5, 6)),
            head=nn.Linear(6, 2),
        ),
        lambda: normal(1, 4, 4),
        ("tokens.1", "channels.1", "output"),
    ),
    Case(
        "FiLM: a CNN with a condition, two inputs",
        lambda: Module(film, filters=nn.Conv2d(1, 4, 3), norm=nn.InstanceNorm2d(4, affine=True), film=nn.Linear(3, 8)),
        lambda: (normal(1, 5, 5), normal(3, seed=1)),
        ("relu", "output"),
    ),
    Case(
        "spatial transformer: `affine_grid` and `grid_sample`",
        lambda: Module(spatial_transformer, where=nn.Linear(25, 6), filters=nn.Conv2d(1, 2, 3)),
        lambda: normal(1, 5, 5),
        ("tanh", "output"),
        way="DoubleReverse",
        traced=False,
    ),
    Case(
        "`unfold` and `fold`",
        lambda: Module(patches, mix=nn.Linear(8, 12)),
        lambda: normal(2, 4, 4),
        ("tanh", "output"),
    ),
    Case(
        "Fourier neural operator",
        lambda: Module(spectral, weight=nn.Parameter(normal(2, 3, 3, 2)), local=nn.Conv1d(2, 3, 1)),
        lambda: normal(2, 8),
        ("output",),
    ),
    Case(
        "masked convolution (PixelCNN)",
        lambda: Module(pixel_cnn, filters=nn.Conv2d(1, 3, 3), out=nn.Conv2d(3, 2, 1)),
        lambda: normal(1, 4, 4),
        ("elu", "output"),
    ),
    Case(
        "variational autoencoder, along its means",
        lambda: Module(
            vae,
            encoder=nn.Sequential(nn.Linear(6, 5), nn.Softplus(), nn.Linear(5, 4)),
            decoder=nn.Sequential(nn.Linear(2, 5), nn.Softsign(), nn.Linear(5, 6), nn.Sigmoid()),
        ),
        lambda: normal(6),
        ("encoder.1", "decoder.1", "output.0", "output.1", "output.2"),
    ),
    Case(
        "detection heads on two scales, a list of dicts",
        lambda: Module(
            detector,
            one=nn.Conv2d(1, 3, 3, stride=2),
            two=nn.Conv2d(3, 3, 2),
            box=nn.Conv2d(3, 4, 1),
            score=nn.Conv2d(3, 2, 1),
        ),
        lambda: normal(1, 7, 7),
        ("relu", "relu#2", "output.0.box", "output.0.score", "output.1.box", "output.1.score"),
    ),
    Case(
        "sinusoidal layers (SIREN): no activation that is recorded",
        lambda: Module(
            lambda m, x: m.out(torch.sin(6 * m.second(torch.sin(6 * m.first(x))))),
            first=nn.Linear(2, 6),
            second=nn.Linear(6, 6),
            out=nn.Linear(6, 3),
        ),
        lambda: 0.3 * normal(2),
        ("first", "second", "output"),
    ),
    Case(
        "random Fourier features (NeRF)",
        lambda: Module(
            lambda m, x: m.body(torch.cat([f(2**k * x) for k in range(3) for f in (torch.sin, torch.cos)], -1)),
            body=nn.Sequential(nn.Linear(18, 6), nn.ReLU(), nn.Linear(6, 4), nn.Softplus()),
        ),
        lambda: 0.3 * normal(5, 3),
        ("body.1", "output"),
    ),
)
