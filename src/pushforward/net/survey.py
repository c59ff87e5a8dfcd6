"""What passes over two and three inputs show of a model that starts at one of its layers."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import torch
from torch import nn

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net import checks
from pushforward.net.calls import Call, Forward, Output, Survey, intercepted, output_of, tensors_in
from pushforward.net.kernels import countable, differentiable_kernels, slow_path
from pushforward.net.prefix import Prefix, needs, steps_before
from pushforward.net.recorder import Recorder
from pushforward.net.stamps import restored


@dataclass(frozen=True)
class Plan:
    """How the starts' outputs are put together, and what runs before the first of them."""

    starts: Mapping[str, Output]
    prefix: Prefix
    double: bool
    """Whether the starts give numbers of double precision."""
    channels_first: bool
    """Whether channels come first in what the first start gives."""


def plan(model: nn.Module, starts: tuple[str, ...], x: object) -> Plan:
    """How the model runs at one input (without batch axis).

    Raises `BadInput` for a start that does not run once, or gives no floating-point numbers for each input.
    """
    two, first, channels_first = _surveyed(model, starts, structure.batch(x, 2))
    three = _surveyed(model, starts, structure.batch(x, 3))[0]
    outputs, double = dict[str, Output](), False
    for path in starts:
        small, large = (next(call.output for call in calls if call.path == path) for calls in (two, three))
        output = output_of(small, large)
        tensors = tensors_in(small)
        if isinstance(output, str) or None in output.axes or not any(t.is_floating_point() for t in tensors):
            why = output if isinstance(output, str) else "it returns no floating-point numbers for each input"
            raise BadInput(f"`start={path!r}`: {why}. Start from a module inside it, or from the next one.")
        outputs[path], double = output, double or any(t.dtype == torch.float64 for t in tensors)
    prefix = Prefix(steps_before(two, three, first))
    return Plan(outputs, _needs(model, starts, prefix, x) if prefix.skips else Prefix(()), double, channels_first)


def _surveyed(model: nn.Module, starts: tuple[str, ...], x: object) -> tuple[list[Call], int, bool]:
    """All calls of a pass, which of them is the first start, and whether channels were first there."""
    survey, recorder, channels_first = Survey(), Recorder(lambda _name, _default: False), list[bool]()

    def handler(path: str, forward: Forward, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        output = survey(path, forward, args, kwargs)
        if path in starts:
            channels_first.append(recorder.channels_first)
        return output

    with quiet(model), recorder.watching(model), intercepted(dict(model.named_modules()), handler):
        run(model, x)
    paths = [call.path for call in survey.calls]
    for path in starts:
        if (n := paths.count(path)) != 1:
            raise BadInput(f"`start={path!r}` ran {n} times on this input; a module that runs once is needed.")
    return survey.calls, min(paths.index(path) for path in starts), channels_first[0]


def _needs(model: nn.Module, starts: tuple[str, ...], prefix: Prefix, x: object) -> Prefix:
    with quiet(model):
        try:
            needed = needs(prefix, model, starts, lambda: run(model, structure.batch(x, 2)))
        except torch.OutOfMemoryError:
            raise
        except Exception:  # an operation that cannot be followed: everything runs
            return Prefix(())
    return replace(prefix, needed=needed)


def run(model: nn.Module, x: object) -> object:
    """What the model gives for a batch, which stays as it is, and so do the buffers."""
    inputs = structure.rebuild(x, lambda _, t: t.clone())
    return checks.call(model, inputs, {k: b.clone() for k, b in model.named_buffers()})


@contextmanager
def quiet(model: nn.Module) -> Iterator[None]:
    """Without gradients, fused kernels and traces in the model."""
    with ExitStack() as stack:
        for context in (countable(), torch.no_grad(), differentiable_kernels(), slow_path(), restored(model)):
            stack.enter_context(context)
        yield
