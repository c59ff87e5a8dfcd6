"""Dimensions of generators with known ranks, of data on known manifolds, and everything that is refused."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import pushforward as pf
from parts import normal
from pushforward.latents import Atlas, Cube
from pushforward.manifold import Dimension
from slowly import slowly


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def bend(k: int, size: int, seed: int = 3) -> Callable[[Tensor], Tensor]:
    """A smooth curved embedding of k dimensions in `size`."""
    A, B = normal(k, size, seed=seed), normal(k, size, seed=seed + 1)
    return lambda z: z @ A.to(z) + 0.5 * (2 * z @ B.to(z)).sin()


def bent(z: Tensor, size: int) -> Tensor:
    return bend(z.shape[1], size)(z)


class Made:
    """A generator from a latent and a function of its features."""

    def __init__(self, latent: Any, paint: Any):
        self.latent, self.paint = latent, paint

    def __call__(self, z: Tensor) -> Tensor:
        return self.paint(self.latent.features(z))


def frozen(k: int, of: int = 10, noise: float = 0.0) -> Made:
    """A generator of images whose first k latent numbers move them and whose others make `noise`."""
    size = torch.cat([torch.ones(k), torch.full((of - k,), noise)])
    embed = bend(of, 36)
    return Made(Cube(of), lambda z: embed(z * size).unflatten(1, (1, 6, 6)))


@pytest.mark.parametrize("k", slowly([1, 4, 2, 8], quick=2))
@pytest.mark.parametrize("noise", slowly([0.01, 0.0]))
def test_latents_that_are_frozen_or_only_make_noise_do_not_count(k: int, noise: float) -> None:
    result = pf.dimension(frozen(k, noise=noise), seed=0, points=64)
    assert result.estimate == k
    assert result.interval == (k, k)
    assert (result.per_point == k).float().mean() > 0.9
    assert len(result.spectrum) == 10
    assert not result.full


def test_a_generator_without_spare_latents_says_that_there_may_be_more_dimensions() -> None:
    result = pf.dimension(frozen(4, of=4), seed=0, points=64)
    assert (result.estimate, result.full) == (4, True)
    assert "may have more dimensions" in str(result)
    assert result.agrees
    assert abs(result.calibrated - 4) <= 1


def test_ranks_of_mixed_dimension_are_said() -> None:
    latent, embed = Atlas(2, 3), bend(3, 20)

    def lollipop(features: Tensor) -> Tensor:
        stick, z = features[:, :1], features[:, 2:]
        thin = torch.cat([z[:, :1] + 3, 0.001 * z[:, 1:]], 1)
        return embed(stick * thin + (1 - stick) * z)

    result = pf.dimension(Made(latent, lollipop), seed=0)
    assert [d for d, _ in result.mixed] == [1, 3]
    assert result.mixed[0][1] == pytest.approx(0.5, abs=0.1)
    assert "mixed dimension: 1 at" in str(result)


def test_disagreement_of_a_generator_and_its_samples_is_said() -> None:
    """Fast ripples are rank for the Jacobian but noise for neighbours, which see the line."""
    gen = Made(Cube(2), lambda z: torch.cat([50 * z[:, :1], 1e-4 * (1e6 * z[:, 1:]).sin()], 1))
    result = pf.dimension(gen, seed=0, points=64)
    assert result.estimate == 2
    assert result.calibrated == 1
    assert not result.agrees
    assert "DISAGREE" in str(result)


MANIFOLDS = {
    "circle": (1, lambda: bent(torch.stack([(t := 2 * math.pi * uniform(1500)).cos(), t.sin()], 1), 12)),
    "sheet": (2, lambda: bent(uniform(1500, 2), 12)),
    "sphere": (4, lambda: bent(torch.nn.functional.normalize(normal(2000, 5), dim=1), 20)),
    "flat": (6, lambda: normal(2000, 6) @ normal(6, 30, seed=5)),
}


@pytest.mark.parametrize("name", slowly(MANIFOLDS))
def test_data_on_a_manifold(name: str) -> None:
    d, make = MANIFOLDS[name]
    X = make()
    result = pf.dimension(X, seed=0)
    assert result.estimate == d
    assert result.interval[0] <= d <= result.interval[1]
    assert result.mixed == ()
    assert result.per_point.shape == (len(X),)
    assert (result.per_point == d).float().mean() > 0.8
    assert result.agrees
    assert result.posterior.sum() == pytest.approx(1)


@pytest.mark.slow
def test_data_of_mixed_dimension_is_said() -> None:
    line = torch.nn.functional.pad(4 * uniform(1000, 1), (3, 6))
    ball = torch.nn.functional.pad(uniform(1000, 6, seed=1), (4, 0)) - 5
    result = pf.dimension(torch.cat([line, ball]), seed=0)
    low, high = (d for d, _ in result.mixed)
    assert low == 1
    assert abs(high - 6) <= 1
    assert result.per_point[:1000].median() == 1
    assert abs(int(result.per_point[1000:].median()) - 6) <= 1
    assert "mixed dimension" in str(result)


@pytest.mark.slow
def test_invariance_to_units_position_rotation_and_copies() -> None:
    X = bent(uniform(800, 3).double(), 8)
    result = pf.dimension(X, seed=0)
    Q = pf.rng.rotation(8, seed=0, dtype=torch.float64)
    for other in (1000 * X + 7, X @ Q, torch.cat([X, X])):
        assert pf.dimension(other, seed=0).estimate == result.estimate


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_and_the_global_state_is_untouched() -> None:
    X = bent(uniform(400, 2), 6)
    before = torch.get_rng_state()
    first, second = pf.dimension(X, seed=1), pf.dimension(X.clone(), seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.posterior, second.posterior)
    assert torch.equal(first.per_point, second.per_point)
    assert pf.dimension(frozen(2), seed=1, points=32).estimate == pf.dimension(frozen(2), seed=1, points=32).estimate


def test_arrays_images_and_integers_are_data() -> None:
    X = (255 * uniform(300, 2)).to(torch.uint8)
    assert pf.dimension(X, seed=0).estimate == pf.dimension(X.numpy(), seed=0).estimate == 2
    assert pf.dimension(bent(uniform(300, 2), 16).unflatten(1, (1, 4, 4)), seed=0).estimate == 2


def test_few_points_and_full_rank_data_still_give_an_answer() -> None:
    result = pf.dimension(normal(20, 3), seed=0)
    assert 1 <= result.interval[0] <= result.estimate <= result.interval[1] <= 3


def test_saved_and_loaded_is_the_same(tmp_path: Any) -> None:
    for result in (pf.dimension(bent(uniform(300, 2), 6), seed=0), pf.dimension(frozen(2), seed=0, points=32)):
        again = Dimension.load(result.save(tmp_path / "dimension.safetensors"))
        assert repr(again) == repr(result)
        assert torch.equal(again.per_point, result.per_point)
        assert torch.equal(again.posterior, result.posterior)
        assert (again.floor, again.gap, again.mixed) == (result.floor, result.gap, result.mixed)


def test_figures_are_drawn() -> None:
    for result in (pf.dimension(bent(uniform(300, 2), 6), seed=0), pf.dimension(frozen(2), seed=0, points=32)):
        assert len(result.plot().axes) == 2


def test_points_on_a_grid_are_warned_of() -> None:
    z = torch.linspace(0, 6.28, 200)
    with pytest.warns(pf.errors.PrecisionWarning, match="regular grid.*draw them at random"):
        pf.dimension(torch.stack([z.cos(), z.sin()], 1), seed=0)


REFUSED = {
    "constant": (lambda: torch.ones(100, 5), "the data is constant.*Give at least 20"),
    "single sample": (lambda: torch.ones(1, 5), "it is a single sample.*Give at least 20"),
    "no axis of points": (lambda: torch.ones(5), r"single sample.*`X\[:, None\]`"),
    "few": (lambda: normal(19, 3), "19 different points among 19.*more points"),
    "copies": (lambda: normal(10, 3).repeat(9, 1), "10 different points among 90.*more points"),
    "empty": (lambda: torch.zeros(0, 3), r"this is empty. Give points \(n, ...\)"),
    "complex": (lambda: normal(50, 3) + 1j, "`torch.view_as_real"),
    "list": (lambda: [1, 2, 3], r"`X\[:, None\]`"),
    "generator class": (lambda: Made, "`pf.Generator`"),
    "constant generator": (lambda: Made(Cube(2), lambda z: 0 * z), "generator is constant.*Train it"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, cure = REFUSED[name]
    with pytest.raises(pf.errors.BadInput, match=cure):
        pf.dimension(make(), seed=0)


@pytest.mark.parametrize("points", [19, 2.5, True])
def test_too_few_points_are_refused(points: Any) -> None:
    with pytest.raises(pf.errors.BadInput, match=r"whole number (of at least 20|is needed)"):
        pf.dimension(normal(100, 3), seed=0, points=points)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nan_and_infinity_are_refused(bad: float) -> None:
    X = normal(100, 3)
    X[7, 1] = bad
    with pytest.raises(pf.errors.NotFinite, match=r"1 of 100 points.*number 7.*Leave them out: `X\["):
        pf.dimension(X, seed=0)


def test_a_generator_with_infinite_derivatives_is_refused() -> None:
    with pytest.raises(pf.errors.NotFinite, match=r"derivative is NaN or infinite.*norm at 0"):
        pf.dimension(Made(Cube(2), lambda z: (0 * z).sqrt()), seed=0)
