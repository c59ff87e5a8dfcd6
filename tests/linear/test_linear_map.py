"""Every linear map obeys the laws, and the test of the laws catches what does not."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import pushforward as pf
from parts import normal
from pushforward.linear import Composed, Dense, LinearMap

sizes = st.integers(1, 6)
seeds = st.integers(0, 10**6)


@settings(max_examples=25, deadline=None)
@given(sizes, sizes, seeds)
def test_dense(m: int, n: int, seed: int) -> None:
    A = normal(m, n, seed=seed).double()
    pf.extend.check_linear_map(Dense(A), A, seed=seed, tol=1e-12)
    pf.extend.check_linear_map(Dense(A).T, A.T, seed=seed, tol=1e-12)


@settings(max_examples=25, deadline=None)
@given(sizes, sizes, sizes, sizes, seeds)
def test_composed(m: int, k: int, n: int, p: int, seed: int) -> None:
    A, B, C = (normal(*s, seed=seed + i).double() for i, s in enumerate([(m, k), (k, n), (n, p)]))
    pf.extend.check_linear_map(Dense(A) @ Dense(B) @ Dense(C), A @ B @ C, seed=seed, tol=1e-10)
    pf.extend.check_linear_map(Dense(A) @ (Dense(B) @ Dense(C)), A @ B @ C, seed=seed, tol=1e-10)
    pf.extend.check_linear_map((Dense(A) @ Dense(B)).T, (A @ B).T, seed=seed, tol=1e-10)


def test_single_precision() -> None:
    A = normal(40, 30)
    pf.extend.check_linear_map(Dense(A) @ Dense(A.T), A @ A.T, seed=0)


def test_repr() -> None:
    A = Dense(normal(2, 3))
    assert repr(A) == "Dense(shape=(2, 3), dtype=torch.float32, device='cpu')"
    assert repr(A @ A.T) == "Composed(shape=(2, 2), dtype=torch.float32, device='cpu')"


class Wrong(LinearMap):
    """Right but for one thing."""

    def __init__(self, fault: str):
        self.A, self.fault = normal(4, 3), fault
        self.shape, self.dtype, self.device = (4, 3), torch.float32, torch.device("cpu")

    def _matmat(self, V: Tensor) -> Tensor:
        AV = self.A @ V
        faults = {
            "affine": AV + 1,
            "columns": AV.flip(1),
            "dtype": AV.double(),
            "shape": AV[:3],
            "wide": AV[:, :1],
        }
        return faults.get(self.fault, AV)

    def _adjoint(self) -> LinearMap:
        adjoints = {"adjoint": self.A.flip(0).T, "adjoint shape": self.A}
        return Dense(adjoints.get(self.fault, self.A.T)) if self.fault != "twice" else _Forgetful(self.A)


class _Forgetful(Dense):
    def __init__(self, A: Tensor):
        super().__init__(A.T)

    def _adjoint(self) -> LinearMap:
        return Dense(-self.matrix.T)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("affine", "linearity"),
        ("columns", "columns"),
        ("dtype", "A says torch.float32"),
        ("shape", r"A @ v has shape \(3,\), not \(4,\)"),
        ("wide", r"A @ V has shape \(4, 1\), not \(4, 3\)"),
        ("adjoint", "adjoint: <u, Av>"),
        ("adjoint shape", "A.T has shape"),
        ("twice", "adjoint twice"),
    ],
)
def test_faults_are_found(fault: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        pf.extend.check_linear_map(Wrong(fault), seed=0)


def test_another_matrix_is_found() -> None:
    A = normal(4, 3)
    pf.extend.check_linear_map(Wrong("none"), A, seed=0)
    with pytest.raises(AssertionError, match=r"A.dense\(\) is the reference matrix"):
        pf.extend.check_linear_map(Dense(A), A + 1e-3, seed=0)


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        (normal(4), r"V has 4 rows; it needs 3"),
        (normal(4, 2), r"V has 4 rows; it needs 3"),
        (normal(3, 1, 1), r"V is a tensor of shape \(3, 1, 1\); a vector \(3,\) or matrix \(3, r\)"),
        ([1.0, 2.0, 3.0], r"V is list; a vector \(3,\)"),
        (2.0, r"V is float"),
        (normal(3).double(), r"V is torch.float64 on cpu. Use `V.to\(A.device, A.dtype\)`"),
    ],
)
def test_wrong_operands(operand: Any, message: str) -> None:
    with pytest.raises(pf.errors.BadInput, match=message):
        Dense(normal(4, 3)) @ operand


def test_maps_that_do_not_fit() -> None:
    A = Dense(normal(4, 3))
    with pytest.raises(pf.errors.BadInput, match=r"takes 3 numbers, .* gives 4; sizes, dtype and device must agree"):
        _ = A @ A
    with pytest.raises(pf.errors.BadInput, match="dtype and device must agree"):
        Composed(A, Dense(normal(3, 2).double()))


def test_dense_needs_a_matrix() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"shape \(3,\); a matrix \(m, n\) is needed"):
        Dense(normal(3))
