"""Chains are pulled tight as far as no point becomes less dense than a straight line's least dense one."""

from dataclasses import replace

import torch
from torch import Tensor

from pushforward.manifold.geometry.arcs import arcs
from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.immersion import MEMORY, Immersion
from pushforward.manifold.geometry.path import rises
from pushforward.manifold.geometry.relax import Chains, Relaxation, Tightening
from pushforward.progress import track

# Rounds of steps; after each, densities are checked.
ROUNDS = 2
# Steps between two checks, at most.
STEPS = 3
# Damping of the first step: short ones seldom lead to where nothing is.
SHORTER = 1.0


@torch.no_grad()
def above(im: Immersion, line: Tensor, method: Relaxation, *, progress: bool = False) -> Chains:
    """Chains of less energy that are nowhere less dense than the least dense point of their `line` (n, t, width).

    After some steps densities are computed; points that sank too low go back and stay where they were. A chain that
    has more energy then, or is longer, is left as it was: in the worst case it is the line itself. None is `converged`,
    for shorter chains lead through what is less dense.
    """
    each = 8 * im.size * im.latent.dim * line.shape[1]
    lots = line.split(max(1, MEMORY // each))
    parts = [_above(im, part, method, progress=progress) for part in lots]
    return Chains(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _above(im: Immersion, line: Tensor, method: Relaxation, *, progress: bool) -> Chains:
    z, J = line.clone(), im.jacobians(line)
    floor = _rises(im, z, J).amin(1)
    J = J[:, 1:-1].clone()
    fixed = torch.zeros(J.shape[:2], dtype=torch.bool, device=z.device)
    X = im.points(z)
    E, length = energy(X), _length(im, z)
    short = replace(method, iterations=min(STEPS, method.iterations), renew=STEPS + 1)
    for _ in track(range(ROUNDS), f"tightening {len(line)} paths", show=progress):
        trial = Tightening(im, z, short, J=J, fixed=fixed, damping=SHORTER)
        trial.settle()
        low = _return(im, trial, z, J, floor)
        X = im.points(trial.z)
        now, reach = energy(X), _length(im, trial.z)
        won = (now < E) & (reach <= length)
        fixed = fixed | low
        for old, new in ((z, trial.z), (J, trial.J), (E, now), (length, reach)):
            old[won] = new[won]
    return Chains(z, E, torch.zeros(len(z), dtype=torch.bool, device=z.device))


def _return(im: Immersion, trial: Tightening, z: Tensor, J: Tensor, floor: Tensor) -> Tensor:
    """Points that sank below the floor (n,) go back to where they were in z; the others get their Jacobians.

    -> (n t − 2), which ones went back
    """
    inner, before = trial.z[:, 1:-1], z[:, 1:-1]
    moved = (inner != before).any(2)
    trial.J[moved] = im.jacobians(inner[moved])
    low = moved & (_rises(im, inner, trial.J) < floor[:, None])
    inner[low], trial.J[low] = before[low], J[low]
    return low


def _rises(im: Immersion, z: Tensor, J: Tensor) -> Tensor:
    return rises(im, z.flatten(0, 1), J.flatten(0, 1)).reshape(z.shape[:2])


def _length(im: Immersion, z: Tensor) -> Tensor:
    return arcs(im, z).double().sum(1)
