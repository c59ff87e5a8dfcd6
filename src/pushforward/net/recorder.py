"""Watches one forward pass of any `nn.Module` and records the activations that are asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from pushforward.errors import NotDifferentiable
from pushforward.net.calls import Ended
from pushforward.net.inner import Asked, Inner
from pushforward.net.operations import ACTIVATIONS, BROKEN, CHANNELS_FIRST, CHANNELS_LAST, RANDOM, OperationMode

HALF = (torch.bfloat16, torch.float16)
WHOLE = (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)


class Entry(NamedTuple):
    """One recorded tensor: its unique name, its value (batch included) and where its channels are."""

    name: str
    value: Tensor
    channels_first: bool
    version: int
    kind: str = ""
    """`heads`, `pattern` or `residual`, where it is no module's output."""
    heads: int = 0
    """How many heads its channels belong to, one head after the other; 0 where they belong to none."""

    @property
    def overwritten(self) -> bool:
        """Whether the network has written into this tensor since."""
        return self.version != version(self.value)


class _Frame:
    """One running module: its name, and whether an activation function ran in it whose result is the module's own."""

    def __init__(self, path: str, module: nn.Module | None):
        self.path, self.activated = path, False
        self.is_activation = module is not None and bool(path) and _is_activation(module)


class Recorder(OperationMode):
    """Records activations by functions and by modules while it is active.

    `wants(name, is_default)` decides what is recorded. `is_default` holds for outputs of activation
    functions and of recurrent modules. Operations that make a Jacobian meaningless raise at once.
    Entries named in `copy` are cloned, because the network overwrites them later; those named in `edit` are
    replaced in the network itself by what `edit[name]` makes of them. `asked` asks for what no module gives. The output
    of module `last` is recorded by default, and the pass ends (`Ended`) once all of `until` are recorded. While
    `paused`, calls are only counted.
    """

    def __init__(
        self,
        wants: Callable[[str, bool], bool],
        *,
        copy: frozenset[str] = frozenset(),
        edit: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
        asked: Asked | None = None,
        last: str | None = None,
        until: frozenset[str] = frozenset(),
    ):
        super().__init__()
        self.wants, self.copy, self.edit, self.asked = wants, copy, edit or {}, asked
        self.last, self.until, self.paused = last, until, False
        self.entries: list[Entry] = []
        self.names: list[str] = []
        self.suspects: list[str] = []
        self.unseen: list[tuple[str, str]] = []
        """What would be recorded by default but cannot be, and why."""
        self.activated = False
        """Whether anything that is recorded by default ran."""
        self.numbers = 0
        """How many numbers all operations gave together: what a pass through the network may hold."""
        self.coarsest: torch.dtype | None = None
        """The half precision that an operation gave, if any did."""
        self.channels_first = False
        self.heads: dict[str, int] = {}
        """How many heads each attention has, if heads or patterns are asked for."""
        self._frames = [_Frame("", None)]
        self._inner: Inner | None = None
        self._calls: Counter[str] = Counter()

    def operation(self, func: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Run one operation of the network."""
        # relu_ is relu, __gt__ is gt, and the operations of exported modules are relu.default
        name = getattr(func, "__name__", "").split(".")[0].strip("_")
        frame = self._frames[-1]
        if name in RANDOM or name in ("batch_norm", "scaled_dot_product_attention"):
            statistics = 3 if func is torch.batch_norm else 1  # torch and torch.nn.functional differ in their order
            _refuse_training(name, frame.path, statistics, args, kwargs)
        result = func(*args, **kwargs)
        if isinstance(result, Tensor):
            self.numbers += result.numel()
            if result.dtype in HALF:
                self.coarsest = result.dtype
        if name in ACTIVATIONS and isinstance(result, Tensor):
            if frame.is_activation:
                frame.activated = True  # the module's output is what counts: Swish is x · sigmoid(x)
            else:
                result = self._record(f"{frame.path}.{name}" if frame.path else name, result, is_default=True)
        elif name in BROKEN or _counts(result, args):
            self.suspects.append(f"`{name}` in `{frame.path or 'the model'}`")
        elif name in CHANNELS_FIRST or name in CHANNELS_LAST:
            self.channels_first = name in CHANNELS_FIRST
        return result if self._inner is None else self._inner.operation(name, func, args, kwargs, result, frame.path)

    def _record(self, name: str, value: Tensor, *, is_default: bool) -> Tensor:
        """Record a value if it is wanted, and give what the network is to go on with."""
        self._calls[name] += 1
        unique = name if self._calls[name] == 1 else f"{name}#{self._calls[name]}"
        if self.paused:
            return value
        self.activated |= is_default
        is_default = is_default or unique == self.last
        self.names.append(unique)
        if is_default and not value.is_floating_point():
            self.unseen.append((unique, f"it is of {str(value.dtype)[6:]}"))
        return self._keep(unique, value, wanted=self.wants(unique, is_default))

    def _keep(self, name: str, value: Tensor, kind: str = "", *, heads: int = 0, wanted: bool = True) -> Tensor:
        if self.paused:
            return value
        if name in self.edit:
            value = self.edit[name](value)
        if wanted and value.is_floating_point():
            snapshot = value.clone() if name in self.copy else value
            first = kind == "pattern" or (kind != "heads" and self.channels_first)
            self.entries.append(Entry(name, snapshot, first, version(snapshot), kind, heads))
            if self.until and self.until <= {entry.name for entry in self.entries}:
                raise Ended
        return value

    def enter(self, path: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A module starts. Gives new arguments if they are edited."""
        self._frames.append(_Frame(path, module))
        if self._inner is None:
            return None
        parts = [part for part in (*args, *kwargs.values()) if isinstance(part, Tensor | tuple | list)]
        new = self._inner.enter(path, module, [t for part in parts for _, t in tensors(part)])
        return None if new is None else _replaced((args, kwargs), *new)

    def leave(self, path: str, module: nn.Module, output: object) -> object:
        """A module has ended: its (first) output may be wanted under its own name. Gives a new output if edited."""
        frame, (_, value) = self._frames.pop(), next(tensors(output), ("", None))
        if value is None or not path:
            return None
        new, last = value, next((e for e in reversed(self.entries) if not e.kind), None)
        if frame.activated:
            new = self._record(path, value, is_default=True)
        elif last is None or last.value is not value or last.overwritten:  # as a Sequential's last would be
            new = self._record(path, value, is_default=isinstance(module, RECURRENT))
        if self._inner is not None:
            new = self._inner.leave(path, new)
        return None if new is value else _replaced(output, value, new)

    def _close(self, inner: Inner) -> None:
        """Leave out what has failed a check."""
        self.unseen += inner.close()
        self.entries = [e for e in self.entries if not (e.kind and inner.doubtful(e.name))]
        self.names += [name for name in inner.names if not inner.doubtful(name)]
        heads = {} if inner.attention is None else inner.attention.heads
        self.heads = {name: count for name, count in heads.items() if not inner.doubtful(name)}

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator["Recorder"]:
        """Active on `model` inside the `with` block; every hook is gone after it."""
        asked = self.asked
        inner = self._inner = Inner(asked, model, self._keep, self.edit) if asked and asked.patterns else None
        with ExitStack() as stack:
            for path, module in model.named_modules():
                enter = lambda m, args, kwargs, path=path: self.enter(path, m, args, kwargs)  # noqa: E731
                leave = lambda m, _i, out, path=path: self.leave(path, m, out)  # noqa: E731
                stack.callback(module.register_forward_pre_hook(enter, with_kwargs=True).remove)
                stack.callback(module.register_forward_hook(leave).remove)
            stack.enter_context(self)
            yield self
        if inner is not None:
            self._close(inner)


def _counts(result: object, args: tuple[object, ...]) -> bool:
    """Whether whole numbers were made of others, as by `x.to(torch.int8)`."""
    if not isinstance(result, Tensor) or result.dtype not in WHOLE:
        return False
    return any(isinstance(a, Tensor) and a.is_floating_point() for a in args)


def tensors(output: object, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """The tensors in whatever a module returned, in order, each with its key: `logits`, `hidden.0`, "" if alone."""
    if isinstance(output, Tensor):
        yield name, output
        return
    parts: Iterable[tuple[object, object]] = ()
    if isinstance(output, Mapping):
        parts = output.items()
    elif isinstance(output, tuple | list):
        parts = enumerate(output)
    elif is_dataclass(output):
        parts = [(field.name, getattr(output, field.name)) for field in fields(output)]
    elif hasattr(output, "__dict__") and not isinstance(output, nn.Module | type):  # a namespace, a distribution
        parts = [(key, part) for key, part in vars(output).items() if isinstance(part, Tensor | tuple | list | Mapping)]
    for key, value in parts:
        yield from tensors(value, f"{name}.{key}" if name else str(key))


def _replaced(output: object, old: Tensor, new: Tensor) -> object:
    """What a module returned with one tensor replaced."""
    kind = cast("Callable[..., object]", type(output))
    if output is old:
        return new
    if isinstance(output, tuple) and hasattr(output, "_fields"):
        return kind(*(_replaced(part, old, new) for part in output))
    if isinstance(output, tuple | list):
        return kind(_replaced(part, old, new) for part in output)
    if isinstance(output, Mapping):
        return kind({key: _replaced(part, old, new) for key, part in output.items()})
    return output


def _is_activation(module: nn.Module) -> bool:
    """Whether a module is nothing but an activation function: PyTorch's own, or any leaf without weights."""
    if any(True for _ in module.children()):
        return False
    return type(module).__module__ == "torch.nn.modules.activation" or not module._parameters


def version(t: Tensor) -> int:
    """How often t has been written in place; −1 where that is not counted."""
    try:
        return t._version
    except RuntimeError:  # inference tensors do not count
        return -1


def _refuse_training(name: str, path: str, statistics: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise if this call depends on the rest of the batch (argument `statistics` is None) or on chance."""
    where = f"`{path or 'the model'}`"
    if name == "scaled_dot_product_attention":
        name, args, kwargs = "attention dropout", (), {"p": kwargs.get("dropout_p", args[4] if len(args) > 4 else 0)}
    if name == "batch_norm":
        training = kwargs.get("training", args[5] if len(args) > 5 else False)
        mean = kwargs.get("running_mean", args[statistics] if len(args) > statistics else None)
        if training or mean is None:
            raise NotDifferentiable(
                f"batch normalisation in {where} uses the statistics of the batch, which couples its samples. "
                "Call `model.eval()` first (and keep `track_running_stats=True`)."
            )
        return
    live = kwargs.get("training", args[2] if len(args) > 2 else not name.endswith("alpha_dropout"))
    if live and kwargs.get("p", args[1] if len(args) > 1 else 0.5) > 0:
        raise NotDifferentiable(
            f"{name} in {where} is live, so the network is random. Call `model.eval()` first; a function needs the "
            "flag: `F.dropout(x, training=self.training)`."
        )
