"""The traced pushes of one network: traced once that pays, checked, and forgotten when the model changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import torch

from pushforward.net.kernels import differentiable_kernels
from pushforward.net.program import TangentPush, Tensors, trace
from pushforward.progress import stages
from pushforward.rng import generator, normal

log = logging.getLogger(__name__)
# After how many pushes of one shape a trace has paid for itself. Tracing costs 40 to 90 pushes of two directions, and
# each push by the program saves half of one or less, on networks from a small MLP to one of 135 million weights.
PAYS = 100
# Seconds of tracing, at that many pushes, from which on it is shown
LONG, TRACE = 5.0, 30
Arguments = tuple[Tensors, Tensors, Tensors]
"""Moving parts of the input, fixed parts, tangents."""


@dataclass
class _Slot:
    runs: int = 0
    program: TangentPush | None = None
    hopeless: bool = False


class Programs:
    """The traced pushes of one network, by the shapes of their arguments."""

    def __init__(self) -> None:
        self._slots: dict[object, _Slot] = {}
        self._constants: dict[object, object] = {}
        self._coming = 0

    def announce(self, pushes: int) -> None:
        """Say that this many pushes are to come: with enough of them tracing starts at the first."""
        self._coming = max(self._coming, pushes)

    def recount(self) -> None:
        """Count pushes from 0 again, and those to come: tracing starts where it would in a new process."""
        self._coming = 0
        for slot in self._slots.values():
            slot.runs = 0

    def run(self, eager: Callable[..., Tensors], args: Arguments, constants: dict[object, object]) -> Tensors:
        """`eager(*args)`, by a program where there is one; programs end with the `constants` they rest on."""
        if constants != self._constants:
            self._slots, self._constants = {}, constants
        key = tuple((t.shape, t.dtype, t.device) for part in args for t in part)
        slot = self._slots.setdefault(key, _Slot())
        if slot.program is not None:
            try:
                return slot.program(*args)
            except RuntimeError as reason:  # the eager run below says it better, or succeeds
                self._give_up(slot, reason)
        with differentiable_kernels():
            began = perf_counter()
            out = eager(*args)
            seconds = perf_counter() - began
            slot.runs += 1
            if slot.runs + self._coming > PAYS and not slot.hopeless:
                try:
                    with stages("tracing the network", 2, show=TRACE * seconds > LONG) as done:
                        slot.program = _checked_program(eager, args, done)
                except Exception as reason:  # whatever cannot be traced runs eagerly, with the same result
                    self._give_up(slot, reason)
            self._coming = max(0, self._coming - 1)
        return out

    def __reduce__(self) -> tuple[type["Programs"], tuple[()]]:
        return (
            Programs,
            (),
        )  # a copy of a network traces anew: programs hold the weights of their own network

    @property
    def traced(self) -> bool:
        """Whether there is any program."""
        return any(slot.program is not None for slot in self._slots.values())

    @staticmethod
    def _give_up(slot: _Slot, reason: Exception) -> None:
        log.info("this network runs eagerly: it cannot be traced (%s)", reason)
        slot.program, slot.hopeless = None, True


def _checked_program(
    eager: Callable[..., Tensors], args: Arguments, done: Callable[[], object] = lambda: None
) -> TangentPush:
    """A program that agrees with the eager push at an input far from the one at which it was traced."""
    program, (primals, fixed, tangents) = trace(eager, *args), args
    done()
    draws = generator(0)
    far = tuple(normal(p.shape, seed=draws).to(p) * (p.abs().max() + 1) - 2 * p for p in primals)
    for a, b in zip(program(far, fixed, tangents), eager(far, fixed, tangents), strict=True):
        if not torch.allclose(a, b, rtol=1e-3, atol=1e-5 * float(b.abs().max()), equal_nan=True):
            raise ValueError("at another input the program gives something else")
    return program
