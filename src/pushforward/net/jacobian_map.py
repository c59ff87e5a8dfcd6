"""`jacobian(f, x)`: the derivative of any function at one point, as a lazy linear map."""

from collections.abc import Callable
from functools import cached_property
from typing import Annotated, TypeVar

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput, NotDifferentiable, NotFinite
from pushforward.kinds import Own
from pushforward.linear import LinearMap, Tensors, beside, stepped
from pushforward.net.kernels import differentiable_kernels
from pushforward.net.neurons import Neurons
from pushforward.net.verify import is_reversible, verified_way
from pushforward.net.ways import Differences, Way, choose, pull, trial
from pushforward.rng import normal

X = TypeVar("X")


class Jacobian(LinearMap):
    r"""The Jacobian of f at x, $J_{ij} = \partial f_i / \partial x_j$, never stored. Shape (m, d)."""

    def __init__(self, f: Callable[[X], Tensor], x: X, *, chunk: int = 256):
        if not callable(f) or isinstance(f, type):
            raise BadInput(f"`jacobian(f, x)`: f is {type(f).__name__}; a function from x to one tensor is needed.")
        if chunk < 1:
            raise BadInput(f"`jacobian(chunk={chunk})`: at least one column at a time is needed.")
        self.f: Callable[..., Tensor] = f
        self.chunk = chunk
        self.x = structure.rebuild(x, lambda _, t: t.detach().clone())
        parts = structure.moving(self.x)
        if not parts:
            raise BadInput(
                f"`jacobian(f, x)`: x = {structure.describe(x)} has no floating-point part to move; use `x.float()`."
            )
        self._primals = tuple(parts.values())
        with torch.no_grad(), differentiable_kernels():
            y = self._value()
        self.out_shape = y.shape
        self.shape = (y.numel(), sum(p.numel() for p in self._primals))
        self.dtype, self.device = y.dtype, y.device

    @cached_property
    def way(self) -> Way:
        """How directions are pushed: chosen once by trying; through a `Neurons`, checked as for `push`."""
        if isinstance(self.f, Neurons):
            return verified_way(self.f, self.x)
        with differentiable_kernels(), torch.no_grad():
            choice = choose(self._g, trial(self._primals, seed=0))
            if not choice.agrees:
                raise NotDifferentiable(
                    "`jacobian(f, x)`: the derivative of f is missing or wrong: no way to differentiate it agrees with "
                    "finite differences. Part of f hides its derivative (`detach`, `.data`, `torch.no_grad`, NumPy), "
                    "or a custom operation has a wrong one: mend it, or give a smooth f."
                )
            if isinstance(choice.way, Differences) and self._steps():
                raise NotDifferentiable(
                    "`jacobian(f, x)`: f is a step function near x, as rounding or quantisation makes it: its "
                    "derivative is zero or does not exist. Give a smooth f."
                )
            return choice.way

    def _steps(self) -> bool:
        points = [beside(self._primals, 0.3, seed=k) for k in range(8)]
        tangent = tuple(normal(p.shape, seed=9).to(p) for p in self._primals)
        return bool(stepped(self._g, points, tangent).any())

    def _value(self) -> Tensor:
        if isinstance(self.f, Neurons):
            self.f.expect(self.x)
        y = self._call(self.x)
        if not torch.isfinite(y).all():
            raise NotFinite(
                f"`jacobian(f, x)`: f(x) is NaN or infinite at {int((~torch.isfinite(y)).sum())} of {y.numel()} "
                "places. Look at x, and at the weights of f."
            )
        return y

    def _call(self, x: object) -> Tensor:
        x = structure.rebuild(x, lambda _, t: t.clone())  # f may write into its input
        y = self.f(structure.batch(x))[0] if isinstance(self.f, Neurons) else self.f(x)
        if not isinstance(y, Tensor) or not y.is_floating_point():
            kind = f"a tensor of {y.dtype}" if isinstance(y, Tensor) else type(y).__name__
            raise BadInput(
                f"`jacobian(f, x)`: f(x) is {kind}; one tensor of floating-point numbers is needed. "
                "Pick one with `lambda x: f(x)[0]`, or use `pf.Neurons` for all outputs of a model."
            )
        return y

    def _g(self, *primals: Tensor) -> Tensors:
        fresh = iter(primals)
        x = structure.rebuild(self.x, lambda _, t: next(fresh) if t.is_floating_point() else t)
        return (self._call(x).reshape(-1),)

    def _matmat(self, V: Tensor) -> Tensor:
        if V.shape[1] == 0:
            return V.new_zeros(self.shape[0], 0)
        with differentiable_kernels():
            chunks = [
                self.way.push(self._g, self._primals, self._split(rows))[0].to(V) for rows in V.T.split(self.chunk)
            ]
        return self._checked(torch.cat(chunks).T, "J @ V")

    def _pull(self, U: Tensor) -> Tensor:
        if U.shape[1] == 0:
            return U.new_zeros(self.shape[1], 0)
        way, f = self.way, self.f
        reversible = is_reversible(f, self.x) if isinstance(f, Neurons) else True
        with differentiable_kernels():
            chunks = [pull(way, self._g, self._primals, (u,), reversible=reversible) for u in U.T.split(self.chunk)]
        rows = [torch.cat([part.flatten(1).to(U) for part in chunk], 1) for chunk in chunks]
        return self._checked(torch.cat(rows).T, "J.T @ U")

    def _split(self, rows: Tensor) -> Tensors:
        """Rows of d numbers as tangents of the moving parts.  (c d) -> (c *shape) each"""
        parts = rows.split([p.numel() for p in self._primals], 1)
        return tuple(t.reshape(-1, *p.shape).to(p) for t, p in zip(parts, self._primals, strict=True))

    @staticmethod
    def _checked(product: Tensor, what: str) -> Tensor:
        if not torch.isfinite(product).all():
            raise NotFinite(f"`{what}`: the derivative of f is NaN or infinite at this x, as of a root at 0. Move x.")
        return product

    def _adjoint(self) -> LinearMap:
        return TransposedJacobian(self)


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


@steady
@checked
def jacobian(f: Annotated[Callable[[X], Tensor], Own], x: X, *, chunk: int = 256) -> Jacobian:
    r"""The Jacobian of f at x as a `LinearMap` of shape (m, d): `J @ v`, `J.T @ u`, `J.dense()`.

    f takes one input (a tensor or array, or a tuple or dict of them) and gives one tensor, both as flat
    vectors; a `pf.Neurons` is taken at one input without batch axis. `J @ V` uses forward mode, `J.T @ U`
    reverse mode, `chunk` columns at a time; if f has no forward mode the next best way is chosen.

    >>> J = jacobian(lambda x: x**2, torch.tensor([1.0, 2.0, 3.0]))
    >>> J @ torch.ones(3)
    tensor([2., 4., 6.])

    Raises `BadInput` if x has no floating-point part or f(x) is not one tensor of floating-point numbers, `NotFinite`
    if f or its derivative is, and `NotDifferentiable` if it cannot be linearised.
    """
    return Jacobian(f, x, chunk=chunk)
