"""Which piece of the latent (chart or component) an input belongs to, while that is still being learned."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pushforward.generator.layers import squared
from pushforward.latents import Decoded, Latent
from pushforward.rng import Seed, generator, integers, uniform

# Vectors that are generated at once to try all pieces of a batch.
AFFORDABLE = 4096


# Points that are encoded at once.
CHUNK = 512
# The least share of a piece, relative to equal ones: nothing is ruled out.
LEAST = 0.01


class Choice(NamedTuple):
    """For every input: the latent point taken, the mean squared error there, and how wrong the encoder's logits are."""

    z: Tensor
    error: Tensor
    entropy: Tensor


def choose(decoded: Decoded, x: Tensor, paint: Callable[[Tensor], Tensor], *, try_all: bool, seed: Seed) -> Choice:
    """The encoder's candidates, one for each input x, differentiable; logits are pulled to the best piece known.

    With `try_all` that is the best of all. Otherwise one is drawn as the logits say, and a random one is its rival.
    """
    n, pieces, _ = decoded.points.shape
    at = torch.arange(n, device=x.device)
    if pieces == 1:
        z = decoded.points[:, 0]
        return Choice(z, squared(paint(z), x), x.new_zeros(n))
    if try_all:
        with torch.no_grad():
            every = paint(decoded.points.flatten(0, 1)).unflatten(0, (n, pieces))
            best = squared(every, x[:, None], 2).argmin(1)
        z = decoded.points[at, best]
        return Choice(z, squared(paint(z), x), cross_entropy(decoded.logits, best, reduction="none"))
    draws = generator(seed)
    index = draw(decoded.logits, seed=draws)
    rival = integers(pieces, (n,), seed=draws).to(x.device)
    z = decoded.points[at, index]
    error = squared(paint(z), x)
    with torch.no_grad():
        better = squared(paint(decoded.points[at, rival]), x) < error
    best = torch.where(better, rival, index)
    return Choice(z, error, cross_entropy(decoded.logits, best, reduction="none"))


def draw(logits: Tensor, *, seed: Seed) -> Tensor:
    """One index per row, drawn with the probabilities of the logits.  (n m) -> (n)"""
    u = uniform(logits.shape, seed=seed, dtype=torch.float64).clamp_min(1e-12).to(logits.device)
    return (logits.detach() - (-u.log()).log()).argmax(1)  # Gumbel noise


@torch.no_grad()
def reweighted(latent: Latent, encoder: nn.Module, inside: Tensor) -> Latent:
    """The latent with each piece as likely as the encoder finds scaled data (n, *shape) in it: one step of
    expectation maximisation for the weights of a mixture.
    """
    share = torch.zeros(latent.pieces, dtype=torch.float64)
    for x in inside.split(CHUNK):
        logits = latent.decode(encoder(x)).logits
        share += logits.double().softmax(1).sum(0).cpu()
    share = (share / share.sum()).clamp_min(LEAST / latent.pieces)
    return latent.weighted([round(w, 5) for w in share.tolist()])
