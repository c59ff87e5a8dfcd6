"""Contrasts to draw, made by hand: of pictures, of lists of numbers, of embeddings, and ones that failed."""

import pytest
import torch

from pushforward.modules.contrasts import Candidate, Contrast, Contrasts, Leak, Traversal, Verdict
from pushforward.modules.contrasts.directions import Direction
from pushforward.rng import normal


def traversal(frames, *, names=("A", "B"), kind="kept fixed", leak=0.03125, reach=1.0, worst=((3, "act.3", 0.25),)):
    """A walk along given frames: the moved set comes `reach` of one σ far."""
    parts = frames if isinstance(frames, dict) else {"": frames}
    t = len(next(iter(parts.values())))
    moved = torch.linspace(0, reach, t, dtype=torch.float64) if t > 1 else torch.zeros(1, dtype=torch.float64)
    return Traversal(
        frames=frames,
        moved=moved,
        leaked=torch.tensor([0.0, *[leak] * (t - 1)], dtype=torch.float64),
        predicted=torch.tensor([0.0, *[leak / 2] * (t - 1)], dtype=torch.float64),
        chance=0.75,
        worst=tuple(Leak(*one) for one in worst),
        percentile=torch.linspace(0.5, 0.125, t, dtype=torch.float64) if t > 1 else torch.tensor([0.5]),
        place="among 64 of the inputs given",
        directions=(
            Direction(torch.tensor([1.0, 0.0]), 2.0, 0.0625, 0.75),
            Direction(torch.tensor([0.0, 1.0]), 0.5, 0.125, 0.75),
        ),
        followed=1,
        distance=1.0,
        verdict=Verdict(
            kind, f"{names[1]} moved at most {leak:.1%} as much", "" if kind == "kept fixed" else "Try another."
        ),
        products=7,
        names=names,
    )


def contrast(A, B, *, input=0, dead=(0, 0), usual=True, **options) -> Contrast:  # noqa: A002
    """The contrast of two walks."""
    a, b = traversal(A, **options), traversal(B, names=("B", "A"), worst=((1, "act.1", 0.5),))
    candidates = (Candidate(5, input, 0.25, 0.5), Candidate(17, input, 0.5, 0.875))
    return Contrast(torch.zeros(1), 0.25, candidates, 0, a, b, dead, usual, 123)


def walk(*shape: int, seed: int = 0, frames: int = 9) -> torch.Tensor:
    """Frames that go from one random input towards another."""
    start, step = normal((2, *shape), seed=seed).unbind()
    return start + torch.linspace(0, 1, frames).reshape(-1, *[1] * len(shape)) * step


SHAPES = {"image": (1, 12, 10), "pair": (1, 14, 28), "vector": (40,), "few": (3,)}


@pytest.fixture(scope="session")
def contrasts() -> dict[str, Contrast]:
    """One of every kind of input, and one that failed."""
    made = {name: contrast(walk(*shape), walk(*shape, seed=1)) for name, shape in SHAPES.items()}
    made["colour"] = contrast(walk(3, 8, 8, frames=4), walk(3, 8, 8, frames=3))
    token = [{"embedding": walk(12, 6, seed=i, frames=5), "original": torch.zeros(5, 12).long()} for i in (0, 1)]
    made["tokens"] = contrast(*token)
    made["failed"] = contrast(walk(1, 8, 8, frames=1), walk(1, 8, 8, frames=4), kind="not separated", reach=0.5)
    made["short"] = contrast(walk(5, frames=3), walk(5, frames=6), reach=0.25, leak=0.5)
    return made


@pytest.fixture(scope="session")
def table():
    """A table of m modules with every verdict, the pairs of the last module not done yet."""

    def made(m: int, name: str = "module {}", *, left: bool = False) -> Contrasts:
        kinds = ("kept fixed", "off-target change", "not separated", "no such direction")
        leak = torch.full((m, m), torch.nan, dtype=torch.float64)
        pairs = [(i, j) for i in range(m) for j in range(m) if i != j and not (left and m - 1 in (i, j))]
        for i, j in pairs:
            leak[i, j] = (0.01, 0.125, 0.5, 0.75)[(i + 2 * j) % 4]
        moved = torch.full((m, m), 0.5, dtype=torch.float64)
        moved[0, 1] = 0.25
        verdicts = tuple((i, j, Verdict(kinds[(i + 2 * j) % 4], "")) for i, j in pairs)
        names = tuple(name.format(i) for i in range(m))
        return Contrasts(leak, moved, leak, verdicts, names, tuple(range(100, 100 + m)), 0.5, "")

    return made
