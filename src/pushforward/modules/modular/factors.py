"""Factors of a network at several inputs, differentiable in its weights."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.errors import NotFinite, PrecisionWarning
from pushforward.linear import Chart, Function, Inputs, Sketched, Tensors, step
from pushforward.modules.finding import in_range
from pushforward.modules.modular.programs import Programs, Underivable
from pushforward.net import (
    Differences,
    Forward,
    Neurons,
    OneByOne,
    TangentPush,
    Way,
    differentiable_kernels,
    stamp,
    verified_way,
)
from pushforward.rng import Seed, generator

# Pushes of one shape that run eagerly before a traced program can pay
WARM_UP = 2


@dataclass(frozen=True)
class WideDifferences:
    """Central differences of all directions in one batch: a plain backward pass goes through them in any network.

    Inputs of `g` are batches here: (n, ...) with tangents (c, n, ...).
    """

    def push(self, g: Function, primals: Tensors, tangents: Tensors) -> Tensors:
        """J V."""
        c, n = tangents[0].shape[:2]
        h = step(primals, tangents)
        ahead, behind = (
            g(*((p + s * h * t).flatten(0, 1) for p, t in zip(primals, tangents, strict=True))) for s in (1, -1)
        )
        return tuple(((a - b) / (2 * h)).reshape(c, n, -1) for a, b in zip(ahead, behind, strict=True))


@dataclass
class Factors:
    """F of a network at batches of inputs, in whatever way its operations allow.

    `directions`: a chart with more of them is sketched by that many random mixtures, other ones at every input;
    None takes all.
    """

    net: Neurons
    inputs: Inputs
    directions: int | None = None
    way: Way | None = None
    programs: Programs = field(default_factory=Programs)

    def at(self, X: object, *, seed: Seed) -> tuple[Tensor, bool]:
        """F (n, a, K) at a batch of n inputs, and whether its columns are random mixtures.

        Raises `NotFinite`, naming the layer, and `NotDifferentiable`.
        """
        draws = generator(seed)
        with self.net.double.evaluating():
            with torch.no_grad():
                charts = [self.inputs.chart(structure.item(X, i)) for i in range(structure.length(X))]
                x = _stacked([chart.point for chart in charts])
                V = torch.stack([_tangents(chart, self.directions, seed=draws) for chart in charts], 1)  # (K n d)
                self._prepare(charts[0].point)
            parts = self._push(x, V)
        F = torch.cat(parts, 2).permute(1, 2, 0)  # (K n a) -> (n a K)
        F = F if F.itemsize > 2 else F.float()  # half precision has too few digits for what is summed
        _check(F, self.net)
        scale = in_range(F, self.net.table.layer)
        F = F if scale is None else F * scale[:, None]
        return F, self.directions is not None and charts[0].rank > self.directions

    def eager(self, X: object) -> "Factors":
        """The same, ready for inputs like the first one of X, but never traced: equal to the bit at any input.

        A program gives other last bits than the eager push before it, and how often was pushed is different by rank.
        """
        factors = Factors(self.net, self.inputs, self.directions, programs=Programs(tracing=False))
        factors._prepare(self.inputs.chart(structure.item(X, 0)).point)
        return factors

    def _prepare(self, x: object) -> None:
        self.net.expect(x)
        if self.way is None:
            way = verified_way(self.net, x)
            self.way = WideDifferences() if isinstance(way, Differences) else way

    def _push(self, x: object, V: Tensor) -> Tensors:
        """The best way whose result can be differentiated: chosen at the first push, with a warning if it is slow."""
        leaves = structure.leaves(x)
        primals = tuple(t.clone() for t in leaves.values() if t.is_floating_point())
        still = tuple(t for t in leaves.values() if not t.is_floating_point())
        fixed = (*still, *self._weights().values())
        args = (primals, fixed, _split(V, primals))
        with differentiable_kernels():
            if isinstance(self.way, Forward | OneByOne):
                try:
                    return self.programs.run(
                        self._eager(x), args, self._constants(x), traceable=isinstance(self.way, Forward)
                    )
                except Underivable as reason:
                    self._fall_back(str(reason))
            elif not isinstance(self.way, WideDifferences):
                self._fall_back("there is no forward mode")
            return self._eager(x)(*args)

    def _constants(self, x: object) -> dict[object, object]:
        """What a traced program takes for granted: all attributes of the model but weights, which are arguments."""
        modules = self.net.model.named_modules()
        weights = {(path, name) for path, m in modules for name in (*m._parameters, *m._buffers)}
        attributes: dict[object, object] = {
            key: value for key, value in stamp(self.net.model).items() if key not in weights
        }
        return attributes | {"input": structure.skeleton(x)}

    def _fall_back(self, reason: str) -> None:
        named = ", ".join(self.net.suspects[:3])
        warnings.warn(
            f"the derivatives of this network cannot be differentiated again ({reason}"
            f"{f'; operations to look at: {named}' if named else ''}), so central differences are used: three or four "
            "digits. Replace the operation by one with a double backward to be exact.",
            PrecisionWarning,
            stacklevel=2,
        )
        self.way = WideDifferences()

    def _weights(self) -> dict[str, Tensor]:
        model = self.net.model
        return {k: t for k, t in (*model.named_parameters(), *model.named_buffers()) if t.is_floating_point()}

    def _eager(self, x: object) -> TangentPush:
        """Primals, fixed parts of the input with all weights, and tangents to the derivatives of each layer."""
        names, way = list(self._weights()), self.way
        assert way is not None

        def push(primals: Tensors, fixed: Tensors, tangents: Tensors) -> Tensors:
            still, weights = fixed[: len(fixed) - len(names)], dict(zip(names, fixed[-len(names) :], strict=True))

            def record(*moving: Tensor) -> Tensors:
                wide = len(moving[0]) // len(primals[0])
                fresh, rest = iter(moving), iter(still)
                take = lambda _, t: next(fresh) if t.is_floating_point() else _repeated(next(rest), wide)  # noqa: E731
                return tuple(self.net.record(structure.rebuild(x, take), weights))

            return way.push(record, primals, tangents)

        return push


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """All modules are in eval mode inside the `with` block, and as they were after it."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        for module, _ in modes:
            module.training = False
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _tangents(chart: Chart, directions: int | None, *, seed: Seed) -> Tensor:
    if directions is not None and chart.rank > directions:
        chart = Sketched(chart, directions, seed=seed)
    return chart.tangents(0, chart.rank)


def _stacked(points: list[object]) -> object:
    """Single inputs as one batch."""
    leaves = [structure.leaves(point) for point in points]
    return structure.rebuild(points[0], lambda name, _: torch.stack([parts[name] for parts in leaves]))


def _split(V: Tensor, primals: Tensors) -> Tensors:
    """Rows of d numbers as tangents of the moving parts.  (K n d) -> (K n *shape) each"""
    sizes = [p[0].numel() for p in primals]
    return tuple(t.reshape(*V.shape[:2], *p.shape[1:]).to(p) for t, p in zip(V.split(sizes, 2), primals, strict=True))


def _repeated(t: Tensor, wide: int) -> Tensor:
    return t if wide == 1 else t.repeat(wide, *[1] * (t.ndim - 1))


def _check(F: Tensor, net: Neurons) -> None:
    if torch.isfinite(F.detach().sum()):
        return
    for layer in net.table:
        if not torch.isfinite(F[:, layer.start : layer.stop]).all():
            raise NotFinite(
                f"layer {layer.name!r} has NaN or infinite derivatives; it is the first that has. Look at its weights: "
                "a smaller learning rate or `strength=` may keep them finite."
            )
