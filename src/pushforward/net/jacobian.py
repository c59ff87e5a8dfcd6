"""`jacobian(f, x)`: the derivative of any function at one point, as a lazy linear map."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.linear import LinearMap, structure
from pushforward.net.neurons import Neurons
from pushforward.net.ways import Way, choose, differentiable_kernels, pull


class Jacobian(LinearMap):
    r"""The Jacobian of f at x, $J_{ij} = \partial f_i / \partial x_j$, never stored. Shape (m, d)."""

    def __init__(self, f: Callable[[Any], Tensor], x: Any, *, way: Way | None = None, chunk: int = 256):
        if isinstance(f, Neurons):
            net = f
            f = lambda v: net(structure.batch(v))[0]  # noqa: E731
            self.model = net.model
        else:
            self.model = f if isinstance(f, torch.nn.Module) else None
        self.f, self.chunk = f, chunk
        self.x = structure.rebuild(x, lambda _, t: t.detach().clone())
        parts = structure.moving(self.x)
        if not parts:
            raise BadInput(f"`jacobian(f, x)`: x = {structure.describe(x)} has no floating-point part to move.")
        self._primals = tuple(parts.values())
        with torch.no_grad(), differentiable_kernels(self.model):
            y = f(self.x)
        if not isinstance(y, Tensor):
            raise BadInput(f"`jacobian(f, x)`: f(x) is {type(y).__name__}; one tensor is needed.")
        self.out_shape = y.shape
        self.shape = (y.numel(), sum(p.numel() for p in self._primals))
        self.dtype, self.device = y.dtype, y.device
        self._way = way

    @cached_property
    def way(self) -> Way:
        """How directions are pushed: chosen once by trying."""
        with differentiable_kernels(self.model):
            return self._way or choose(self._g, self._primals, seed=0)

    def _g(self, *primals: Tensor) -> tuple[Tensor, ...]:
        fresh = iter(primals)
        x = structure.rebuild(self.x, lambda _, t: next(fresh).clone() if t.is_floating_point() else t)
        return (self.f(x).reshape(-1),)

    def _matmat(self, V: Tensor) -> Tensor:
        out = V.new_empty(V.shape[1], self.shape[0])
        with differentiable_kernels(self.model):
            for rows in torch.arange(V.shape[1]).split(self.chunk):
                out[rows] = self.way.push(self._g, self._primals, self._split(V[:, rows].T))[0].to(out)
        return out.T

    def _pull(self, U: Tensor) -> Tensor:
        with differentiable_kernels(self.model):
            chunks = [pull(self._g, self._primals, (u,)) for u in U.T.split(self.chunk)]
        return torch.cat([torch.cat([part.flatten(1) for part in chunk], 1) for chunk in chunks]).T

    def _split(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Rows of d numbers as tangents of the moving parts.  (c d) -> (c *shape) each"""
        sizes = [p.numel() for p in self._primals]
        parts = rows.split(sizes, 1)
        return tuple(t.reshape(-1, *p.shape) for t, p in zip(parts, self._primals, strict=True))

    def _adjoint(self) -> LinearMap:
        return TransposedJacobian(self)

    def dense(self) -> Tensor:
        """The matrix (m, d), by rows or by columns, whichever are fewer."""
        if self.shape[0] < self.shape[1]:
            return self._pull(torch.eye(self.shape[0], dtype=self.dtype, device=self.device)).T
        return super().dense()


class TransposedJacobian(LinearMap):
    """Jᵀ by reverse mode, shape (d, m)."""

    def __init__(self, J: Jacobian):
        self.J = J
        self.shape = (J.shape[1], J.shape[0])
        self.dtype, self.device = J.dtype, J.device

    def _matmat(self, V: Tensor) -> Tensor:
        return self.J._pull(V)

    def _adjoint(self) -> LinearMap:
        return self.J


def jacobian(f: Callable[[Any], Tensor], x: Any, *, chunk: int = 256) -> Jacobian:
    r"""The Jacobian of f at x as a `LinearMap` of shape (m, d): `J @ v`, `J.T @ u`, `J.dense()`.

    f takes one input (a tensor, or a tuple or dict of tensors) and gives one tensor, both seen as flat
    vectors; a `pf.Neurons` is taken at one input without batch axis. `J @ V` uses forward mode, `J.T @ U`
    reverse mode, `chunk` columns at a time; if f has no forward mode the next best way is chosen.

    >>> J = jacobian(lambda x: x**2, torch.tensor([1.0, 2.0, 3.0]))
    >>> J @ torch.ones(3)
    tensor([2., 4., 6.])

    Raises `BadInput` if x has no floating-point part or f(x) is not one tensor, and `NotDifferentiable`.
    """
    return Jacobian(f, x, chunk=chunk)
