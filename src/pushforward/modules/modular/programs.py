"""Traced pushes that get the weights as arguments, so that they stay right while a network is trained."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from pushforward.errors import NotDifferentiable, PushforwardError
from pushforward.linear import Tensors
from pushforward.net import TangentPush, first_line, trace
from pushforward.rng import generator, normal

# Pushes of one shape that run eagerly before tracing can pay
WARM_UP = 2
Arguments = tuple[Tensors, Tensors, Tensors]
"""Moving parts of the input, fixed parts and weights, tangents."""


class Underivable(Exception):
    """The derivatives of a network cannot be differentiated again; says why, in one line."""


@dataclass
class _Entry:
    runs: int = 0
    program: TangentPush | None = None
    hopeless: bool = False


@dataclass
class Programs:
    """The traced pushes of one network, by the shapes of their arguments; none if `tracing` is off."""

    entries: dict[object, _Entry] = field(default_factory=dict)
    constants: dict[object, object] = field(default_factory=dict)
    tracing: bool = True

    def run(self, eager: TangentPush, args: Arguments, constants: dict[object, object], *, traceable: bool) -> Tensors:
        """`eager(*args)`, by a program where there is one; programs end with the `constants` of their tracing.

        Raises `Underivable` the first time that the result should have a gradient and cannot.
        """
        if constants != self.constants:
            self.entries, self.constants = {}, constants
        key = (torch.is_grad_enabled(), *((t.shape, t.dtype, t.device) for part in args for t in part))
        entry = self.entries.setdefault(key, _Entry())
        if entry.program is not None:
            return entry.program(*args)
        out = eager(*args)
        if entry.runs == 0 and torch.is_grad_enabled():
            try:
                _gradients(out, args[1])
            except PushforwardError:
                raise
            except (NotImplementedError, RuntimeError) as reason:
                raise Underivable(first_line(reason)) from reason
        entry.runs += 1
        if entry.runs > WARM_UP and traceable and self.tracing and not entry.hopeless:
            entry.program = _traced(eager, args, out)
            entry.hopeless = entry.program is None
        return out


def _gradients(out: Tensors, weights: Tensors) -> list[Tensor | None]:
    """Gradients of a random mixture of the derivatives; raises what an operation without double backward raises."""
    moving = [w for w in weights if w.requires_grad]
    if not moving:
        return []
    draws = generator(0)
    mixture = sum((part * normal(part.shape, seed=draws).to(part)).sum() for part in out if part.requires_grad)
    if not isinstance(mixture, Tensor):
        raise NotDifferentiable(
            "the derivatives of this network do not depend on its weights: nothing can be trained. Is it linear in its "
            "inputs with frozen weights, or does it run under `torch.no_grad`?"
        )
    return list(torch.autograd.grad(mixture, moving, retain_graph=True, allow_unused=True))


def _traced(eager: TangentPush, args: tuple[Tensors, Tensors, Tensors], out: Tensors) -> TangentPush | None:
    """A traced push whose values and gradients are those of the eager one; None where there is none."""
    try:
        with torch.no_grad():
            program = trace(eager, *(tuple(t.detach() for t in part) for part in args))
        again = program(*args)
        pairs: list[tuple[Tensor | None, Tensor | None]] = [*zip(again, out, strict=True)]
        if torch.is_grad_enabled():
            pairs += zip(_gradients(again, args[1]), _gradients(out, args[1]), strict=True)
        return program if all(_alike(a, b) for a, b in pairs) else None
    except Exception:  # whatever cannot be traced runs eagerly, with the same result
        return None


def _alike(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return (a is None or not a.any()) and (b is None or not b.any())
    return torch.allclose(a, b, rtol=1e-2, atol=1e-4 * float(b.detach().abs().max()))
