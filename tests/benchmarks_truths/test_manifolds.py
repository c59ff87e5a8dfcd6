"""The dimension that is said of points is the rank of what made them."""

import pytest
import torch

from pushforward.rng import generator, normal
from truths import manifolds


def rank(values: torch.Tensor) -> int:
    return int((values > 1e-6 * values.max()).sum())


@pytest.mark.parametrize("law", ["linear", "cube", "sphere"])
def test_flat_laws_span_their_dimension_and_spheres_one_more(law: str) -> None:
    X = manifolds.LAWS[law](200, 7, seed=generator(0))
    assert X.shape == (200, 12 + (law == "sphere"))
    assert rank(torch.linalg.svdvals(X)) == 7 + (law == "sphere")
    if law == "sphere":
        torch.testing.assert_close(X.norm(dim=1), torch.ones(200, dtype=torch.float64))


def test_the_bent_law_loses_no_dimension() -> None:
    W = normal((4, 9), seed=0, dtype=torch.float64)
    turns = tuple(manifolds.frame(9, 9, seed=generator(s)) for s in (1, 2))
    for z in normal((20, 4), seed=3, dtype=torch.float64):
        J = torch.func.jacfwd(lambda t: manifolds.bend(t @ W, turns))(z)
        assert rank(torch.linalg.svdvals(J)) == 4


def test_a_clifford_torus_is_so_many_circles() -> None:
    X = torch.as_tensor(manifolds.clifford_torus(50, 3, seed=0)).unflatten(1, (3, 2))
    torch.testing.assert_close(X.norm(dim=2), torch.ones(50, 3, dtype=torch.float64))


def test_noise_is_its_share_of_the_scale_per_coordinate() -> None:
    seed = next(s for s in range(400) if manifolds.NOISES[s // 4 % 3] == 0.05 and manifolds.wide(s).dim in range(3, 40))
    known = manifolds.wide(seed)
    D = known.X.shape[1]
    values = torch.linalg.eigvalsh((known.X - known.X.mean(0)).double().T.cov())
    if known.law != "nonlinear":
        least = float(values[: D - known.dim - 1].mean().sqrt())
        assert least == pytest.approx(0.05 * float(known.X.double().std(0).square().mean().sqrt()), rel=0.15)
    assert 500 <= len(known.X) <= 10_000


@pytest.mark.slow
def test_the_five_have_the_sizes_that_were_published() -> None:
    pytest.importorskip("skdim")
    made = manifolds.five(0)
    assert {name: (known.dim, known.X.shape[1]) for name, known in made.items()} == {
        "hypersphere": (16, 64),
        "hyperball": (16, 64),
        "twin peaks": (128, 256),
        "Clifford torus": (32, 128),
        "nonlinear": (32, 128),
    }
    assert all(known.X.std(0).max() == pytest.approx(1, abs=1e-3) for known in made.values())
