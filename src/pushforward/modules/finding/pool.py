"""Candidates for modules: coherent sets of neurons of every size, and how they relate to each other."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pushforward.modules.finding.community import communities
from pushforward.modules.finding.overlaps import Overlaps

# A neuron is in the core of a set if it overlaps with the others at least this share of what they do with each other:
# a strict core, and a loose one
CORES = (0.4, 0.2)
# How often sets are cut down to their cores
ROUNDS = 4
# Overlaps from which on two neurons are linked, for components. Less than the first is rounding: that of a row just
# long enough not to be dead is 1 % of it, and in squares 1e-4.
ROUNDING = 1e-4
LINKED = (ROUNDING, 0.005, 0.02)


class Pool(NamedTuple):
    """p sets of m neurons, most coherent first.

    `members` (p, m), 0 or 1; `size` (p,); `coherence` (p,): how much more than chance a neuron overlaps with the
    others of its set, summed over these, in standard deviations of an overlap; `total` (p,): the same without taking
    chance off, one standard deviation a pair at the least, for sets that are apart altogether; `leak` (p, p): mean
    overlap between two sets over the geometric mean of that within them; `common` (p, p): how many neurons they share.
    `linked` (p,): from which overlap on neurons have to be linked for a set to be a component, whose neurons are linked
    with none outside; infinite for sets that are none.
    """

    members: Tensor
    size: Tensor
    coherence: Tensor
    total: Tensor
    leak: Tensor
    common: Tensor
    linked: Tensor


def pool(ov: Overlaps, *, least: int, resolutions: tuple[float, ...]) -> Pool:
    """Branches of the average-linkage tree and Leiden communities, from `least` neurons up, cut down to their cores."""
    moving = ov.alive.nonzero()[:, 0]
    E = ov.E[moving][:, moving]
    sets = [*_branches(E, least), *_communities(E, least, resolutions)]
    members = torch.zeros(len(sets), len(ov.alive), dtype=ov.E.dtype)
    for row, those in zip(members, sets, strict=True):
        row[moving[those]] = 1
    cores = torch.cat([_cores(ov.E, members, least, share) for share in CORES])
    parts = {threshold: _components(ov, least, threshold) for threshold in LINKED}
    sets = _different(torch.cat([cores, *parts.values()]))
    known = {part.tobytes(): threshold for threshold in reversed(LINKED) for part in parts[threshold].numpy()}
    linked = torch.tensor([known.get(one.tobytes(), torch.inf) for one in sets.numpy()])
    return described(ov, sets, linked)


def _different(members: Tensor) -> Tensor:
    """Every set (p, m) once, sorted; by their bits, which are 32 times quicker to compare."""
    bits = np.packbits(members.numpy().astype(bool), axis=1)
    return members[torch.from_numpy(np.unique(bits, axis=0, return_index=True)[1])]


def described(ov: Overlaps, members: Tensor, linked: Tensor) -> Pool:
    """Sets (p, m) of neurons as a pool: what they are like in these overlaps."""
    size = members.sum(1)
    inside = (members @ ov.R) @ members.T
    within = (inside.diagonal() / (size * (size - 1)).clamp_min(1)).clamp_min(1e-12)
    coherence = ((members @ ov.E) * members).sum(1) / size.clamp_min(1)
    total = torch.maximum(((members @ ov.scaled) * members).sum(1) / size.clamp_min(1), size - 1)
    leak = inside / torch.outer(size, size).clamp_min(1) / torch.outer(within, within).sqrt()
    order = coherence.argsort(descending=True, stable=True)
    common = members @ members.T
    return Pool(
        members[order],
        size[order],
        coherence[order],
        total[order],
        leak[order][:, order],
        common[order][:, order],
        linked[order],
    )


def _components(ov: Overlaps, least: int, threshold: float) -> Tensor:
    """Sets (c, m) of neurons that are linked by overlaps above a threshold, where there are several."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    linked = (threshold <= ov.R).numpy()
    at, starts = linked.nonzero()[1], np.append(0, linked.sum(1).cumsum())
    graph = csr_matrix((np.ones(len(at), dtype=np.int8), at, starts), shape=linked.shape)
    labels = torch.from_numpy(connected_components(graph, directed=False)[1]).long()
    names, sizes = labels[ov.alive].unique(return_counts=True)
    large = names[sizes >= least]
    return ((labels == large[:, None]) & ov.alive).to(ov.E.dtype)[: len(large) if len(large) > 1 else 0]


def _branches(E: Tensor, least: int) -> list[Tensor]:
    """The neurons below every node of the tree, as index tensors."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if len(E) < max(least, 2):
        return []
    distance = (E.max() - E).fill_diagonal_(0).double().numpy()
    below: list[list[int]] = [[i] for i in range(len(E))]
    for a, b, _, _ in linkage(squareform(distance, checks=False), "average"):
        below.append(below[int(a)] + below[int(b)])
    return [torch.tensor(those) for those in below[len(E) :] if len(those) >= least]


def _communities(E: Tensor, least: int, resolutions: tuple[float, ...]) -> list[Tensor]:
    if not len(E):
        return []
    labels = [communities(E.clamp_min(0), resolution) for resolution in resolutions]
    sets = [(each == b).nonzero()[:, 0] for each in labels for b in range(int(each.max()) + 1)]
    return [those for those in sets if len(those) >= least]


def _cores(E: Tensor, members: Tensor, least: int, share: float) -> Tensor:
    """Sets without the neurons that hardly overlap with the others, those that stay large enough."""
    for _ in range(ROUNDS):
        size, overlap = members.sum(1), members @ E
        within = (overlap * members).sum(1) / (size * (size - 1)).clamp_min(1)
        mean = overlap / (size[:, None] - members).clamp_min(1)
        members = members * (mean >= share * within.clamp_min(0)[:, None])
        members = members[members.sum(1) >= least]
    return members
