"""`LinearMap`: a matrix that is never stored, known by what it does to vectors."""

from abc import ABC, abstractmethod
from typing import overload

import torch
from torch import Tensor

from pushforward.ambient import steady
from pushforward.errors import BadInput


class LinearMap(ABC):
    """A linear map of shape (m, n): `A @ v`, `A @ V`, `A @ B`, `A.T`, `A.dense()`.

    A subclass sets `shape`, `dtype`, `device` and writes two methods, `_matmat` and `_adjoint`;
    `pf.extend.check_linear_map` checks that it obeys the laws.

    >>> import torch
    >>> import pushforward as pf
    >>> class Difference(pf.extend.LinearMap):
    ...     shape, dtype, device = (2, 3), torch.float32, torch.device("cpu")
    ...     def _matmat(self, V):
    ...         return V[1:] - V[:-1]
    ...     def _adjoint(self):
    ...         return Dense(self.dense().T)
    >>> Difference() @ torch.tensor([1.0, 4.0, 9.0])
    tensor([3., 5.])
    """

    shape: tuple[int, int]
    dtype: torch.dtype
    device: torch.device

    @abstractmethod
    def _matmat(self, V: Tensor) -> Tensor:
        """Map the columns of V.  (n r) -> (m r)"""

    @abstractmethod
    def _adjoint(self) -> "LinearMap":
        """The transpose, shape (n, m)."""

    @property
    def T(self) -> "LinearMap":
        """The transpose, shape (n, m)."""
        return self._adjoint()

    @overload
    def __matmul__(self, other: Tensor) -> Tensor: ...
    @overload
    def __matmul__(self, other: "LinearMap") -> "LinearMap": ...
    @steady
    def __matmul__(self, other: "Tensor | LinearMap") -> "Tensor | LinearMap":
        if isinstance(other, LinearMap):
            return Composed(self, other)
        _check_operand(self, other)
        return self._matmat(other[:, None])[:, 0] if other.ndim == 1 else self._matmat(other)

    @steady
    def dense(self) -> Tensor:
        """The matrix itself (m, n): for tests and small maps, n products."""
        return self._matmat(torch.eye(self.shape[1], dtype=self.dtype, device=self.device))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={tuple(self.shape)}, dtype={self.dtype}, device='{self.device}')"


class Dense(LinearMap):
    """A stored matrix as a `LinearMap`.

    >>> Dense(torch.tensor([[1.0, 2.0]])).T @ torch.tensor([3.0])
    tensor([3., 6.])
    """

    def __init__(self, matrix: Tensor):
        if matrix.ndim != 2:
            raise BadInput(f"`Dense(matrix)`: the tensor has shape {tuple(matrix.shape)}; a matrix (m, n) is needed.")
        self.matrix = matrix
        self.shape = (matrix.shape[0], matrix.shape[1])
        self.dtype, self.device = matrix.dtype, matrix.device

    def _matmat(self, V: Tensor) -> Tensor:
        return self.matrix @ V

    def _adjoint(self) -> LinearMap:
        return Dense(self.matrix.T)


class Composed(LinearMap):
    """The product `A @ B`, applied right to left and never formed."""

    def __init__(self, A: LinearMap, B: LinearMap):
        if A.shape[1] != B.shape[0] or A.dtype != B.dtype or A.device != B.device:
            raise BadInput(
                f"`A @ B`: {A} takes {A.shape[1]} numbers, {B} gives {B.shape[0]}; sizes, dtype and device must agree."
            )
        self.A, self.B = A, B
        self.shape = (A.shape[0], B.shape[1])
        self.dtype, self.device = A.dtype, A.device

    def _matmat(self, V: Tensor) -> Tensor:
        return self.A @ (self.B @ V)

    def _adjoint(self) -> LinearMap:
        return Composed(self.B.T, self.A.T)


def _check_operand(A: LinearMap, V: object) -> None:
    if not isinstance(V, Tensor) or V.ndim not in (1, 2):
        kind = f"a tensor of shape {tuple(V.shape)}" if isinstance(V, Tensor) else type(V).__name__
        raise BadInput(f"`A @ V`: V is {kind}; a vector ({A.shape[1]},) or matrix ({A.shape[1]}, r) is needed.")
    if V.shape[0] != A.shape[1]:
        raise BadInput(f"`A @ V`: A has shape {tuple(A.shape)}, V has {V.shape[0]} rows; it needs {A.shape[1]}.")
    if V.dtype != A.dtype or V.device != A.device:
        raise BadInput(
            f"`A @ V`: A is {A.dtype} on {A.device}, V is {V.dtype} on {V.device}. Use `V.to(A.device, A.dtype)`."
        )
