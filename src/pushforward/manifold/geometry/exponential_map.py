"""`exponential`: straight on along the manifold, from a point with a velocity."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.manifold.geometry.chain import offered
from pushforward.manifold.geometry.frames import frames
from pushforward.manifold.geometry.immersion import Immersion, Map, Points, encoded
from pushforward.manifold.geometry.parallel_transport import ambient
from pushforward.manifold.geometry.path import paths
from pushforward.manifold.geometry.result import Path

# Newton steps for one step of the geodesic.
CORRECTIONS = 8
# What is left of a step, relative to it, when it has been made.
REACHED = 1e-4
# A step of which more is left has not been made: the latent ends there.
MISSED = 0.2


class _Step(NamedTuple):
    z: Tensor
    left: float


@torch.no_grad()
@steady
@checked
def exponential(mapping: Map, x: Points, v: Tensor, *, steps: int = 32, latents: bool = False) -> Path:
    r"""The geodesic that leaves x with velocity v, until time 1: as long as the part of v tangent to the manifold.

    x is an input of a generator (*shape), or a latent point (width,) of a function or with `latents=True`; v (*shape)
    is a change of the point. Each step solves $J_i^\top (x_{i+1} - x_i) = J_i^\top (x_i - x_{i-1})$, which is what
    makes a chain tight: the inverse of `geodesic`. Where the latent ends, the path goes on in another chart or
    component if the encoder finds what comes next there; if not, it ends early, and is not `converged`.

    Raises `BadInput` for other shapes.

    >>> circle = lambda z: torch.cat([z.cos(), z.sin()], 1)
    >>> exponential(circle, torch.zeros(1), torch.tensor([0.0, 3.0])).latents[-1].round(decimals=2)
    tensor([3.])

    Source: Rumpf, Wirth (2015) for the discrete exponential map.
    """
    if steps < 1:
        raise BadInput(f"`exponential(steps={steps})`: at least 1 is needed.")
    im, z = encoded(mapping, structure.tensors(x)[None], "x", latents=latents)
    u = ambient(im, v, z)
    if len(u) != 1:
        raise BadInput(f"`exponential`: {len(u)} velocities were given for one point. Call it for each.")
    chain, ended = _walk(im, z[0], u[0] / steps, steps)
    whole = torch.tensor([not ended], device=z.device)
    return paths(im, chain[None], whole, density=True)[0]


def _walk(im: Immersion, z: Tensor, u: Tensor, steps: int) -> tuple[Tensor, bool]:
    """Latent points (t, width) along a geodesic with first step u (d,), and whether it ended early."""
    chain = [z]
    for _ in range(steps):
        here, J = chain[-1], im.jacobians(chain[-1])
        step = _ahead(im, here, J, u)
        jumped = step.left > MISSED
        if jumped:
            step = _elsewhere(im, here, J, u)
            if step.left > 1:
                return torch.stack(chain), True
        chain.append(step.z)
        if jumped:
            spaces = frames(im, torch.stack(chain[-2:]))
            u = (spaces.coefficients(u[None]) @ spaces.bases[-1].mT)[0]
        else:
            u = im.points(step.z) - im.points(here)
    return torch.stack(chain), False


def _ahead(im: Immersion, z: Tensor, J: Tensor, u: Tensor) -> _Step:
    """Where the chord's tangent part is that of u.  (width), (d k), (d)"""
    x, there, slope = im.points(z), z, J
    step = J @ (torch.linalg.pinv(J) @ u)
    whole, left = step.norm().clamp_min(torch.finfo(J.dtype).tiny), torch.inf
    for _ in range(CORRECTIONS):
        off = J.mT @ (step - im.points(there) + x)
        left = float((torch.linalg.pinv(J.mT) @ off).norm() / whole)
        if left < REACHED:
            break
        there = im.latent.project(im.latent.move(there[None], (torch.linalg.pinv(J.mT @ slope) @ off)[None]))[0]
        slope = im.jacobians(there)
    return _Step(there, left)


def _elsewhere(im: Immersion, z: Tensor, J: Tensor, u: Tensor) -> _Step:
    """The next point in another chart or component, by the encoder; how far it is off, relative to a tolerance.

    That is the length of the step, or how far data typically are from what is generated.
    """
    if im.gen is None or im.gen.encoder is None or im.latent.pieces == 1:
        return _Step(z, torch.inf)
    tangent = J @ torch.linalg.lstsq(J, u[:, None]).solution[:, 0]
    aim = im.points(z) + tangent
    there = offered(im, aim[None])[0]
    same = torch.isfinite(im.latent.distance(z[None], there[None]))[0]
    tolerance = max(float(tangent.norm()), im.gen.residual_scale * im.size**0.5)
    off = float((im.points(there) - aim).norm()) / tolerance
    return _Step(there, torch.inf if bool(same) else off)
