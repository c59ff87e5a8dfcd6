"""The independent check: persistent homology of geodesic distances among landmarks, by Vietoris–Rips complexes."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from pushforward.errors import BadInput
from pushforward.manifold.topologies.sampled import Sample
from pushforward.points import farthest
from pushforward.rng import Seed

LANDMARKS = 160
# So many lifetimes of each dimension go into the result, the longest.
LONGEST = 6
# A lifetime counts as longer than the next from this ratio on; a gap elsewhere so much wider says something else.
GAP, CONTRARY = 1.25, 2.0
TINY = 1e-9


@dataclass(frozen=True)
class Check:
    """The longest lifetimes (in diameters) over Z₂ in each dimension from 1 on, and whether they fit Betti numbers.

    `agrees`: True if in each dimension there is a gap after as many lifetimes as the Betti number says, False if there
    is a much wider one elsewhere, None where lifetimes do not tell.
    """

    lifetimes: tuple[tuple[float, ...], ...]
    noise: float
    betti: tuple[int, ...]
    agrees: bool | None

    def __str__(self) -> str:
        word = {True: "agrees", False: "DISAGREES", None: "does not decide"}[self.agrees]
        parts = [
            f"H{k + 1} {_shown(lifetimes, b)}"
            for k, (lifetimes, b) in enumerate(zip(self.lifetimes, self.betti, strict=True))
        ]
        return f"persistent homology {word}: {'; '.join(parts)}"


def installed() -> bool:
    """Whether ripser is there."""
    return find_spec("ripser") is not None


def require() -> None:
    """Raises `BadInput` where ripser is missing."""
    if not installed():
        raise BadInput(
            "`pf.topology(check=True)`: the check needs ripser, which is not installed. "
            "`pip install 'pushforward[topology]'`, or leave `check` out."
        )


def check(sample: Sample, betti: tuple[int, ...], *, seed: Seed) -> Check:
    """Lifetimes among landmarks of one connected part against its Betti numbers b₀ … b_dim over Z₂.

    Source: Bauer (2021) for ripser; Tralie, Saul, Bar-On (2018) for its use from Python.
    """
    landmarks = farthest(sample.graph, min(LANDMARKS, len(sample.y) // 2), seed=seed)
    apart = landmarks.apart[:, landmarks.which]
    apart = (apart + apart.T) / 2 / apart.max()
    lifetimes = _lifetimes(apart, dim=min(2, sample.dim))
    noise = landmarks.radius / landmarks.apart.max()
    expected = betti[1 : len(lifetimes) + 1]
    return Check(lifetimes, noise, expected, judged(lifetimes, expected, noise))


def judged(lifetimes: tuple[tuple[float, ...], ...], betti: tuple[int, ...], noise: float) -> bool | None:
    """See `Check`. Lifetimes below the spacing of the landmarks are nothing.

    >>> judged(((0.6, 0.5, 0.1),), (2,), 0.05), judged(((0.6, 0.1, 0.09),), (2,), 0.05)
    (True, False)
    """
    answers = [_one(some, b, noise) for some, b in zip(lifetimes, betti, strict=True)]
    return False if False in answers else None if None in answers else True


def _one(lifetimes: tuple[float, ...], b: int, noise: float) -> bool | None:
    """Of one dimension: how far the lifetimes fall after the b-th, against where they fall farthest."""
    if b > len(lifetimes):
        return False
    long = [*lifetimes, 0.0]
    falls = {i: long[i - 1] / max(long[i], noise, TINY) for i in range(1, len(long))}
    farthest_fall = max((fall for i, fall in falls.items() if i != b), default=1.0)
    if b == 0:
        return True if farthest_fall < CONTRARY else None if farthest_fall < 2 * CONTRARY else False
    if falls[b] >= GAP and farthest_fall < 2 * CONTRARY * falls[b]:
        return True
    return False if farthest_fall >= CONTRARY * falls[b] else None


def _lifetimes(apart: np.ndarray, *, dim: int) -> tuple[tuple[float, ...], ...]:
    ripser = import_module("ripser")
    diagrams = ripser.ripser(apart, distance_matrix=True, maxdim=dim, coeff=2)["dgms"][1:]
    lifetimes = [sorted((float(min(d, 1.0) - b) for b, d in diagram), reverse=True) for diagram in diagrams]
    return tuple(tuple(lengths[:LONGEST]) for lengths in lifetimes)


def _shown(lifetimes: tuple[float, ...], b: int) -> str:
    """The lifetimes that should count, and the longest that should not.

    >>> _shown((0.65, 0.1, 0.09), 1), _shown((), 0)
    ('0.65, next 0.10', 'none')
    """
    text = [f"{value:.2f}" for value in lifetimes]
    counted, more = " ".join(text[:b]) or "none", text[b : b + 1]
    return f"{counted}, next {more[0]}" if more else counted
