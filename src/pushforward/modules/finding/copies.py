"""Neurons that occur more than once: copies, shared weights, units recorded twice. Each counts once."""

import torch
from torch import Tensor

from pushforward.modules.finding.rows import Rows, grid

# Squared correlation of rows, and of activations, from which two neurons are one
ROWS, ACTIVITY = 0.999, 0.999
# A layer repeats another if so large a share of its channels overlap most with the same channel there …
SHARE = 0.8
# … and at least this much on average
MATCH = 0.2
# Channels a layer must have for that
CHANNELS = 8
# A channel, or a position, of which no more than this share are originals, is a copy
MOSTLY = 0.5


def originals(rows: Rows, activity: Tensor | None, R: Tensor) -> Tensor:
    """The neurons (k,) that are left when every neuron counts once, in increasing order.

    Copies have parallel rows at all inputs and, where activations (n, m) are known, the same one up to scale and
    offset: neurons that only read the same direction are no copies. A layer whose channels overlap most with those
    of the same numbers in an earlier layer repeats it: the last step of a recurrent layer, a residual stream, a layer
    that began as a copy of another. R (m, m): the overlaps of the rows as they are, be they mixtures or not.
    Of layers with several positions a channel whole channels and whole positions go, those that are mostly copies.
    """
    first = torch.arange(rows.size)
    if activity is not None:
        same = (R >= ROWS) & (_correlation(activity) >= ACTIVITY)
        first = _earliest(same)
    for layer, earlier in _repeats(rows, R):
        first[layer] = torch.minimum(first[layer], first[earlier])
    return _rectangular(rows, first == torch.arange(rows.size)).nonzero()[:, 0]


def _rectangular(rows: Rows, original: Tensor) -> Tensor:
    """Which neurons (m,) are left, with all channels at each position of a layer: they are rotated together."""
    left = original.clone()
    for number in rows.layer.unique():
        cells = grid(rows.layer, rows.channel, int(number))  # (channels positions)
        if cells.shape[1] > 1:
            left[cells] = _whole_lines(original[cells])
    return left


def _whole_lines(original: Tensor) -> Tensor:
    """The channels and positions that are left of a layer (channels positions), as a mask of it.

    One by one, what has the fewest originals first: where all positions repeat the first, they go, not the channels.
    """
    kept = [torch.ones(size, dtype=torch.bool) for size in original.shape]
    while all(line.any() for line in kept):
        part = original.double() * kept[0][:, None] * kept[1]
        share = [torch.where(kept[i], part.sum(1 - i) / kept[1 - i].sum(), 1) for i in range(2)]
        axis = int(share[1].min() < share[0].min())
        if share[axis].min() > MOSTLY:
            break
        kept[axis][share[axis].argmin()] = False
    return kept[0][:, None] & kept[1]


def _correlation(activity: Tensor) -> Tensor:
    """Squared correlations (m, m) of activations (n, m); 0 for constant ones."""
    A = activity.double()
    A = A - A.mean(0)
    A = A / A.norm(dim=0).clamp_min(1e-12 + 1e-9 * float(A.abs().max()))
    return (A.T @ A).square()


def _earliest(same: Tensor) -> Tensor:
    """For every neuron the first one of those it is the same as."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    part = torch.from_numpy(connected_components(csr_matrix(same.numpy()), directed=False)[1]).long()
    first = torch.full((int(part.max()) + 1,), len(part))
    return first.scatter_reduce(0, part, torch.arange(len(part)), "amin")[part]


def _repeats(rows: Rows, R: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Layers that repeat earlier ones: the neurons of both, by channel."""
    pairs: list[tuple[Tensor, Tensor]] = []
    layers = [(rows.layer == number).nonzero()[:, 0] for number in rows.layer.unique()]
    for i, later in enumerate(layers):
        for earlier in layers[:i]:
            a, b = _matched(rows, later, earlier)
            if len(a) < CHANNELS:
                continue
            between = R[a][:, b]
            moving = rows.alive.any(0)[a] & rows.alive.any(0)[b]
            own = between.diagonal()[moving]
            best = between.max(1).values[moving]
            if len(own) >= CHANNELS and float((own >= best).float().mean()) >= SHARE and float(own.mean()) >= MATCH:
                pairs.append((a, b))
                break
    return pairs


def _matched(rows: Rows, later: Tensor, earlier: Tensor) -> tuple[Tensor, Tensor]:
    """Neurons of two layers that have the same channel; none if a channel has several positions."""
    a, b = rows.channel[later], rows.channel[earlier]
    if len(a.unique()) < len(a) or len(b.unique()) < len(b):
        return later[:0], earlier[:0]
    both = torch.isin(a, b)
    later = later[both][a[both].argsort()]
    earlier = earlier[torch.isin(b, a)]
    return later, earlier[rows.channel[earlier].argsort()]
