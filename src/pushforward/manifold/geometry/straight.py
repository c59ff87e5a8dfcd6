"""The straight line between two points, as a baseline and as a start."""

import torch
from torch import Tensor
from torch.func import vmap

from pushforward.generator import encoder_points
from pushforward.latents import Latent
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.process import jvp

ITERATIONS = 12
# How far from its aim a straight line may end, in units of the latent's spread.
REACHED = 1e-3


@torch.no_grad()
def towards(latent: Latent, z: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Velocities v with move(z, v) = y, and where there is none or none was found.  (n width) -> (n dim), (n)

    Found by Gauss–Newton on the features, from v = 0.
    """
    aim = latent.features(y)
    v = z.new_zeros(len(z), latent.dim)
    for _ in range(ITERATIONS):
        off = aim - latent.features(latent.move(z, v))
        if off.abs().sum() <= torch.finfo(z.dtype).eps * len(z):
            break
        v = v + (torch.linalg.pinv(_slopes(latent, z, v)) @ off[..., None])[..., 0]
    missed = latent.distance(latent.project(latent.move(z, v)), y) > REACHED * float(latent.spread.norm())
    return v.where(~missed[:, None], 0), missed


def _slopes(latent: Latent, z: Tensor, v: Tensor) -> Tensor:
    """How features change with the velocity.  -> (n f dim)"""
    eye = torch.eye(latent.dim, dtype=z.dtype, device=z.device)
    along = lambda e: jvp(lambda w: latent.features(latent.move(z, w)), (v,), (e.expand_as(v),))[1]  # noqa: E731
    return vmap(along)(eye).permute(1, 2, 0)


def between(latent: Latent, z: Tensor, y: Tensor, share: Tensor) -> Tensor:
    """The points `share` of the way from z to y; where no straight line leads there, the nearer end.

    (n width), (n width), (n) -> (n width)
    """
    v, missed = towards(latent, z, y)
    inside = latent.project(latent.move(z, share[:, None] * v))
    ends = torch.where((share < 0.5)[:, None], z, y)
    return torch.where(missed[:, None], ends, inside)


def doubled(latent: Latent, z: Tensor) -> Tensor:
    """Chains with a point more in the middle of every link.  (n t width) -> (n 2t − 1 width)"""
    n, t, width = z.shape
    before, after = z[:, :-1].reshape(-1, width), z[:, 1:].reshape(-1, width)
    middle = between(latent, before, after, z.new_full((len(before),), 0.5)).reshape(n, t - 1, width)
    woven = z.new_empty(n, 2 * t - 1, width)
    woven[:, ::2], woven[:, 1::2] = z, middle
    return woven


@torch.no_grad()
def straight(im: Immersion, z: Tensor, y: Tensor, steps: int) -> Tensor:
    """Straight lines in the latent, between charts or components with one jump.

    (n width), (n width) -> (n steps + 1 width)

    A jump is where the cross-fade has the most alike points in both, as the encoder tells; without an encoder
    every step of the cross-fade is inverted.
    """
    chains, missed = _lines(im, z, y, steps)
    if missed.any() and im.gen is not None:
        crossing = _inverted if im.gen.encoder is None else _bridged
        chains[missed] = crossing(im, z[missed], y[missed], steps)
    return chains


def _lines(im: Immersion, z: Tensor, y: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Along the latent's own geodesics, and between which pairs there is none.  -> (n steps + 1 width), (n)"""
    v, missed = towards(im.latent, z, y)
    share = torch.linspace(0, 1, steps + 1, dtype=z.dtype, device=z.device)
    moved = im.latent.move(z.repeat_interleave(steps + 1, 0), (share[:, None] * v[:, None]).flatten(0, 1))
    chains = im.latent.project(moved).reshape(len(z), steps + 1, -1)
    chains[:, 0], chains[:, -1] = z, y
    return chains, missed


def _faded(im: Immersion, z: Tensor, y: Tensor, steps: int) -> Tensor:
    """The cross-fades between what is made at z and at y.  -> (n steps + 1 d)"""
    a, b = im.points(z)[:, None], im.points(y)[:, None]
    return a + torch.linspace(0, 1, steps + 1, dtype=a.dtype, device=a.device)[:, None] * (b - a)


def _inverted(im: Immersion, z: Tensor, y: Tensor, steps: int) -> Tensor:
    assert im.gen is not None
    mixed = _faded(im, z, y, steps)[:, 1:-1]
    inner = im.gen.encode(mixed.reshape(-1, *im.shape)).reshape(len(z), steps - 1, -1)
    return torch.cat([z[:, None], inner, y[:, None]], 1)


def _bridged(im: Immersion, z: Tensor, y: Tensor, steps: int) -> Tensor:
    """Straight to the best point for a jump into the chart or component of y, and straight on from there."""
    n, at = len(z), torch.arange(len(z), device=z.device)
    mixed = _faded(im, z, y, steps)[:, :-1]
    first, last = _inside(im, mixed, z), _inside(im, mixed, y)
    first[:, 0] = z
    jump = (im.points(first) - im.points(last)).norm(dim=2).argmin(1)
    step = torch.arange(steps + 1, device=z.device).expand(n, -1)
    before = step <= jump[:, None]
    share = torch.where(
        before, step / jump[:, None].clamp_min(1), (step - 1 - jump[:, None]) / (steps - 1 - jump).clamp_min(1)[:, None]
    )
    ends = torch.stack([z, first[at, jump]], 1), torch.stack([last[at, jump], y], 1)
    start, end = (torch.where(before[..., None], ends[0][:, i, None], ends[1][:, i, None]) for i in (0, 1))
    chains = between(im.latent, start.flatten(0, 1), end.flatten(0, 1), share.flatten().to(z)).reshape(n, steps + 1, -1)
    chains[:, -1] = y
    return chains


def _inside(im: Immersion, X: Tensor, like: Tensor) -> Tensor:
    """What the encoder says of points (n, s, d) in the piece of `like` (n, width).  -> (n s width)"""
    gen, (n, s) = im.gen, X.shape[:2]
    assert gen is not None
    assert gen.encoder is not None
    points = encoder_points(gen.latent, gen.encoder, gen.scaling.inside(X.reshape(-1, *im.shape)))[0]  # (n s m width)
    m = points.shape[1]
    same = torch.isfinite(gen.latent.distance(points.flatten(0, 1), like.repeat_interleave(s * m, 0))).reshape(n * s, m)
    return points[torch.arange(n * s, device=X.device), same.int().argmax(1)].reshape(n, s, -1)
