"""The second pass over the inputs: how much of every neuron lies in each of the sets of the sampled ones."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.finding.rows import DEAD, Rows, unit_rows
from pushforward.modules.finding.shares import Shares, inner, moments
from pushforward.modules.finding.source import Source
from pushforward.modules.finding.sums import real, whole
from pushforward.shards import total


class Assigned(NamedTuple):
    """Of all neurons the `shares` (a, m) in the sets, and which are `dead` (a,).

    `gram` (m, m): see the function; `spectrum`: the singular values of the sampled rows. Both are means over inputs.
    """

    shares: Tensor
    dead: Tensor
    gram: Tensor
    spectrum: Tensor


def assigned(
    src: Source, rows: Rows, neurons: Tensor, labels: Tensor, longest: Tensor, *, show: bool
) -> Assigned:  # fmt: skip
    """All neurons of the source in the sets of its sampled `neurons` (s,), `rows` (n, s, r) with `labels` (s,).

    `longest` (layers,): the longest row of each layer at any input where sets were looked for. At other inputs, the
    rows are those of the factor there, which is used once: so neither time nor memory of it depend on their number.
    """
    blocks, n = int(labels.max()) + 1, len(src.factors)
    size = rows.size**0.5  # no singular value of unit rows is larger

    def add(i: int, sums: dict[str, Tensor]) -> None:
        F = src.factors[i]()
        length = F.norm(dim=1)
        alive = length > DEAD * longest.to(F)[src.layer.to(F.device)]
        U = unit_rows(F[neurons].cpu(), length[neurons].cpu(), longest[rows.layer])[0] if src.searched else rows.U[i]
        M, values = moments(U, labels, blocks), torch.linalg.svdvals(U)
        if not sums:
            zeros = {"gram": torch.zeros(blocks, blocks), "spectrum": torch.zeros(len(values))}
            sums.update(Shares.none(src.neurons, blocks)._asdict() | {name: t.long() for name, t in zeros.items()})
        Shares(*(sums[name] for name in Shares._fields)).add(F, length, alive, M.to(F))
        sums["gram"].add_(whole(inner(M)))
        sums["spectrum"].add_(whole(values / size))

    sums = total("assigning", n, add, size=src.shard, divided=True, of=labels, show=show)
    shares = Shares(*(sums[name] for name in Shares._fields))
    return Assigned(shares.result(), shares.alive == 0, real(sums["gram"]) / n, real(sums["spectrum"]) * (size / n))
