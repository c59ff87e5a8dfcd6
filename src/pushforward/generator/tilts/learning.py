"""A law on the latent of a generator that is there, from the latent points of data."""

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from pushforward.generator.inverse import ALIKE, CHUNK, LevenbergMarquardt, encoder_points
from pushforward.generator.layers import squared
from pushforward.generator.tangent import jacobians
from pushforward.generator.tilts.registry import suited
from pushforward.generator.tilts.shares import Shares
from pushforward.generator.tilts.tilt import Tilt
from pushforward.rng import generator, integers, permutation

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

BATCH = 512
RATE = 3e-3
# How many of the points are kept to judge by: a share of them, and at most; of few points a third, up to a number: 300
# were too few to be sure of a law that is 0.1 nats likelier.
HELD_OUT, MOST, THIRD = 0.1, 2000, 1000
# How often a law that is learned is judged.
LOOKS = 20
# Steps from the encoder's points to the preimages.
STEPS = 3
# Candidates of a point in other pieces that may be its preimages before they are improved: root mean squares away,
# relative to the nearest.
HOPEFUL = 4.0
# Standard errors by which a law has to be likelier than the latent's.
SURE = 2.0


class Preimages(NamedTuple):
    """Candidates z (n, m, width) of every point, and the log-density (n, m) that the latent's law gives it there; −∞
    where a candidate is none.
    """

    z: Tensor
    log_density: Tensor


def learn(
    gen: "Generator", X: Tensor, *, steps: int, seed: torch.Generator, clusters: Tensor | None = None
) -> Tilt | None:
    r"""The law of latent points under which data X are likeliest, or None where it is no better than the latent's own.

    The map stays as it is, and $\log p(x) = \log \sum_z p_0(z) e^{t(z)} / \sqrt{\det J^\top J}$ over the
    preimages in all pieces is maximised over t alone. A part of X is kept out: it says when to stop, and whether the
    law is likelier than the latent's own. `clusters` (m,) of the first points, −1 for none, get the shares that they
    have there.

    Source: Loaiza-Ganem et al. (2022) for the two steps, and why the second finds the law of the data.
    """
    draws = generator(seed)
    known = preimages(gen, X)
    order = permutation(len(X), seed=draws)
    count = max(1, min(MOST, int(HELD_OUT * len(X))), min(THIRD, len(X) // 3))
    test, train = (Preimages(*(t[part] for t in known)) for part in (order[:count], order[count:]))
    shares = None if clusters is None else Shares.of(gen, X, clusters, seed=draws)
    with torch.enable_grad():
        tilt = _best(suited(gen.latent, seed=draws).to(gen.device), train, test, steps, draws, shares)
    if not tilt.settle(known.z[known.log_density > -math.inf], seed=draws):
        return None
    gain = _log_likelihood(tilt, test) - test.log_density.logsumexp(1)
    sure = gain.mean() > SURE * gain.std() / len(gain) ** 0.5
    return tilt if bool(sure) else None


@torch.no_grad()
def preimages(gen: "Generator", X: Tensor) -> Preimages:
    """Where data come from: the encoder's points, a few steps nearer, in every piece that makes them as well."""
    assert gen.encoder is not None
    if gen.latent.pieces == 1:
        z = gen.encode(X, steps=STEPS).float()
        return Preimages(z[:, None], gen.latent.log_density(z)[:, None])
    latent, inside = gen.latent, gen.scaling.inside(X)
    paint = lambda z: gen.scaling.inside(gen(z))  # noqa: E731
    z = encoder_points(latent, gen.encoder, inside)[0]  # (n m width)
    off = torch.cat(
        [
            squared(paint(part.flatten(0, 1)).unflatten(0, part.shape[:2]), x[:, None], 2)
            for part, x in zip(z.split(CHUNK), inside.split(CHUNK), strict=True)
        ]
    )
    near = off <= HOPEFUL**2 * off.amin(1, keepdim=True)
    ends = LevenbergMarquardt(STEPS).descend(paint, latent, inside[near.nonzero()[:, 0]], z[near])
    z[near], off[near] = ends.z, ends.residual.square()
    near &= off <= ALIKE**2 * off.amin(1, keepdim=True)
    return Preimages(z.float(), _log_density(gen, z, near).float())


def _log_density(gen: "Generator", z: Tensor, near: Tensor) -> Tensor:
    """Log p₀(z) − ½ log det JᵀJ of candidates; the volume matters only where there are several.  -> (n m)"""
    out = z.new_full(near.shape, -math.inf)
    out[near] = gen.latent.log_density(z[near])
    several = near & (near.sum(1, keepdim=True) > 1)
    paint = lambda z: gen.scaling.inside(gen(z))  # noqa: E731
    volumes = [
        torch.linalg.svdvals(jacobians(paint, gen.latent, part)).log().sum(1) for part in z[several].split(CHUNK)
    ]
    if volumes:
        out[several] -= torch.cat(volumes)
    return out


def _best(
    tilt: Tilt, train: Preimages, test: Preimages, steps: int, draws: torch.Generator, shares: Shares | None
) -> Tilt:
    """The law after the steps at which the points kept out were likeliest."""
    adam = torch.optim.Adam(tilt.parameters(), RATE, fused=True)
    best, state = -math.inf, {name: t.clone() for name, t in tilt.state_dict().items()}
    for step in range(steps):
        adam.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
        at = integers(len(train.z), (BATCH,), seed=draws)
        loss = -_log_likelihood(tilt, Preimages(train.z[at], train.log_density[at]), draws).mean()
        if shares is not None:
            loss = loss + shares.cost(tilt, draws)
        adam.zero_grad()
        loss.backward()
        adam.step()
        if (step + 1) % max(1, steps // LOOKS) == 0:
            with torch.no_grad():
                value = float(_log_likelihood(tilt, test, draws).mean())
                value -= 0.0 if shares is None else float(shares.cost(tilt, draws))
            if value > best:
                best, state = value, {name: t.clone() for name, t in tilt.state_dict().items()}
    tilt.load_state_dict(state)
    return tilt.eval().requires_grad_(False)


def _log_likelihood(tilt: Tilt, known: Preimages, draws: torch.Generator | None = None) -> Tensor:
    """Log p(x) up to what no law changes: from `draws` while the law is learned.  -> (n)"""
    z = known.z.flatten(0, 1)
    relative = tilt.relative(z) if draws is None else tilt.unsettled(z, draws)
    return (known.log_density + relative.unflatten(0, known.log_density.shape)).logsumexp(1)
