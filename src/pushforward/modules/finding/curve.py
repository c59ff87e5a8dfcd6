"""Coverage against leak: how much of a network falls into sets that keep apart, beside networks without modules."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from pushforward.modules.finding.families import LEAKS, Family, family, larger_versions, levels
from pushforward.modules.finding.overlaps import Overlaps
from pushforward.modules.finding.pool import ROUNDING, Pool, pool


@dataclass(frozen=True)
class Curve:
    """Coverage at each of the `leaks`: the share of the neurons in all sets but the largest, and the number of `sets`.

    `null`: coverage of each rotated network; `twin`: of each untrained one. Sets count that score above the 95 %
    quantile of the rotated networks (of its own rotations, for the twin).
    """

    leaks: tuple[float, ...]
    coverage: tuple[float, ...]
    sets: tuple[int, ...]
    null: tuple[tuple[float, ...], ...]
    twin: tuple[tuple[float, ...], ...] = ()
    no_twin: str = ""
    """Why there is no untrained twin."""

    def band(self, quantile: float) -> tuple[float, ...]:
        """A quantile of the rotated networks' coverage, at each leak."""
        return tuple(np.quantile(np.array(self.null), quantile, axis=0).tolist())


NO_CURVE = Curve((), (), (), ())
"""Of modules that an earlier version found."""


def separation(leak: float) -> float:
    """What a set's coherence is multiplied with when sets may leak so much: a set that is hardly separate says little.

    >>> round(separation(0.05), 2), round(separation(0.5), 2)
    (2.85, 0.35)
    """
    return -(1 - leak) * math.log(max(leak, ROUNDING))


class Scores(NamedTuple):
    """Coherence of a set, and its sum over the set as a share of all neurons: what small and large sets have."""

    set: float
    network: float

    def over(self, scale: "Scores") -> float:
        """The larger of both in units of `scale`."""
        return max(self.set / scale.set, self.network / scale.network)


class Search:
    """The sets of one network, and the family at every leak.

    Leiden communities at the `resolutions` add candidates; they are left out where networks are compared, for time.
    `exact`: whether sets that are apart altogether count.
    """

    def __init__(self, sets: Pool, moving: int, *, exact: bool = True):
        self.pool, self.moving, self.exact = sets, moving, exact

    @classmethod
    def of(cls, ov: Overlaps, *, least: int, resolutions: tuple[float, ...] = (), exact: bool = True) -> Self:
        """The sets in some overlaps."""
        moving = max(1, int(ov.alive.sum()))
        return cls(pool(ov, least=least, resolutions=resolutions), moving, exact=exact)

    @classmethod
    def read(cls, tensors: dict[str, Tensor], *, exact: bool = True) -> Self:
        """What `tensors` has written."""
        parts = dict(tensors)
        moving = int(parts.pop("moving"))
        return cls(Pool(**parts), moving, exact=exact)

    def tensors(self) -> dict[str, Tensor]:
        """All there is, by name, for other ranks."""
        return self.pool._asdict() | {"moving": torch.tensor(self.moving)}

    def score_at(self, leak: float) -> Scores:
        """What the second best set of the family at a leak reaches, times its separation."""
        coherence, total = self.at(leak).second()
        return Scores(separation(leak) * coherence, separation(leak) * total / self.moving)

    def scores(self) -> Scores:
        """The same, the most over all leaks."""
        rows = [self.score_at(leak) for leak in LEAKS]
        return Scores(max(row.set for row in rows), max(row.network for row in rows))

    def weights(self, scale: Scores, leak: float) -> np.ndarray:
        """The larger of every set's two scores, in units of `scale`."""
        e, n = (self.pool.coherence if leak > 0 else self.pool.total).numpy(), self.pool.size.numpy()
        return separation(leak) * np.maximum(e / scale.set, n * e / self.moving / scale.network)

    def at(self, leak: float, scale: Scores | None = None, *, score: float = 0.0) -> Family:
        """The family at a leak, of sets that score more than `score` there; by default of all."""
        return family(self.pool, leak, self._usable(leak, scale, score), self._larger)

    def levels(self, chosen: Family, scale: Scores, *, score: float) -> Tensor:
        """Sets (q, m) that score as much and are inside of those of a family, or hold several; see there."""
        return levels(self.pool, chosen, self._usable(chosen.leak, scale, score))

    @cached_property
    def _larger(self) -> list[np.ndarray]:
        return larger_versions(self.pool)

    def _usable(self, leak: float, scale: Scores | None, score: float) -> np.ndarray:
        usable = np.full(len(self.pool.size), self.exact or leak > 0)
        return usable if scale is None else usable & (self.weights(scale, leak) > score)

    def coverage(self, scale: Scores, *, score: float) -> tuple[float, ...]:
        """At every leak of the curve, as a share of the neurons that move."""
        neurons = self.pool.members.shape[1]
        return tuple(self.at(leak, scale, score=score).coverage * neurons / self.moving for leak in LEAKS)
