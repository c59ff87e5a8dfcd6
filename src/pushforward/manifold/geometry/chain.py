"""Chains of points on a manifold: their energy, its slope, and the Gauss–Newton step that lowers it."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.generator import encoder_points, likeliest
from pushforward.latents import Latent
from pushforward.manifold.geometry.immersion import TOGETHER, Immersion

# A point goes over if the energy of its links falls below this share.
GAIN = 0.999


@torch.no_grad()
def recharted(im: Immersion, z: Tensor, at: Tensor) -> Tensor:
    """Which chains (n, t, width) have changed, in place: their inner points `at` (n, t − 2) go where E says halfway.

    Where their two links have less energy there; first every other point, then the rest. Only generators with an
    encoder whose latent has several charts or components can do that.
    """
    changed = torch.zeros(len(z), dtype=torch.bool, device=z.device)
    if im.gen is None or im.gen.encoder is None or im.latent.pieces == 1:
        return changed
    X, some = z.new_zeros(*z.shape[:2], im.size), at.any(1)
    X[some] = im.points(z[some])
    for first in (0, 1):
        chain, point = (at & (torch.arange(at.shape[1], device=z.device) % 2 == first)).nonzero().unbind(1)
        if not len(chain):
            continue
        before, here, after = (X[chain, point + i] for i in (0, 1, 2))
        there = offered(im, (before + after) / 2)
        images = im.points(there)
        better = _links(before, images, after) < GAIN * _links(before, here, after)
        chain, point = chain[better], point[better] + 1
        z[chain, point], X[chain, point] = there[better], images[better]
        changed[chain] = True
    return changed


def offered(im: Immersion, X: Tensor) -> Tensor:
    """The encoder's best candidate for points, as it is.  (..., d) -> (..., width)"""
    gen = im.gen
    assert gen is not None
    assert gen.encoder is not None
    x = X.reshape(-1, *im.shape)
    return likeliest(gen, *encoder_points(gen.latent, gen.encoder, gen.scaling.inside(x)), x).unflatten(0, X.shape[:-1])


def _links(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    return (b - a).square().sum(-1) + (c - b).square().sum(-1)


# How far a coordinate is tried to move to see whether the latent ends there, in units of the latent's spread.
NUDGE = 1e-3


class Pull(NamedTuple):
    """The energy of chains (n,), and its slope by every inner point in the latent's frame (n, t − 2, k)."""

    energy: Tensor
    slope: Tensor

    def put(self, at: Tensor, other: "Pull") -> None:
        """Write others over some of these."""
        self.energy[at], self.slope[at] = other.energy, other.slope


def energy(X: Tensor) -> Tensor:
    r"""$(t - 1) \sum_i |x_{i+1} - x_i|^2$: at least the squared length, equal where steps are.  (n t d) -> (n)"""
    return (X.shape[1] - 1) * X.diff(dim=1).square().sum(2).double().sum(1)


def pulled(im: Immersion, z: Tensor) -> Pull:
    """Energy and slope of chains, by reverse mode.  (n t width) -> (n), (n t − 2 k)"""
    parts = [_pulled(im, part) for part in z.split(max(1, TOGETHER // (im.size * z.shape[1])))]
    return Pull(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _pulled(im: Immersion, z: Tensor) -> Pull:
    n, t, width = z.shape
    with torch.enable_grad():
        v = z.new_zeros(n, t, im.latent.dim, requires_grad=True)
        X = im.paint(im.latent.move(z.reshape(-1, width), v.flatten(0, 1))).reshape(n, t, -1)
        E = energy(X)
        slope = torch.autograd.grad(E.sum(), v)[0] if E.requires_grad else torch.zeros_like(v)
    return Pull(E.detach(), slope[:, 1:-1].detach())


def gauss_newton(J: Tensor, g: Tensor, damping: Tensor) -> Tensor:
    r"""The step $-(H + \lambda)^{-1} g$ with $H = 2 (t - 1) B^\top B$, where B v are the changes of the links.

    H is block tridiagonal: $J_i^\top J_i$ twice on the diagonal, $-J_i^\top J_{i+1}$ beside it.
    J (n s d k), g (n s k), damping (n) relative to the mean diagonal -> (n s k)
    """
    n, s, _, k = J.shape
    links = 2 * (s + 1)
    D = 2 * links * (J.mT @ J).double()
    U = -links * (J[:, :-1].mT @ J[:, 1:]).double()
    level = D.diagonal(dim1=2, dim2=3).mean((1, 2)) * damping.double() + torch.finfo(torch.float64).tiny
    D = D + level[:, None, None, None] * torch.eye(k, dtype=D.dtype, device=D.device)
    return _solve(D, U, -g.double()).to(J).reshape(n, s, k)


def _solve(D: Tensor, U: Tensor, b: Tensor) -> Tensor:
    """A symmetric block tridiagonal system by elimination.  (n s k k), (n s − 1 k k), (n s k) -> (n s k)"""
    s = D.shape[1]
    pivots, rest = [D[:, 0]], [b[:, 0]]
    above = []
    for i in range(1, s):
        solved = torch.linalg.solve_ex(pivots[-1], torch.cat([U[:, i - 1], rest[-1][..., None]], 2)).result
        above.append(solved[..., :-1])
        pivots.append(D[:, i] - U[:, i - 1].mT @ solved[..., :-1])
        rest.append(b[:, i] - (U[:, i - 1].mT @ solved[..., -1:])[..., 0])
    x = [torch.linalg.solve_ex(pivots[-1], rest[-1][..., None]).result[..., 0]]
    for i in reversed(range(s - 1)):
        here = torch.linalg.solve_ex(pivots[i], rest[i][..., None]).result[..., 0]
        x.append(here - (above[i] @ x[-1][..., None])[..., 0])
    return torch.stack(x[::-1], 1)


def blocked(latent: Latent, z: Tensor, g: Tensor) -> Tensor:
    """Which coordinates would lower the energy only by leaving the latent.  (..., width), (..., k) -> (..., k)"""
    k = latent.dim
    flat, slopes = z.reshape(-1, z.shape[-1]), g.reshape(-1, k)
    reach = NUDGE * latent.spread.to(z)
    out = [
        _stays(latent, flat, -reach * slopes.sign() * torch.eye(k, dtype=z.dtype, device=z.device)[j], reach[j])
        for j in range(k)
    ]
    return torch.stack(out, -1).reshape(g.shape)


def _stays(latent: Latent, z: Tensor, v: Tensor, reach: Tensor) -> Tensor:
    back = latent.project(latent.move(z, v))
    return latent.distance(back, z) < reach / 2
