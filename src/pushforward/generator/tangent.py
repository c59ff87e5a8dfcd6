"""Derivatives of a generator along its latent: k forward-mode products, whatever the size of what it makes."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.func import vmap

from pushforward.errors import NotDifferentiable, PushforwardError
from pushforward.latents import Latent
from pushforward.linear import Chart, comparable, excess
from pushforward.process import jvp, plain_attention
from pushforward.rng import normal


class Law(Protocol):
    """A law of latent points."""

    def log_density(self, z: Tensor) -> Tensor:
        """(n width) -> (n)"""
        ...


Paint = Callable[[Tensor], Tensor]
"""Latent points (n, width) to what they mean (n, *shape)."""


def directional(paint: Paint, latent: Latent, z: Tensor, V: Tensor) -> Tensor:
    """Derivatives of paint(move(z, v)) at v = 0 along the rows of V.  (n width), (r dim) -> (r, n, *shape)

    Raises `NotDifferentiable` where an operation has no forward derivative.
    """
    still = z.new_zeros(len(z), latent.dim)

    def along(v: Tensor) -> Tensor:
        return jvp(lambda w: paint(latent.move(z, w)), (still,), (v.expand_as(still),))[1]

    try:
        with torch.no_grad(), plain_attention():
            return vmap(along)(V.to(z))
    except PushforwardError:
        raise
    except (RuntimeError, NotImplementedError) as reason:
        raise NotDifferentiable(
            f"the generator's network has no forward derivative ({str(reason).splitlines()[0]}). Replace that "
            "operation by one that has, or give it a `jvp`."
        ) from reason


def check_derivative(paint: Paint, latent: Latent, z: Tensor) -> None:
    """Raise `NotDifferentiable` if the forward derivative at a latent point (1 width) disagrees with differences.

    As of custom operations, of which PyTorch takes the forward derivative to be zero. No forward derivative is fine:
    then `directional` says so where it is needed.
    """
    if not comparable(z.dtype):
        return
    still, tangent = z.new_zeros(1, latent.dim), normal((1, latent.dim), seed=0).to(z)
    try:
        exact = directional(paint, latent, z, tangent)[0]
    except NotDifferentiable:
        return
    with torch.no_grad():
        gaps = excess(lambda w: (paint(latent.move(z, w)),), (still,), (tangent,), [exact])
    if bool((gaps > 0).all()):
        raise NotDifferentiable(
            "`Generator.wrap`: the forward derivative of the network is missing or wrong: it disagrees with a finite "
            "difference. Part of it hides its derivative (`detach`, `.data`, `torch.no_grad`), or is a custom "
            "operation without a `jvp`, of which PyTorch takes it to be zero. Give it one, or replace that operation."
        )


def jacobians(paint: Paint, latent: Latent, z: Tensor) -> Tensor:
    """The Jacobian at every z with respect to the latent's frame.  (n width) -> (n d dim)"""
    eye = torch.eye(latent.dim)
    return directional(paint, latent, z, eye).flatten(2).permute(1, 2, 0)  # (k n d) -> (n d k)


class GeneratorChart(Chart):
    """w ↦ G(move(z, spread · w)): w ~ N(0, I) moves z by the covariance of the latent's law."""

    def __init__(self, paint: Paint, latent: Latent, z: Tensor, law: Law | None = None):
        self.paint, self.latent, self.z, self.rank = paint, latent, z, latent.dim
        self.law = latent if law is None else law
        self.point = paint(z[None])[0].detach()

    def __call__(self, w: Tensor) -> Tensor:
        """The inputs at coordinates w.  (n r) -> (n, *shape)"""
        z = self.z.expand(len(w), -1)
        return self.paint(self.latent.move(z, self.latent.spread.to(z) * w.to(z)))

    def tangents(self, start: int, stop: int) -> Tensor:
        """∂x/∂w_j for j in start … stop.  -> (stop − start, d)"""
        V = torch.diag(self.latent.spread)[start:stop]
        return directional(self.paint, self.latent, self.z[None], V).flatten(1)

    def at(self, w: Tensor) -> "GeneratorChart":
        """The chart at the latent point that w leads to, brought back to the latent where it has an edge.  (r)"""
        z = self.latent.move(self.z[None], self.latent.spread.to(self.z) * w[None].to(self.z))
        return GeneratorChart(self.paint, self.latent, self.latent.project(z)[0], self.law)

    def log_density(self) -> float:
        """The log density that this latent point gives its input: log p(z) − ½ log det JᵀJ."""
        J = jacobians(self.paint, self.latent, self.z[None])[0]
        volume = torch.linalg.svdvals(J.double()).log().sum()
        return float(self.law.log_density(self.z[None])[0] - volume)
