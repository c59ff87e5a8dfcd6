"""The part of a network between the modules it starts from and the one it ends at, as a function of activations."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import torch
from torch import Tensor, nn
from torch._C._functorch import peek_interpreter_stack

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net import checks
from pushforward.net.binding import alike
from pushforward.net.calls import Ended, Handler, Output, intercepted
from pushforward.net.constants import fixed, shown
from pushforward.net.double import Double
from pushforward.net.positions import Positions
from pushforward.net.prefix import AtStart, Leave, Prefix, Strayed, Walk
from pushforward.net.recorder import Entry, Recorder
from pushforward.net.stamps import Stamp, stamp
from pushforward.net.survey import Plan, plan, quiet, run

Start = str | tuple[str, ...] | None
Batch = dict[str, object]
Seen = tuple[list[Entry], Recorder]
"""What one pass recorded."""
KEYS = {"embedding", "original"}
# Inputs that are run together and alone to see whether rows of activations are inputs
PROVED = 8


class Stretch:
    """A model from `start` on, up to `stop`; the whole of it where both are None."""

    def __init__(self, double: Double, start: object, stop: object):
        self.double = double
        self.starts, self.stop = checks.ends(double.original, start, stop)
        self.ended = False
        """Whether the last pass ended before the end of the model."""
        self._plan: Plan | None = None
        self._proof: Stamp | None = None
        """What the modules that are left out were when that proved right; None: nothing is left out."""
        self._alone = self._rows_known = False

    @property
    def model(self) -> nn.Module:
        """What passes run on."""
        return self.double.twin

    # -- inputs --------------------------------------------------------------------------------

    def embed(self, x: object, positions: Positions) -> Batch:
        """See `Neurons.embed`."""
        if not self.starts:
            raise BadInput(
                f"`net.embed`: say where to start, `Neurons(model, start=...)`: {checks.embeddings_of(self.model)}."
            )
        if (n := structure.length(x)) == 0:
            raise BadInput("`net.embed(x)`: the batch is empty; give at least one input.")
        self._planned(x)
        whole = None if self._alone else self._embedded(x, positions)
        if n > 1 and not self._rows_known:
            some = structure.rebuild(x, lambda _, t: t[:: max(1, len(t) // PROVED)][:PROVED])
            self._alone = not _same(self._embedded(some, positions), self._singly(some, positions))
            self._rows_known = True
        return self._singly(x, positions) if whole is None or (self._alone and n > 1) else whole

    def _singly(self, x: object, positions: Positions) -> Batch:
        rows = [
            self._embedded(structure.rebuild(x, lambda _, t, i=i: t[i : i + 1]), positions)
            for i in range(structure.length(x))
        ]
        leaves = [structure.leaves(row) for row in rows]
        if any(checks.shapes_of(row) != checks.shapes_of(rows[0]) for row in rows):
            raise BadInput(
                f"{self._said}: its output has another shape for each input, so they are no batch. Start from another "
                "module, or embed them one by one."
            )
        return structure.rebuild(rows[0], lambda name, _: torch.cat([parts[name] for parts in leaves]))

    def _embedded(self, x: object, positions: Positions) -> Batch:
        """What the starts give, and what runs before them, from one pass that ends there."""
        prefix = self._planned(x).prefix
        try:
            parts, constants = self._collected(x, prefix)
        except Strayed:  # other modules ran than in the plan: none is left out
            parts, constants = self._collected(x, Prefix(()))
        if missing := [path for path in self.starts if path not in parts]:
            raise BadInput(f"`start={missing[0]!r}` ran 0 times on this input; a module that runs once is needed.")
        batch: Batch = {
            "embedding": parts[self.starts[0]] if len(parts) == 1 else {path: parts[path] for path in self.starts},
            "original": x if isinstance(x, dict) else {"input": x},
        }
        positions.check(batch)
        batch["original"] = fixed(batch["original"])
        return {**batch, "constants": constants} if set(constants) == prefix.names and constants else batch

    def _collected(self, x: object, prefix: Prefix) -> tuple[dict[str, object], dict[str, object]]:
        n, parts, constants = structure.length(x), dict[str, object](), dict[str, object]()

        def leave(number: int, output: Output, call: Callable[[], object]) -> object:
            value = call()
            tensors = output.parts(value, n)
            if tensors is not None:
                constants.update(prefix.kept(number, [t.clone() for t in tensors]))
            return value

        def start(path: str, call: Callable[[], object]) -> object:
            if torch.is_grad_enabled() or peek_interpreter_stack() is not None:
                raise BadInput(
                    f"`start={path!r}` runs inside a part that the model itself differentiates, so its output cannot "
                    "be replaced. Start before that part, or from what comes after it."
                )
            value = call()
            tensors = self._planned(x).starts[path].parts(value, n)
            if tensors is None:
                raise BadInput(
                    f"`start={path!r}`: what it returns is put together otherwise for these inputs than for the first. "
                    "Make another `Neurons` for them."
                )
            copies = tuple(t.detach().clone() for t in tensors)
            parts[path] = copies[0] if len(copies) == 1 else copies
            if len(parts) == len(self.starts):
                raise Ended
            return value

        handler = _handler(prefix, leave, start, self.starts)
        with self.double.alone() as model, suppress(Ended), quiet(model), intercepted(self._modules(prefix), handler):
            run(model, x)
        return parts, constants

    # -- passes --------------------------------------------------------------------------------

    def run(self, x: object, weights: Mapping[str, Tensor], recorder: Recorder | None, *, short: bool) -> object:
        """What the model gives for a batch; None if the pass ended before. `short`: without what the batch holds of it.

        Raises `Strayed` if the model does not what it did when it was looked at.
        """
        self.ended, begun = False, list[str]()
        with self._stopping():
            try:
                if self.starts:
                    return self._from(x, weights, recorder, begun, short=short)
                return checks.call(self.model, x, weights)
            except Ended:
                self.ended = True
        late = next((path for path in self.starts if path not in begun), None)
        if late is not None:
            raise BadInput(
                f"`stop={self.stop!r}` ends before `start={late!r}` has run. Choose a stop after it; "
                "of a module that runs several times, `name#2` is the second run."
            )
        return None

    def _from(
        self, x: object, weights: Mapping[str, Tensor], recorder: Recorder | None, begun: list[str], *, short: bool
    ) -> object:
        if not (isinstance(x, dict) and set(x) - {"constants"} == KEYS):
            raise BadInput(f"this network starts from {', '.join(map(repr, self.starts))}: pass `net.embed(x)`, not x.")
        known, parts = self._planned(self._original(x)), self._parts(x["embedding"])
        double = not known.double and any(t.dtype == torch.float64 for ts in parts.values() for t in ts)
        constants = structure.leaves(shown(x["constants"], double=double)) if short and self._fits(x) else {}
        prefix = known.prefix if constants else Prefix(())

        def leave(number: int, output: Output, _call: object) -> object:
            names = [prefix.name(number, k) for k in range(len(output.places))]
            return output.whole([constants[name] for name in names])

        def start(path: str, _call: object) -> object:
            if path in begun:
                raise BadInput(f"`start={path!r}` ran 2 times on this input; a module that runs once is needed.")
            if recorder is not None and not begun:
                recorder.paused, recorder.channels_first = False, known.channels_first
            begun.append(path)
            return known.starts[path].whole(parts[path])

        if recorder is not None:
            recorder.paused = True
        with intercepted(self._modules(prefix), _handler(prefix, leave, start, self.starts)):
            return checks.call(self.model, self._original(x, double=double), weights)

    def _original(self, x: Batch, *, double: bool = False) -> object:
        """What the model takes: the original in the precision of the weights, or in double precision."""
        original = _dict(shown(x["original"], double=double))
        original = original if double else checks.cast(self.model, original)
        return original["input"] if set(original) == {"input"} else original

    def _parts(self, embedding: object) -> dict[str, list[Tensor]]:
        """What each start is to give, taken apart."""
        parts = {self.starts[0]: embedding} if len(self.starts) == 1 else embedding
        if not isinstance(parts, dict) or set(parts) != set(self.starts):
            raise BadInput(f"{self._said}: an embedding for each of them is needed, as `net.embed(x)` gives them.")
        return {str(path): list(structure.leaves(part).values()) for path, part in parts.items()}

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Passes end at `stop` inside the `with` block."""
        if self.stop is None:
            yield
            return
        name, _, number = self.stop.partition("#")
        left = int(number or 1)

        def end(_module: object, _inputs: object, _output: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Ended

        handle = self.model.get_submodule(name).register_forward_hook(end)
        try:
            yield
        finally:
            handle.remove()

    # -- what is left out ----------------------------------------------------------------------

    def prove(self, x: object, first_run: Callable[[], Seen]) -> Seen:
        """See whether leaving out what runs before the start records the same at one input x.  -> what counts

        Raises `BadInput` if the pass does not reach `stop`, and whatever the model raises.
        """
        self._proof = None
        if self.starts and isinstance(x, dict) and x.keys() >= KEYS:
            self._planned(self._original(structure.batch(x)))
        constants = self.starts and isinstance(x, dict) and "constants" in x
        whole = first_run()
        if self.stop is not None and not self.ended:
            raise BadInput(
                f"`stop={self.stop!r}` never ran at this input. Choose a module that runs, or leave `stop` away."
            )
        if not constants or self._plan is None:
            return whole
        self._proof = self._stamp(self._plan)
        try:
            short = first_run()
            same = _same_entries(whole[0], short[0])
        except torch.OutOfMemoryError:
            raise
        except Exception:  # whatever a model raises that misses what was left out
            short, same = whole, False
        if not same:
            self.give_up()
        return short if same else whole

    def give_up(self) -> None:
        """Leave nothing out from now on."""
        self._proof = None

    def _fits(self, x: Batch) -> bool:
        """Whether what is before the start can be left out: the model is as it was, and no gradient goes there."""
        known, constants = self._plan, x.get("constants")
        if self._proof is None or known is None or not isinstance(constants, dict):
            return False
        if torch.is_grad_enabled() and peek_interpreter_stack() is None:
            return False  # derivatives by the weights may be wanted
        return set(constants) == known.prefix.names and self._stamp(known) == self._proof

    def _stamp(self, known: Plan) -> Stamp:
        stamps = {path: stamp(self.double.original.get_submodule(path)) for path in sorted(known.prefix.skips)}
        return {(f"{path}.{inner}", name): v for path, s in stamps.items() for (inner, name), v in s.items()}

    def _planned(self, x: object) -> Plan:
        """What runs before the start, as seen at the first of a batch of inputs."""
        if self._plan is None:
            with self.double.alone() as model:
                self._plan = plan(model, self.starts, structure.item(x, 0))
        return self._plan

    def _modules(self, prefix: Prefix) -> dict[str, nn.Module]:
        return {path: self.model.get_submodule(path) for path in (*sorted(prefix.modules), *self.starts)}

    @property
    def _said(self) -> str:
        return f"`start={(self.starts[0] if len(self.starts) == 1 else self.starts)!r}`"


def _handler(prefix: Prefix, leave: Leave, start: AtStart, starts: tuple[str, ...]) -> Handler:
    """What stands for the calls of a pass; where nothing is left out, for the starts alone."""
    if prefix.steps:
        return Walk(prefix, leave, start, starts)
    return lambda path, forward, args, kwargs: start(path, lambda: forward(*args, **kwargs))


def _dict(x: object) -> dict[str, object]:
    assert isinstance(x, dict)
    return x


def _same(a: Batch, b: Batch) -> bool:
    """Whether two embedded batches are the same but for rounding."""
    one, other = structure.leaves(shown(a)), structure.leaves(shown(b))
    if checks.shapes_of(one) != checks.shapes_of(other):
        return False
    pairs = [(t, other[name]) for name, t in one.items() if t.numel()]
    floats = [(p.nan_to_num(), q.nan_to_num()) for p, q in pairs if p.is_floating_point()]
    return all(torch.equal(p, q) for p, q in pairs if not p.is_floating_point()) and all(
        alike([p], [q]) for p, q in floats
    )


def _same_entries(whole: list[Entry], short: list[Entry]) -> bool:
    """Whether two passes recorded the same but for rounding."""
    about = lambda entries: [(e.name, e.channels_first, e.value.shape) for e in entries]  # noqa: E731
    return about(whole) == about(short) and alike([e.value for e in whole], [e.value for e in short])
