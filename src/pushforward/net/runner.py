"""Pushes tangents through a network at one input, by a traced program as soon as that pays."""

import logging
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pushforward.linear import structure
from pushforward.net.neurons import Neurons
from pushforward.net.program import trace
from pushforward.net.verify import verified_way
from pushforward.net.ways import Forward, Tensors, Way, pull

log = logging.getLogger(__name__)
WARM_UP = 2
"""Pushes of one shape that run eagerly before tracing (0.3–2 s) can pay."""


class Traced(NamedTuple):
    """A program and whether it has agreed with the eager push at a second input."""

    program: Any
    verified: bool


class Runner:
    """Everything that one input fixes: its moving parts, its fixed parts, and the way that works."""

    def __init__(self, net: Neurons, x: Any):
        self.net, self.x = net, x
        parts = structure.leaves(x)
        # clones: a view would make forward AD allocate a tangent as large as its whole base
        self.primals = tuple(t[None].clone() for t in parts.values() if t.is_floating_point())
        self.fixed = tuple(t[None].clone() for t in parts.values() if not t.is_floating_point())
        self.way: Way = verified_way(net, x, self.activations, self.primals)

    def activations(self, *primals: Tensor) -> Tensors:
        """The layers' activations at one input given by its moving parts.  -> (1, size) each"""
        return self._record(primals, self.fixed)

    def push(self, rows: Tensor) -> Tensors:
        """J times tangents, layer by layer.  (c d) -> (c 1 size) each"""
        sizes = [p.numel() for p in self.primals]
        tangents = tuple(t.reshape(-1, *p.shape) for t, p in zip(rows.split(sizes, 1), self.primals, strict=True))
        if not isinstance(self.way, Forward):
            return self.way.push(self.activations, self.primals, tangents)
        return self._fast(tangents)

    def pull(self, neurons: Tensor) -> Tensor:
        """Rows of J by reverse mode.  (c,) -> (c, d)"""
        one_hot = self.primals[0].new_zeros(len(neurons), len(self.net))
        one_hot[torch.arange(len(neurons)), neurons] = 1
        sizes = [layer.size for layer in self.net.table]
        parts = pull(self.activations, self.primals, tuple(u[:, None] for u in one_hot.split(sizes, 1)))
        return torch.cat([part.reshape(len(neurons), -1) for part in parts], 1)

    def _record(self, primals: Tensors, fixed: Tensors) -> Tensors:
        moving, still = iter(primals), iter(fixed)
        x = structure.rebuild(
            self.x, lambda _, t: next(moving).clone() if t.is_floating_point() else next(still).clone()
        )
        return tuple(self.net.record(x))

    def _eager(self, primals: Tensors, fixed: Tensors, tangents: Tensors) -> Tensors:
        return self.way.push(lambda *p: self._record(p, fixed), primals, tangents)

    def _fast(self, tangents: Tensors) -> Tensors:
        args = (self.primals, self.fixed, tangents)
        key = (_weights(self.net), tuple((t.shape, t.dtype, t.device) for part in args for t in part))
        known = self.net.programs.get(key, 0)
        if isinstance(known, Traced) and known.verified:
            return known.program(*args)
        out = self._eager(*args)
        if isinstance(known, int) and known < WARM_UP:
            self.net.programs[key] = known + 1
        elif isinstance(known, int):
            self._trace(key, args)
        elif known.program is not None:
            agrees = all(
                torch.allclose(a, b, rtol=1e-3, atol=1e-5 * float(b.abs().max() + 1e-30))
                for a, b in zip(known.program(*args), out, strict=True)
            )
            self.net.programs[key] = Traced(known.program if agrees else None, agrees)
        return out

    def _trace(self, key: Any, args: tuple[Tensors, Tensors, Tensors]) -> None:
        try:
            program = trace(self._eager, *args)
        except Exception as reason:  # whatever cannot be traced runs eagerly, with the same result
            log.info("this network runs eagerly: it could not be traced (%s)", reason)
            program = None
        for stale in [k for k in self.net.programs if k[0] != key[0]]:
            del self.net.programs[stale]
        self.net.programs[key] = Traced(program, verified=False)


def _weights(net: Neurons) -> int:
    """Changes whenever a weight, a buffer or the mode of the model does: a traced program holds them fixed."""
    tensors = (*net.model.parameters(), *net.model.buffers())
    modes = tuple(m.training for m in net.model.modules())
    return hash((tuple((t.data_ptr(), t._version) for t in tensors), modes))
