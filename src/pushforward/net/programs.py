"""The traced pushes of one network: traced once that pays, checked, and forgotten when the model changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pushforward.net.kernels import differentiable_kernels
from pushforward.net.program import TangentPush, Tensors, trace
from pushforward.rng import generator, normal

log = logging.getLogger(__name__)
# Pushes of one shape that run eagerly before tracing (0.3–2 s) can pay.
WARM_UP = 2
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
            out = eager(*args)
            slot.runs += 1
            if slot.runs > WARM_UP and not slot.hopeless:
                try:
                    slot.program = _checked_program(eager, args)
                except Exception as reason:  # whatever cannot be traced runs eagerly, with the same result
                    self._give_up(slot, reason)
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


def _checked_program(eager: Callable[..., Tensors], args: Arguments) -> TangentPush:
    """A program that agrees with the eager push at an input far from the one at which it was traced."""
    program, (primals, fixed, tangents) = trace(eager, *args), args
    draws = generator(0)
    far = tuple(normal(p.shape, seed=draws).to(p) * (p.abs().max() + 1) - 2 * p for p in primals)
    for a, b in zip(program(far, fixed, tangents), eager(far, fixed, tangents), strict=True):
        if not torch.allclose(a, b, rtol=1e-3, atol=1e-5 * float(b.abs().max()), equal_nan=True):
            raise ValueError("at another input the program gives something else")
    return program
