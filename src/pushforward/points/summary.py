"""What one pass over the data tells: count, mean, deviation, range and a fingerprint."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite


@dataclass(frozen=True, eq=False)
class Statistics:
    """Of n inputs: `mean` (*shape) and `deviation` (root mean square distance from it, per coordinate) in float64."""

    count: int
    mean: Tensor
    deviation: float
    low: float
    high: float
    fingerprint: str


def statistics(parts: Iterable[Tensor]) -> Statistics:
    """Sums in float64 relative to the first row, so that a large mean costs no digits.

    Raises `BadInput` for data that is empty, of one point or constant, `NotFinite` for NaN and infinity.
    """
    count, low, high, digest = 0, math.inf, -math.inf, hashlib.sha256()
    shift = total = squares = None
    for part in parts:
        rows = part.detach().double()
        if not torch.isfinite(rows).all():
            bad = count + int((~torch.isfinite(rows.flatten(1)).all(1)).nonzero()[0])
            raise NotFinite(f"the data has NaN or infinity, first in point {bad}. Remove or fill such points.")
        digest.update(str(part.dtype).encode() * (count == 0))
        digest.update(part.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        shift = rows[0].clone() if shift is None else shift
        low, high = min(low, float(rows.min())), max(high, float(rows.max()))
        off = rows - shift
        total = off.sum(0) if total is None else total + off.sum(0)
        squares = off.square().sum(0) if squares is None else squares + off.square().sum(0)
        count += len(rows)
    if count < 2:
        raise BadInput(f"the data has {count} points; a generator needs at least two different ones. Give more data.")
    assert shift is not None
    assert total is not None
    assert squares is not None
    variance = float((squares / count - (total / count).square()).clamp_min(0).mean())
    if high == low or variance <= 1e-24 * max(abs(low), abs(high)) ** 2:
        raise BadInput(f"the data is constant: all {count} points are equal. A generator needs points that differ.")
    mean = (shift + total / count).cpu()
    digest.update(mean.numpy().tobytes() + f"{count} {variance!r} {low!r} {high!r}".encode())
    return Statistics(count, mean, variance**0.5, low, high, digest.hexdigest())
