"""The thin SVD by way of a small factor is the SVD."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from parts import normal
from pushforward.linear import effective_rank, thin_svd


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(0, 10**6), st.sampled_from([0, 1, 2]))
def test_thin_svd(a: int, r: int, seed: int, lost: int) -> None:
    F = normal(a, r, seed=seed).double()
    F[:, :lost] = F[:, -1:]  # not of full rank
    U, S, V = thin_svd(F)
    k = min(a, r)
    assert (U.shape, S.shape, V.shape) == ((a, k), (k,), (r, k))
    torch.testing.assert_close(U * S @ V.T, F)
    torch.testing.assert_close(S, torch.linalg.svdvals(F))
    for basis in (U, V):
        torch.testing.assert_close(basis.T @ basis, torch.eye(k, dtype=torch.float64))


def test_eigenvectors_of_the_large_matrix() -> None:
    F = normal(200, 5).double()
    U, S, _ = thin_svd(F)
    torch.testing.assert_close(F @ (F.T @ U), U * S**2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_effective_rank(dtype: torch.dtype) -> None:
    assert effective_rank(torch.ones(7, dtype=dtype)) == 7
    assert effective_rank(torch.tensor([5.0, 0, 0], dtype=dtype)) == 1
    assert effective_rank(torch.zeros(3, dtype=dtype)) == 0
    torch.testing.assert_close(effective_rank(torch.tensor([2.0, 1.0], dtype=dtype)), torch.tensor(1.8, dtype=dtype))
