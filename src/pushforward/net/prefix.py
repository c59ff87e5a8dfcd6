"""What a network computes before the layer it starts from: which calls need not be made again, and what they gave."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from pushforward.net.calls import Call, Forward, Output, intercepted, memory, output_of, tensors_in
from pushforward.net.constants import hidden, outline

Part = tuple[int, int]
"""A tensor that a call gives: the number of its step, and its own in what is returned."""


class Strayed(Exception):
    """The modules did not run in the order of the plan."""


class Step(NamedTuple):
    """A call before the start: of which module, and what it returns if it can be left out; None if it has to run."""

    path: str
    output: Output | None


@dataclass(frozen=True)
class Prefix:
    """The calls before the first start, in order, without those inside calls that are left out."""

    steps: tuple[Step, ...]
    needed: frozenset[Part] = frozenset()
    """What has an effect beyond the calls that are left out."""

    @property
    def skips(self) -> frozenset[str]:
        """The modules whose calls are left out."""
        return frozenset(step.path for step in self.steps if step.output is not None)

    @property
    def names(self) -> frozenset[str]:
        """The names of all that travels with the inputs."""
        return frozenset(
            self.name(number, k)
            for number, step in enumerate(self.steps)
            for k in range(0 if step.output is None else len(step.output.places))
        )

    def name(self, number: int, k: int) -> str:
        """What a part of a step is called."""
        return f"{number} {self.steps[number].path} {k}"

    @property
    def modules(self) -> frozenset[str]:
        """All modules in it."""
        return frozenset(step.path for step in self.steps)

    def kept(self, number: int, parts: list[Tensor]) -> dict[str, object]:
        """What of a step's tensors travels with the inputs: those that are needed, of others the shape."""
        return {
            self.name(number, k): (hidden if (number, k) in self.needed else outline)(t) for k, t in enumerate(parts)
        }


def steps_before(two: list[Call], three: list[Call], first: int) -> tuple[Step, ...]:
    """The plan from the calls of a pass over two inputs and one over three; call `first` is the start."""
    names = [call.path for call in two[:first]]
    if names != [call.path for call in three[:first]]:
        return ()
    later = {call.path for call in two[first:]}
    steps: list[Step] = []
    i = 0
    while i < first:
        call, inside = two[i], two[i : two[i].stop]
        alone = call.stop <= first and call.closed and not later & {c.path for c in inside}
        output = output_of(call.output, three[i].output) if alone else ""
        steps.append(Step(call.path, output if isinstance(output, Output) else None))
        i = call.stop if isinstance(output, Output) else i + 1
    return tuple(steps)


Leave = Callable[[int, Output, Callable[[], object]], object]
"""Stands for a call that is left out: the number of its step, how to put together what it returns, and the call."""
AtStart = Callable[[str, Callable[[], object]], object]
"""Stands for the call of a start: its name, and the call."""


class Walk:
    """Follows the steps of a prefix through a pass, with `leave` for calls that are left out, `start` for starts."""

    def __init__(
        self,
        prefix: Prefix,
        leave: Leave,
        start: AtStart,
        starts: Iterable[str],
    ):
        self.prefix, self.leave, self.start, self.starts = prefix, leave, start, frozenset(starts)
        self.position, self.inside, self.begun = 0, False, False

    def __call__(self, path: str, forward: Forward, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """What a module gives."""
        run = lambda: forward(*args, **kwargs)  # noqa: E731
        if self.inside:
            return run()
        if path in self.starts:
            if not self.begun and self.position < len(self.prefix.steps):
                raise Strayed
            self.begun = True
            return self.start(path, run)
        if self.begun:
            return run()
        if self.position == len(self.prefix.steps) or self.prefix.steps[self.position].path != path:
            raise Strayed
        number, self.position = self.position, self.position + 1
        step = self.prefix.steps[number]
        if step.output is None:
            return run()
        self.inside = True
        try:
            return self.leave(number, step.output, run)
        finally:
            self.inside = False


def needs(prefix: Prefix, model: nn.Module, starts: tuple[str, ...], run: Callable[[], object]) -> frozenset[Part]:
    """What of a prefix is needed, by following its numbers through a pass of the model over two inputs."""
    effects = _Effects()
    walk = Walk(prefix, effects.left_out, lambda _, inside: effects.start(inside), starts)

    def handler(path: str, forward: Forward, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        output = walk(path, forward, args, kwargs)
        if walk.begun and not walk.inside:
            effects.used(output)
        return output

    with intercepted(dict(model.named_modules()), handler), effects:
        effects.used(run())
    return frozenset(effects.needed)


class _Effects(TorchDispatchMode):
    """Follows numbers through all operations of a pass: where they come from, and which ones are needed.

    Needed is what an operation takes after the start, what decides about the flow of the program or the shape of a
    tensor, and what a module or the model returns after the start.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sources: dict[int, frozenset[Part]] = {}
        self.needed: set[Part] = set()
        self._held: list[Tensor] = []  # memory that is not given back is not given to others
        self._off = self._begun = False

    def left_out(self, number: int, _output: Output, run: Callable[[], object]) -> object:
        """Run a call whose inside does not count, and mark what it returns."""
        self._off = True
        try:
            output = run()
        finally:
            self._off = False
        for k, t in enumerate(tensors_in(output)):
            self._mark(t, frozenset([(number, k)]))
        return output

    def start(self, run: Callable[[], object]) -> object:
        """Run the start, whose inside does not count, for another stands in its place."""
        self._off = True
        try:
            # the same numbers elsewhere: what is written there, or read, has nothing to do with what was before
            return pytree.tree_map_only(Tensor, Tensor.clone, run())
        finally:
            self._off, self._begun = False, True

    def used(self, output: object) -> None:
        """What is returned after the start."""
        for t in tensors_in(output):
            self.needed |= self._of(t)

    def __torch_dispatch__(
        self, func: object, types: object, args: tuple[object, ...] = (), kwargs: dict[str, object] | None = None
    ) -> object:
        """Run one operation, and pass marks on."""
        assert isinstance(func, torch._ops.OpOverload)
        taken = [] if self._off else tensors_in(args, kwargs)
        marks = frozenset[Part]().union(*(self._of(t) for t in taken))
        result = func(*args, **(kwargs or {}))
        if marks:
            given = tensors_in(result)
            if self._begun or not given or torch.Tag.dynamic_output_shape in func.tags:
                self.needed |= marks
            for t in (*given, *(taken if func._schema.is_mutable else ())):
                self._mark(t, marks | self._of(t))
        return result

    def _of(self, t: Tensor) -> frozenset[Part]:
        return self.sources.get(memory(t), frozenset())

    def _mark(self, t: Tensor, marks: frozenset[Part]) -> None:
        self.sources[memory(t)] = marks
        self._held.append(t)
