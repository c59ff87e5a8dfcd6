"""Paths of a plain function: the best of several starts, with links halved until the length has settled."""

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.manifold.geometry.arcs import arcs
from pushforward.manifold.geometry.chain import energy
from pushforward.manifold.geometry.immersion import Immersion
from pushforward.manifold.geometry.latent_graph import bent_drafts, graph_drafts
from pushforward.manifold.geometry.relax import Chains, Relaxation
from pushforward.manifold.geometry.straight import doubled, straight

# Links that starts are compared with, at least; and that links are halved up to.
FINE, CAP = 32, 256
# Steps with which starts are compared, and how many of them are tightened to the end.
SCOUT, KEPT = 10, 2
# Lengths that change by a smaller share when links are halved have settled: the error is a third of that.
SETTLED = 2e-3
# Of starts that are as long up to this share the first is taken, and a straight line as long as a path is the path.
SAME = 1e-5


class Strands:
    """Chains (n, t, width) of the least length (n,) seen so far, and whether what gave that cannot be tightened."""

    def __init__(self, im: Immersion, z: Tensor):
        self.im, self.z = im, z.clone()
        self.length = lengths(im, z)
        self.tight = torch.zeros(len(z), dtype=torch.bool, device=z.device)

    def relax(self, method: Relaxation, *, progress: bool = False) -> None:
        """Pull all tight; what becomes longer, for its chords leave the manifold, stays as it was."""
        chains = method.relax(self.im, self.z, progress=progress)
        length = lengths(self.im, chains.z)
        won = length <= self.length * (1 + SAME)
        self.z[won], self.length[won] = chains.z[won], length[won]
        self.tight = chains.converged & won

    def double(self) -> None:
        """A point in the middle of every link: the same curve."""
        self.z = doubled(self.im.latent, self.z)

    def chains(self) -> Chains:
        """As they are."""
        return Chains(self.z, energy(self.im.points(self.z)), self.tight)

    def take(self, at: Tensor) -> "Strands":
        """Some of them."""
        part = object.__new__(Strands)
        part.im, part.z, part.length, part.tight = self.im, self.z[at], self.length[at], self.tight[at]
        return part


class Group(NamedTuple):
    """Paths with equally many points, and which of those that were asked for they are."""

    which: Tensor
    chains: Chains


def lengths(im: Immersion, z: Tensor) -> Tensor:
    """Of chains as they are measured.  (n t width) -> (n)"""
    return arcs(im, z).double().sum(1)


@torch.no_grad()
def resolved(
    im: Immersion,
    z: Tensor,
    y: Tensor,
    start: Tensor | None,
    *,
    steps: int,
    method: Relaxation,
    progress: bool = False,
) -> list[Group]:
    """Short paths between rows of z and y (n, width) in `steps` links or 2, 4, … times as many, up to a cap.

    They are never longer than a given `start` (n, steps + 1, width) or, without one, than the straight line. Tight are
    those that no small change shortens, and whose length has settled.
    """
    line = Strands(im, straight(im, z, y, steps) if start is None else start)
    fine = steps
    while fine < FINE:
        fine *= 2
    best = _best(im, z, y, fine, method, progress=progress) if start is None else _halved(line, fine)
    best.relax(method, progress=progress)
    return _thinned(line, _settled(best, method, progress=progress), steps, method)


def _halved(strands: Strands, steps: int) -> Strands:
    while strands.z.shape[1] <= steps:
        strands = strands.take(torch.arange(len(strands.z), device=strands.z.device))
        strands.double()
    return strands


def _best(im: Immersion, z: Tensor, y: Tensor, steps: int, method: Relaxation, *, progress: bool) -> Strands:
    """The shortest after all starts were tightened: straight, bent to several sides, through a graph."""
    drafts = straight(im, z, y, steps)[:, None]
    if im.latent.dim > 1:
        drafts = torch.cat([drafts, graph_drafts(im, z, y, steps)[:, None], bent_drafts(z, y, steps)], 1)
    n, c = drafts.shape[:2]
    strands = Strands(im, drafts.flatten(0, 1))
    scout = replace(method, iterations=min(SCOUT, method.iterations))
    strands.relax(scout, progress=progress)
    few = strands.take(_shortest(strands.length.reshape(n, c), min(KEPT, c)))
    if c > 1:
        few.relax(method, progress=progress)
    return few.take(_shortest(few.length.reshape(n, -1), 1))


def _shortest(length: Tensor, few: int) -> Tensor:
    """Numbers of the shortest of each row, counted through (n c); of equals the first.  -> (n few)"""
    n, c = length.shape
    worse = 1 + SAME * torch.arange(c, device=length.device)
    order = (length * worse).argsort(dim=1, stable=True)[:, :few]
    return (torch.arange(n, device=length.device)[:, None] * c + order).flatten()


def _settled(strands: Strands, method: Relaxation, *, progress: bool) -> list[tuple[Tensor, Strands]]:
    """Links are halved until that no longer shortens a path.  -> groups, and which paths are in them"""
    which, groups = torch.arange(len(strands.z), device=strands.z.device), []
    steady = torch.zeros_like(strands.tight)  # for the second time, though it is not tight: the map has kinks
    while len(which):
        finer = strands.take(torch.arange(len(which), device=which.device))
        finer.double()
        finer.relax(method, progress=progress)
        chords = strands.im.points(finer.z).diff(dim=1).norm(dim=2).double().sum(1)
        calm = (strands.length - finer.length <= SETTLED * finer.length) & (
            finer.length - chords <= SETTLED * finer.length
        )
        done = calm & (finer.tight | steady)
        if 4 * (strands.z.shape[1] - 1) > CAP:
            finer.tight &= calm
            done = torch.ones_like(done)
        coarse = done & strands.tight
        groups += [(which[g], s.take(g)) for g, s in ((coarse, strands), (done & ~coarse, finer)) if g.any()]
        which, strands, steady = which[~done], finer.take(~done), calm[~done]
    return groups


def _thinned(line: Strands, groups: list[tuple[Tensor, Strands]], steps: int, method: Relaxation) -> list[Group]:
    """Paths in as few links as are as short, and the lines where those are as short as any path."""
    out = []
    for which, strands in groups:
        start = line.take(which)
        same = start.length <= strands.length * (1 + SAME)
        start.tight = strands.tight
        out.append((which[same], start.take(same)))
        which, strands = which[~same], strands.take(~same)
        for links in _fewer(steps, strands.z.shape[1] - 1):
            if not len(which):
                break
            few = Strands(strands.im, strands.z[:, :: (strands.z.shape[1] - 1) // links])
            few.relax(method)
            enough = (few.length <= strands.length * (1 + SETTLED)) & (few.length <= line.length[which])
            few.tight &= strands.tight
            enough &= few.tight | ~strands.tight
            out.append((which[enough], few.take(enough)))
            which, strands = which[~enough], strands.take(~enough)
        out.append((which, strands))
    return [Group(which, strands.chains()) for which, strands in out if len(which)]


def _fewer(steps: int, links: int) -> list[int]:
    counts = []
    while steps < links:
        counts.append(steps)
        steps *= 2
    return counts
