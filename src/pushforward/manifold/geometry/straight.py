"""The straight line between two points, as a baseline and as a start."""

import torch
from torch import Tensor

from pushforward.generator.candidates import said
from pushforward.manifold.geometry.between import between, towards
from pushforward.manifold.geometry.immersion import Immersion


@torch.no_grad()
def straight(im: Immersion, z: Tensor, y: Tensor, steps: int) -> Tensor:
    """Straight lines in the latent, between pieces with one jump.  (n width), (n width) -> (n steps + 1 width)

    A jump is where the cross-fade has the most alike points in both pieces, as the encoder tells; without an encoder
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
    """Straight to the best point for a jump into the piece of y, and straight on from there."""
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
    points = said(gen.latent, gen.encoder, gen.scaling.inside(X.reshape(-1, *im.shape)))[0]  # (n s m width)
    m = points.shape[1]
    same = torch.isfinite(gen.latent.distance(points.flatten(0, 1), like.repeat_interleave(s * m, 0))).reshape(n * s, m)
    return points[torch.arange(n * s, device=X.device), same.int().argmax(1)].reshape(n, s, -1)
