"""Numbers come from a seed, and from nowhere else."""

from typing import Any

import numpy as np
import pytest
import torch

from pushforward import rng

DRAWS = {
    "normal": lambda seed: rng.normal((3, 2), seed=seed),
    "uniform": lambda seed: rng.uniform((3,), seed=seed, dtype=torch.float64),
    "integers": lambda seed: rng.integers(10, (20,), seed=seed),
    "permutation": lambda seed: rng.permutation(20, seed=seed),
    "sample": lambda seed: rng.sample(20, 5, seed=seed),
    "rotation": lambda seed: rng.rotation(4, seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_repeatable_and_leave_the_global_state_alone(name: str) -> None:
    draw, before = DRAWS[name], torch.get_rng_state()
    assert torch.equal(draw(1), draw(1))
    assert torch.equal(draw(np.int64(1)), draw(1))
    assert not torch.equal(draw(1), draw(2))
    g = torch.Generator().manual_seed(1)
    assert torch.equal(draw(g), draw(1))
    assert not torch.equal(draw(g), draw(1))  # its state has advanced
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", [None, 1.0, "1", True])
def test_other_seeds(seed: Any) -> None:
    with pytest.raises(TypeError, match=r"an integer or a `torch.Generator` on the CPU is needed"):
        rng.generator(seed)


def test_shapes_and_ranges() -> None:
    assert rng.normal((2, 3), seed=0, dtype=torch.float64).dtype == torch.float64
    u = rng.uniform((1000,), seed=0)
    assert 0 <= u.min() < 0.1 < 0.9 < u.max() < 1
    assert set(rng.integers(3, (100,), seed=0).tolist()) == {0, 1, 2}
    assert rng.permutation(9, seed=0).sort().values.tolist() == list(range(9))


def test_samples_are_sorted_without_repeats() -> None:
    indices = rng.sample(50, 20, seed=0)
    assert torch.equal(indices, indices.unique())
    assert len(indices) == 20
    assert torch.equal(rng.sample(5, 9, seed=0), torch.arange(5))


def test_rotations_are_orthogonal_and_have_no_preferred_direction() -> None:
    Q = rng.rotation(6, seed=0, dtype=torch.float64)
    torch.testing.assert_close(Q.T @ Q, torch.eye(6, dtype=torch.float64))
    g = torch.Generator().manual_seed(0)
    mean = torch.stack([rng.rotation(3, seed=g) for _ in range(2000)]).mean(0)
    assert mean.abs().max() < 0.06
