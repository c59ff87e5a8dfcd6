"""Paths of a generator: drafts through its samples and along the straight line, tightened, from chart to chart."""

from dataclasses import replace

import torch
from torch import Tensor

from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.refinement import lengths
from pushforward.manifold.geometry.relax import Chains, Relaxation
from pushforward.manifold.geometry.sample_graph import roadmap
from pushforward.manifold.geometry.straight import doubled
from pushforward.rng import Seed

# Links at first, or a few more: the coarsest chain whose links can be halved into those asked for.
COARSE = 4
# Steps with which drafts are compared.
SCOUT = 2
# A draft through the graph with less than so many times the straight line's energy is tried, too.
DOUBT = 1.5
# A chain with a link so many times as long as the mean leaps: it is drafted again, with all its links.
LEAP = 3.0
# Of chains whose energies and longest links differ by less than this factor the shorter one is better.
ALIKE = 1.25
# A chain that is longer than the straight line gets at least so many steps, with Jacobians made so often.
PATIENT, RENEW = 30, 5
# A path that is longer than the straight line by a smaller share is as long.
SAME = 1e-4
# A path whose curves are longer than its chords by a greater share goes where nothing of the manifold is.
OFF = 0.1


def crossing(
    im: Immersion,
    z: Tensor,
    pairs: Tensor,
    start: Tensor | None,
    line: Tensor,
    *,
    steps: int,
    method: Relaxation,
    seed: Seed,
    progress: bool = False,
) -> Chains:
    """Tight chains between pairs (p, 2) of latent points z (n, width), with the straight `line` between them."""
    if start is not None:
        return method.relax(im, start, progress=progress)
    doublings = 0
    while (steps >> doublings) % 2 == 0 and steps >> doublings >= 2 * COARSE:
        doublings += 1
    draft = line[:, :: 1 << doublings]
    roads = roadmap(im, seed=seed)
    rough = roads.chains(z, pairs, steps >> doublings)
    best = _better(im, rough, draft, method)
    if doublings:  # with Jacobians of its own: those of a rough path's few points are not those between them
        best, doublings = doubled(im.latent, best), doublings - 1
    chains = method.relax(im, best, doublings=doublings, progress=progress)
    leaping = _leaps(im, chains.z).nonzero()[:, 0]
    if len(leaping):  # with few links a leap over a bend is cheap, and more of them later do not mend it
        again = method.relax(im, roads.chains(z, pairs[leaping], steps))
        _put(chains, leaping, again, _less(im, again, chains.z[leaping], chains.energy[leaping]))
    return _no_longer(im, chains, line, method)


def _leaps(im: Immersion, z: Tensor) -> Tensor:
    """Which chains have a link that is far longer than the others.  (n t width) -> (n)"""
    links = im.points(z).diff(dim=1).norm(dim=2)
    return links.amax(1) > LEAP * links.mean(1)


def _less(im: Immersion, one: Chains, z: Tensor, energies: Tensor) -> Tensor:
    """Which chains do not leap while the others z do, or else have less energy than those.  -> (n)"""
    mine, other = _leaps(im, one.z), _leaps(im, z)
    return torch.where(mine == other, one.energy < energies, other)


def _put(chains: Chains, at: Tensor, other: Chains, better: Tensor) -> None:
    """Write others over the chains `at` where they are better."""
    for column, new in zip(chains, other, strict=True):
        column[at[better]] = new[better]


def _better(im: Immersion, rough: Tensor, line: Tensor, method: Relaxation) -> Tensor:
    """Of two drafts of each path, the one that has less energy after a few steps; a line far ahead is not doubted."""
    doubt = (energy(im.points(rough)) < DOUBT * energy(im.points(line))).nonzero()[:, 0]
    scout = replace(method, iterations=min(SCOUT, method.iterations))
    best = scout.relax(im, line)
    if len(doubt):
        other = scout.relax(im, rough[doubt])
        _put(best, doubt, other, other.energy < best.energy[doubt])
    return best.z


def _no_longer(im: Immersion, chains: Chains, line: Tensor, method: Relaxation) -> Chains:
    """Where a chain has become longer than the straight line, that is tightened too, then both with more patience.

    What comes is kept if it does better: it has less energy, or is shorter with hardly more and hardly longer links,
    for a line that leaps is short as well. Where the end is longer still and the line leaps no more, that stays. What
    is longer in the end, or leaves the manifold between its points, is not converged.
    """
    limit, reach = (1 + SAME) * lengths(im, line), lengths(im, chains.z)
    patient = replace(method, iterations=max(PATIENT, method.iterations), renew=min(RENEW, method.renew))
    for start, how in ((line, method), (chains.z, patient), (line, patient)):
        longer = (reach > limit).nonzero()[:, 0]
        if not len(longer):
            break
        other, own = how.relax(im, start[longer]), chains.z[longer]
        short = lengths(im, other.z)
        even = _longest(im, other.z) < ALIKE * _longest(im, own)
        shorter = (short < reach[longer]) & even & (other.energy < ALIKE * chains.energy[longer])
        better = shorter | _less(im, other, own, chains.energy[longer])
        _put(chains, longer, other, better)
        reach[longer[better]] = short[better]
    back = ((reach > limit) & (_longest(im, line) < ALIKE * _longest(im, chains.z))).nonzero()[:, 0]
    chains.z[back], chains.energy[back] = line[back], energy(im.points(line[back]))
    chords = im.points(chains.z).diff(dim=1).norm(dim=2).double().sum(1)
    chains.converged.logical_and_((reach <= limit) & (reach <= (1 + OFF) * chords))
    return chains


def _longest(im: Immersion, z: Tensor) -> Tensor:
    return im.points(z).diff(dim=1).norm(dim=2).amax(1)
