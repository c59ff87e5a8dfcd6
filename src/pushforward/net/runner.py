"""Pushes tangents through a network at one input, and pulls neurons back."""

from functools import cached_property

import torch
from torch import Tensor

from pushforward import structure
from pushforward.linear import Tensors
from pushforward.net.kernels import differentiable_kernels
from pushforward.net.neurons import Neurons
from pushforward.net.stamps import stamp
from pushforward.net.verify import verified_way
from pushforward.net.ways import Forward, Way, pull


class Runner:
    """Everything that one input fixes: its moving parts, its fixed parts, and the way that works."""

    def __init__(self, net: Neurons, x: object):
        self.net, self.x = net, x
        parts = structure.leaves(x)
        # clones: a view would make forward AD allocate a tangent as large as its whole base
        self.primals = tuple(t[None].clone() for t in parts.values() if t.is_floating_point())
        self.fixed = tuple(t[None].clone() for t in parts.values() if not t.is_floating_point())
        self.way: Way = verified_way(net, x)

    def push(self, rows: Tensor, *, width: int) -> Tensors:
        """J times up to `width` tangents, layer by layer.  (c d) -> (c 1 size) each"""
        if not isinstance(self.way, Forward):
            with differentiable_kernels():
                return self._eager(self.primals, self.fixed, self._split(rows))
        c, d = rows.shape
        if c < width:  # a last chunk that keeps the shape of the others needs no program of its own
            rows = torch.cat([rows, rows.new_zeros(width - c, d)])
        parts = self.net.programs.run(self._eager, (self.primals, self.fixed, self._split(rows)), self._constants)
        return parts if c == width else tuple(part[:c] for part in parts)

    @cached_property
    def _constants(self) -> dict[object, object]:
        """What a traced program takes for granted: the model as it is, and what in the input is no tensor."""
        return {**stamp(self.net.model), "input": structure.skeleton(self.x)}

    def pull(self, neurons: Tensor) -> Tensor:
        """Rows of J.  (c,) -> (c, d)"""
        one_hot = self.primals[0].new_zeros(len(neurons), len(self.net))
        one_hot[torch.arange(len(neurons)), neurons] = 1
        sizes = [layer.size for layer in self.net.table]
        cotangents = tuple(u[:, None] for u in one_hot.split(sizes, 1))
        with differentiable_kernels():
            parts = pull(self.way, lambda *p: self._record(p, self.fixed), self.primals, cotangents)
        return torch.cat([part.reshape(len(neurons), -1) for part in parts], 1)

    def _split(self, rows: Tensor) -> Tensors:
        sizes = [p.numel() for p in self.primals]
        return tuple(t.reshape(-1, *p.shape) for t, p in zip(rows.split(sizes, 1), self.primals, strict=True))

    def _eager(self, primals: Tensors, fixed: Tensors, tangents: Tensors) -> Tensors:
        return self.way.push(lambda *p: self._record(p, fixed), primals, tangents)

    def _record(self, primals: Tensors, fixed: Tensors) -> Tensors:
        moving, still = iter(primals), iter(fixed)
        batch = structure.rebuild(self.x, lambda _, t: next(moving) if t.is_floating_point() else next(still))
        return tuple(self.net.record(batch))
