"""How much neurons overlap beyond what the wiring gives: the matrices in which sets are looked for."""

from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.finding.rows import Rows, coalive, real, squares, whole
from pushforward.shards import total as shared_total

# Pairs that a layer's own spread of overlaps is worth: with fewer, it is mostly that of all layers
PAIRS = 50.0
# Squared correlations below this are rounding
ROUNDING = 1e-9
# Inputs of a shard
SHARD = 16


class Overlaps(NamedTuple):
    """Mean squared correlations R (m, m), their standardised excess E (m, m), and which neurons ever move (m,).

    The diagonals are 0. `scaled` (m, m): R in the units of E. `spread` (l, l): the standard deviation of R between two
    layers, beyond their mean.
    """

    R: Tensor
    E: Tensor
    scaled: Tensor
    alive: Tensor
    spread: Tensor

    def neurons(self, index: Tensor) -> "Overlaps":
        """Some of the neurons."""
        R, E, scaled = (M[index][:, index] for M in (self.R, self.E, self.scaled))
        return Overlaps(R, E, scaled, self.alive[index], self.spread)


def overlaps(rows: Rows, *, across: bool, total: Tensor | None = None) -> Overlaps:
    """The overlaps at all inputs together; `total`: the `squares` of the rows, if they are known."""
    return standardised(squares(rows) if total is None else total, coalive(rows), rows, across=across)


def standardised(total: Tensor, count: Tensor, rows: Rows, *, across: bool) -> Overlaps:
    r"""$E_{ij} = (R_{ij} - \bar R_{ll'}) / s_{ll'}$ for neurons i, j of layers l, l'.

    `total` and `count` (m, m) are sums of squared correlations, and over how many inputs. What two layers have in
    common on average is no sign of modules: a rotation of their channels leaves it as it is. `across` takes all layers
    as one. The scale makes overlaps comparable that spread differently (rectifiers are on together or are not).
    """
    R = (total / count.clamp_min(1)).fill_diagonal_(0)
    alive = rows.alive.any(0).to(R.device)
    layer = torch.zeros_like(rows.layer) if across else rows.layer.unique(return_inverse=True)[1]
    member = torch.nn.functional.one_hot(layer).T.to(R) * alive
    sizes = member.sum(1)
    pairs = (torch.outer(sizes, sizes) - torch.diag(sizes)).clamp_min(1)
    mean = (member @ R @ member.T) / pairs
    E = ((R - mean[layer][:, layer]) * torch.outer(alive, alive)).fill_diagonal_(0)
    squared = member @ E.square() @ member.T
    all_layers = squared.sum() / pairs.sum()
    spread = ((squared + PAIRS * all_layers) / (pairs + PAIRS)).sqrt().clamp_min(ROUNDING)
    scale = spread[layer][:, layer]
    return Overlaps(R, E / scale, R / scale, alive, spread)


class Squares(NamedTuple):
    """The `squares` (m, m) of some rows, and those of the rows as they are, be they mixtures or not."""

    corrected: Tensor
    plain: Tensor


def shared_squares(rows: Rows) -> Squares:
    """The same as `squares` gives, by all ranks together."""
    plain = rows._replace(sketched=0)

    def add(i: int, sums: dict[str, Tensor]) -> None:
        some = slice(i * SHARD, (i + 1) * SHARD)
        for name, kind in {"corrected": rows, "plain": plain}.items() if rows.sketched else {"plain": plain}.items():
            part = whole(squares(kind.inputs(some)))
            sums[name] = sums[name].add_(part) if name in sums else part

    sums = shared_total("overlapping", -(-len(rows.U) // SHARD), add)
    some = {name: real(t).to(rows.U) for name, t in sums.items()}
    return Squares(some.get("corrected", some["plain"]), some["plain"])
