"""What is outside, noise, near copies, parts and products: the dimension is told where it can be, and not where not."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

import pushforward as pf
from parts import normal
from pushforward.manifold import Dimension
from pushforward.manifold.dimensions.copies import has_copies, without_copies
from pushforward.manifold.dimensions.features import everywhere, gather
from pushforward.manifold.dimensions.moments import moments
from pushforward.manifold.dimensions.network import WIDE_WEIGHTS, load_judge
from pushforward.manifold.dimensions.noise import White, in_every_point, spectrum, towards, white_tail
from pushforward.manifold.dimensions.product import factors, posterior_of_sum
from pushforward.manifold.dimensions.reading import spread
from pushforward.manifold.dimensions.wide import grid, room, wide_evidence
from pushforward.points import nearest_others
from slowly import slowly


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def frame(k: int, D: int, seed: int = 9) -> Tensor:
    return torch.linalg.qr(normal(D, k, seed=seed).double()).Q.T.float()


def holds(result: Dimension) -> bool:
    low, high = result.interval
    return low <= result.estimate <= high


@pytest.mark.slow
@pytest.mark.parametrize("d", [110, 300])
def test_a_flat_law_of_hundreds_of_dimensions_is_read(d: int) -> None:
    result = pf.dimension(normal(8 * d, d) @ frame(d, d + 20), seed=0)
    assert not result.outside
    assert abs(result.estimate - d) <= 0.1 * d
    assert result.interval[0] <= d <= result.interval[1]


def test_too_few_points_for_the_dimension_are_outside_with_an_open_end(tmp_path: Any) -> None:
    result = pf.dimension(normal(150, 400), seed=0)
    assert result.outside
    assert result.interval[1] == 400
    assert not result.agrees
    assert "OUTSIDE" in str(result)
    assert "too few" in result.reason
    assert "outside" in repr(result)
    again = Dimension.load(result.save(tmp_path / "d.safetensors"))
    assert (again.outside, again.reason, again.interval) == (True, result.reason, result.interval)


NOISY = {
    "a plane in 30": (2, 0.03, lambda: normal(1000, 2) @ frame(2, 30)),
    "a sphere in 50": (2, 0.05, lambda: normalize(normal(1000, 3), dim=1) @ frame(3, 50)),
    "a line in 20": (1, 0.02, lambda: 2 * uniform(800, 1) @ frame(1, 20)),
}


@pytest.mark.parametrize("name", slowly(NOISY, quick=2))
def test_white_noise_is_told_and_not_counted(name: str) -> None:
    d, sigma, make = NOISY[name]
    X = make()
    result = pf.dimension(X + sigma * normal(*X.shape, seed=5), seed=0)
    assert result.estimate == d
    assert result.noise == pytest.approx(sigma, rel=0.1)
    assert "noise of" in str(result)


def test_without_noise_none_is_told() -> None:
    assert pf.dimension(normal(600, 6) @ frame(6, 10), seed=0).noise == 0


@pytest.mark.parametrize(("times", "off"), [(1, 1e-3), pytest.param(5, 1e-6, marks=pytest.mark.slow)])
def test_near_copies_count_once(times: int, off: float) -> None:
    X = normal(800, 3) @ normal(3, 20, seed=2)
    again = [X[:160] + off * normal(160, 20, seed=7 + i) for i in range(times)]
    result = pf.dimension(torch.cat([X, *again]), seed=0)
    assert (result.estimate, result.copies) == (3, 160 * times)
    assert result.agrees
    assert "occur again" in str(result)


def test_a_dense_part_and_a_curve_beside_a_ball_are_no_copies() -> None:
    tight = torch.cat([uniform(1000, 3), 1e-5 * uniform(60, 3, seed=1)])
    line = torch.cat([pad(4 * uniform(300, 1), (3, 6)), pad(uniform(1000, 6, seed=1), (4, 0)) - 5])
    for X in (tight, line, uniform(1000, 1), torch.tan(3.1 * (uniform(1000, 1) - 0.5))):
        rows = X.double() - X.double().mean(0)
        assert not has_copies(nearest_others(rows, torch.arange(len(X)), 12).distances)


def test_one_of_each_group_of_copies_stays() -> None:
    X = normal(100, 4).double()
    both = torch.cat([X, X + 1e-6])
    kept = without_copies(both - both.mean(0))
    assert sorted((kept % 100).tolist()) == list(range(100))


def test_parts_have_intervals_of_their_own_and_the_estimate_lies_in_its() -> None:
    X = torch.cat([pad(normal(400, 1), (0, 9)), pad(normal(400, 5, seed=1), (0, 5)) + 50])
    result = pf.dimension(X, seed=0)
    assert [part.dimension for part in result.parts] == [1, 5]
    assert [d for d, _ in result.mixed] == [1, 5]
    assert all(part.interval[0] <= part.dimension <= part.interval[1] for part in result.parts)
    assert sum(part.share for part in result.parts) == pytest.approx(1)
    assert holds(result)
    assert "1 (1 … 1) at 50%" in str(result)


def test_a_curve_beside_a_ball_that_fills_the_space_is_no_plane_under_noise() -> None:
    X = torch.cat([normal(400, 1) @ torch.ones(1, 9), normal(400, 9, seed=1) + 30])
    result = pf.dimension(X, seed=0)
    assert [part.dimension for part in result.parts] == [1, 9]
    assert result.noise == 0


@pytest.mark.slow
def test_a_sphere_whose_components_are_linked_by_chance_is_no_product() -> None:
    """Whatever the components: factors that add up to the rank say nothing that the judge does not."""
    for seed in range(2):
        X = normalize(normal(900, 11, seed=seed), dim=1)
        result = pf.dimension(X @ frame(11, 20), seed=0)
        assert result.interval[0] < 11
        assert result.interval[0] <= 10 <= result.interval[1]


def test_estimates_that_disagree_among_themselves_agree_with_nothing() -> None:
    result = pf.dimension(normal(500, 40), seed=0)
    assert holds(result)
    assert not result.agrees
    assert "DISAGREE" in str(result)


@pytest.mark.slow
def test_a_product_of_circles_is_the_sum_of_its_factors_in_any_position() -> None:
    angle = 6.2832 * uniform(800, 8)
    X = torch.cat([angle.cos(), angle.sin()], 1) @ frame(16, 20)
    result = pf.dimension(X, seed=0)
    assert result.estimate == 8
    assert holds(result)
    assert (result.per_point == result.per_point[0]).all()


@pytest.mark.slow
def test_what_is_no_product_has_no_factors() -> None:
    bent = (1.5 * normal(800, 10) @ normal(10, 20, seed=1) / 3).sin()
    for X in (bent, normal(800, 20), normalize(normal(800, 20), dim=1)):
        assert factors(gather(X.double(), seed=0), seed=0) is None


def test_a_sum_of_posteriors_errs_together() -> None:
    one = torch.tensor([0.5, 0.5], dtype=torch.float64)
    assert posterior_of_sum([one, one, one]).tolist() == [0, 0, 0.5, 0, 0, 0.5]
    sure = torch.tensor([0, 1.0], dtype=torch.float64)
    assert posterior_of_sum([sure, one]).tolist() == [0, 0, 0.5, 0.5]


def test_moments_are_those_of_all_pairs() -> None:
    X = normal(60, 5).double()
    squared = torch.cdist(X, X).square()[~torch.eye(60, dtype=torch.bool)]
    z = (squared - squared.mean()) / squared.std(correction=0)
    m = moments(X - X.mean(0), torch.arange(60))
    assert m.variance == pytest.approx(float((squared.std(correction=0) / squared.mean()) ** 2))
    assert m.skewness == pytest.approx(float(z.pow(3).mean()))
    assert m.kurtosis == pytest.approx(float(z.pow(4).mean() - 3))


def test_white_tails_are_found_behind_a_gap_and_decays_are_not() -> None:
    X = normal(500, 4).double() @ frame(4, 40).double() + 0.1 * normal(500, 40, seed=1).double()
    X = X - X.mean(0)
    tail = white_tail(spectrum(X), 500)
    assert isinstance(tail, White)
    assert tail.signal == 4
    assert tail.sigma == pytest.approx(0.1, rel=0.05)
    assert torch.linalg.svdvals(towards(X, 4) @ frame(4, 40).double().T).min() > 0.9
    assert in_every_point(X, towards(X, 4))
    some = torch.cat([X[:250] @ towards(X, 4).T @ towards(X, 4), X[250:]])
    assert not in_every_point(some, towards(X, 4))
    assert white_tail(0.7 ** torch.arange(40.0), 500) is None
    assert white_tail(spectrum(normal(500, 40).double()), 500) is None
    assert white_tail(spectrum(normal(500, 4).double() @ frame(4, 40).double()), 500) is None


def test_wide_evidence_is_finite_and_its_posterior_is_spread_over_whole_numbers() -> None:
    for X in (normal(30, 2).double(), normal(60, 200).double(), normal(200, 150).double()):
        clues = gather(X, seed=0)
        rows = wide_evidence(clues, everywhere(clues))
        assert rows.isfinite().all()
        posterior = spread(load_judge(WIDE_WEIGHTS).posterior(rows), room(clues))
        assert posterior.sum() == pytest.approx(1)
        assert len(posterior) >= min(room(clues), 90)
    even = spread(torch.ones(len(grid()), dtype=torch.float64) / len(grid()), 2000)
    assert even.sum() == pytest.approx(1)
    assert even[0] == pytest.approx(float(even[90]))
    assert even[500] < even[90]


@pytest.mark.slow
def test_the_order_of_rows_and_columns_changes_nothing_that_is_told() -> None:
    X = torch.cat([pad(4 * uniform(300, 1), (3, 3)), pad(uniform(300, 4, seed=1), (3, 0)) - 5])
    mixed = pf.rng.permutation(600, seed=1)
    first = pf.dimension(X, seed=0)
    assert len(first.parts) == 2
    for other in (X[mixed], X.flip(1)):
        result = pf.dimension(other, seed=0)
        assert [part.dimension for part in result.parts] == [part.dimension for part in first.parts]
