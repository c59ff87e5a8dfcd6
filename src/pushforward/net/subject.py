"""A network at one input, as the checks of its Jacobian see it."""

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import NotDifferentiable
from pushforward.linear import Tensors, beside
from pushforward.net.neurons import Neurons
from pushforward.net.recorder import Recorder
from pushforward.rng import generator, normal

# Networks with more weights than this are checked in their own precision, to save memory.
LARGEST = 2**27


class Subject:
    """A network at one input, as the checks see it: in double precision wherever it runs so."""

    def __init__(self, net: Neurons, x: object):
        self.net = net
        self.x = structure.rebuild(x, lambda _, t: t[None].clone())  # a batch of one
        self._first: Tensors | None = None

    @cached_property
    def weights(self) -> dict[str, Tensor] | None:
        """The weights in double precision; None where the network does not run with those, or not all of it."""
        model = self.net.model
        weights = {k: t for k, t in (*model.named_parameters(), *model.named_buffers()) if t.is_floating_point()}
        if sum(t.numel() for t in weights.values()) > LARGEST:
            return None
        weights = {k: t.detach().double() for k, t in weights.items()}
        x = structure.rebuild(self.x, lambda _, t: t.double() if t.is_floating_point() else t)
        operations = Recorder(lambda _name, _default: False)
        try:
            with operations:
                values = tuple(self.net.record(x, weights))
        except Exception:  # a model may insist on its own precision in any way
            return None
        if operations.coarsest is not None or any(y.dtype != torch.float64 for y in values):
            return None
        self._first = values
        return weights

    @cached_property
    def alone(self) -> Tensors:
        """The layers' activations at the input, run alone."""
        return self._first if self.weights is not None and self._first is not None else self.g(*self.primals)

    @cached_property
    def primals(self) -> Tensors:
        """The moving parts of the input, each a batch of one."""
        parts = structure.moving(self.x).values()
        return tuple(parts) if self.weights is None else tuple(p.double() for p in parts)

    @property
    def dtype(self) -> torch.dtype:
        """The precision in which the checks are made."""
        return self.primals[0].dtype

    @property
    def precision(self) -> torch.dtype:
        """The coarsest precision in which a part of the network runs in the checks."""
        return self.dtype if self.weights is not None else self.net.coarsest or self.dtype

    def g(self, *primals: Tensor) -> Tensors:
        """The layers' activations as a function of the moving parts."""
        fresh = iter(primals)
        x = structure.rebuild(self.x, lambda _, t: next(fresh) if t.is_floating_point() else t)
        return tuple(self.net.record(x, self.weights))

    @cached_property
    def neighbours(self) -> tuple[Tensors, Tensors]:
        """Two points near the input."""
        return self.beside(0.05, seed=1), self.beside(0.05, seed=2)

    @cached_property
    def _three(self) -> list[Tensors]:
        one, other = self.neighbours
        return self.together([one, self.primals, other])

    @property
    def among_neighbours(self) -> Tensors:
        """The layers' activations at the input, run between its neighbours."""
        return self._three[1]

    @property
    def runs_with_neighbours(self) -> bool:
        """Whether activations at the first of the neighbours are finite."""
        return all(bool(torch.isfinite(y).all()) for y in self._three[0])

    def together(self, points: Sequence[Tensors]) -> list[Tensors]:
        """The activations at several points in one pass."""
        parts = iter([torch.cat(part) for part in zip(*points, strict=True)])
        x = structure.rebuild(
            self.x, lambda _, t: next(parts) if t.is_floating_point() else t.expand(len(points), *t.shape[1:])
        )
        values = self.net.record(x, self.weights)
        return [tuple(y[i : i + 1] for y in values) for i in range(len(points))]

    def beside(self, size: float, *, seed: int) -> Tensors:
        """Near x, not at it."""
        return beside(self.primals, size, seed=seed)

    def directions(self, n: int, *, seed: int) -> Tensors:
        """Random tangents (n, 1, ...) for each moving part."""
        draws = generator(seed)
        return tuple(normal((n, *p.shape), seed=draws).to(p) for p in self.primals)

    def first(self, wrong: Callable[[int], bool]) -> str | None:
        """The first layer of which `wrong(its number)` holds."""
        return next((layer.name for k, layer in enumerate(self.net.table) if wrong(k)), None)

    def runs(self, at: Tensors) -> bool:
        """Whether the same layers run there, and give finite numbers."""
        try:
            return all(bool(torch.isfinite(y).all()) for y in self.g(*at))
        except NotDifferentiable:
            return False
