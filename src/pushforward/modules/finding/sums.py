"""Sums over inputs that ranks share: in whole numbers, so that no order of the inputs matters."""

from typing import NamedTuple

from torch import Tensor

from pushforward.modules.finding.rows import Rows, squares
from pushforward.shards import total

# What is added up is at most about 1 at an input, and counted in units of this
QUANTUM = 2.0**-40
# Inputs of a shard
SHARD = 16


def whole(x: Tensor) -> Tensor:
    """The nearest whole numbers of quanta, on the CPU."""
    return (x.double() / QUANTUM).round().long().cpu()


def real(sums: Tensor) -> Tensor:
    """What `whole` has counted, in float64."""
    return sums.double() * QUANTUM


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

    sums = total("overlapping", -(-len(rows.U) // SHARD), add)
    some = {name: real(t).to(rows.U) for name, t in sums.items()}
    return Squares(some.get("corrected", some["plain"]), some["plain"])
