"""What is read from neighbours is what slow and plain code reads."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from parts import normal
from pushforward.latents import Cube
from pushforward.manifold.dimensions import features as clues_module
from pushforward.manifold.dimensions.features import (
    DOUBLINGS,
    SIZES,
    around,
    distance_estimates,
    everywhere,
    evidence,
    gather,
)
from pushforward.manifold.dimensions.network import load_judge
from pushforward.manifold.dimensions.rank import noise_floor, singular_values
from pushforward.points import dimension_of_skewness, levina_bickel, nearest_others, two_nn
from pushforward.points.neighbours import skewness


def cloud(n: int = 300, d: int = 4, size: int = 9) -> Tensor:
    z = normal(n, d).double()
    X = torch.cat([z, (z @ normal(d, size - d, seed=1).double()).sin()], 1)
    return X - X.mean(0)


def plain_neighbours(X: Tensor, i: int, k: int) -> tuple[Tensor, Tensor]:
    away = (X - X[i]).norm(dim=1)
    order = away.argsort()[1 : k + 1]
    return away[order], order


def test_nearest_are_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    X = cloud()
    queries = torch.tensor([3, 200, 7])
    whole = nearest_others(X, queries, 5)
    monkeypatch.setattr("pushforward.points.neighbours.BUDGET", len(X))
    assert torch.equal(nearest_others(X, queries, 5).indices, whole.indices)
    for row, i in enumerate(queries.tolist()):
        distances, order = plain_neighbours(X, i, 5)
        torch.testing.assert_close(whole.distances[row], distances)
        assert torch.equal(whole.indices[row], order)


def test_classical_estimates_are_their_formulas() -> None:
    X = cloud()
    r = nearest_others(X, torch.arange(len(X)), 20).distances.numpy()
    assert two_nn(torch.tensor(r)) == pytest.approx((len(r) - 1) / np.log(r[:, 1] / r[:, 0]).sum())
    slow = [18 / sum(math.log(row[-1] / x) for x in row[:-1]) for row in r]
    np.testing.assert_allclose(levina_bickel(torch.tensor(r)), slow)


@pytest.mark.parametrize("d", [2, 3, 7, 20])
def test_skewness_is_the_mean_sine_and_is_inverted(d: int) -> None:
    a, b = (torch.nn.functional.normalize(normal(100_000, d, seed=s).double(), dim=1) for s in (0, 1))
    sine = float((1 - (a * b).sum(1) ** 2).sqrt().mean())
    assert float(skewness(torch.tensor([float(d)]))) == pytest.approx(sine, abs=0.003)
    assert dimension_of_skewness(sine) == pytest.approx(d, rel=0.05)
    assert dimension_of_skewness(0.0) == 1


def test_balls_are_read_as_plain_code_reads_them() -> None:
    clues = gather(cloud(), seed=0)
    X, size = clues.X, 48
    balls = clues.balls[list(SIZES).index(size)]
    for row in (0, 5):
        i = int(clues.queries[row])
        _, order = plain_neighbours(X, i, size)
        from_centre = (X[order] - X[i]).numpy()
        units = from_centre / np.linalg.norm(from_centre, axis=1, keepdims=True)
        cosines = (units @ units.T)[~np.eye(size, dtype=bool)]
        assert float(balls.cosines[row]) == pytest.approx((cosines**2).mean())
        centred = X[order].numpy() - X[order].numpy().mean(0)
        values = np.linalg.svd(centred, compute_uv=False) ** 2
        np.testing.assert_allclose(balls.shares[row, : len(values)], values / values.sum(), atol=1e-9)
        assert float(balls.variance[row]) == pytest.approx(values.sum() / size)
        lengths = np.linalg.norm(centred, axis=1)
        pairs = [(p, q) for p in range(size) for q in range(size) if p != q]
        areas = [math.sqrt(max(0, (lengths[p] * lengths[q]) ** 2 - (centred[p] @ centred[q]) ** 2)) for p, q in pairs]
        assert float(balls.sines[row]) == pytest.approx(sum(areas) / sum(lengths[p] * lengths[q] for p, q in pairs))


def test_quadratics_explain_a_paraboloid_and_leave_noise_as_it_is() -> None:
    z = normal(400, 2).double()
    bowl = torch.cat([z, 0.3 * z.square().sum(1, keepdim=True)], 1)[None]
    left = clues_module._curvature(bowl)[0]
    assert left[1] < 0.02  # without quadratics, 0.15
    assert left[0] > 0.3
    noise = normal(1, 192, 8).double()
    left = clues_module._curvature(noise)[0]
    values = np.linalg.svd((noise[0] - noise[0].mean(0)).numpy(), compute_uv=False) ** 2
    for j in (1, 3, 5):
        assert float(left[j - 1]) == pytest.approx(values[j:].sum() / values.sum(), rel=0.15)


def test_wide_and_tall_balls_are_read_alike() -> None:
    tall = normal(3, 60, 7).double()
    wide = tall @ torch.linalg.qr(normal(70, 7, seed=2).double()).Q.T
    torch.testing.assert_close(clues_module._curvature(tall)[:, :6], clues_module._curvature(wide)[:, :6])
    for a, b in zip(clues_module._read(tall[:, 0], tall), clues_module._read(wide[:, 0], wide), strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-6)


def test_evidence_has_one_row_for_every_candidate_and_is_finite_even_for_few_points() -> None:
    for X in (cloud(), cloud(20, 1, 3), normal(40, 60).double()):
        clues = gather(X, seed=0)
        for region in (everywhere(clues), around(clues, 0)):
            rows = evidence(clues, region)
            assert rows.isfinite().all()
            assert rows.shape[1] == len(load_judge().centre)
            assert len(rows) <= clues.rank


def test_distance_estimates_are_right_for_a_flat_torus_without_boundary() -> None:
    angle = 2 * math.pi * torch.rand(3000, 2, generator=torch.Generator().manual_seed(0)).double()
    clues = gather(torch.cat([angle.cos(), angle.sin()], 1), seed=0)
    estimates = distance_estimates(clues, everywhere(clues))
    assert len(estimates) == len(DOUBLINGS)
    assert estimates[:5] == pytest.approx([2] * 5, abs=0.15)


def test_posterior_is_a_law_and_judges_every_candidate_alone() -> None:
    rows = evidence(clues := gather(cloud(), seed=0), everywhere(clues))
    judge = load_judge()
    posterior = judge.posterior(rows)
    assert posterior.sum() == pytest.approx(1)
    torch.testing.assert_close(judge.scores(rows)[:, 2:3], judge.scores(rows[2:3]))


def test_singular_values_are_those_of_the_jacobian_by_differences() -> None:
    W = normal(3, 8).double()

    class Gen:
        latent = Cube(3)

        def __call__(self, z: Tensor) -> Tensor:
            return (z @ W).sin()

    gen, z = Gen(), 0.5 * normal(4, 3).double()
    estimates = singular_values(gen, z)
    for row in range(4):
        steps = 1e-6 * torch.eye(3, dtype=torch.float64)
        J = torch.stack([(gen(z[row : row + 1] + e)[0] - gen(z[row : row + 1] - e)[0]) / 2e-6 for e in steps], 1)
        np.testing.assert_allclose(estimates[row], np.linalg.svd(J.numpy() / math.sqrt(3), compute_uv=False), rtol=1e-5)


def test_floor_lies_in_the_widest_gap_or_nowhere() -> None:
    floor, gap = noise_floor(torch.tensor([[2.0, 1.0, 0.01]]))
    assert floor == pytest.approx(0.1)
    assert gap == pytest.approx(100)
    floor, gap = noise_floor(torch.tensor([[2.0, 1.0, 0.6]]))
    assert floor == pytest.approx(2e-4)
    assert gap == pytest.approx(2)
    assert noise_floor(torch.tensor([[5.0]])) == (pytest.approx(5e-4), 1.0)
