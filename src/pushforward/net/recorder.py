"""Watches one forward pass of any `nn.Module` and keeps the activations that were asked for."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from pushforward.errors import NotDifferentiable

# Every elementwise nonlinearity of torch.nn.functional, as a module, a function or a method.
ACTIVATIONS = frozenset(
    [
        "celu",
        "elu",
        "gelu",
        "glu",
        "hardshrink",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "leaky_relu",
        "logsigmoid",
        "log_sigmoid",
        "mish",
        "prelu",
        "relu",
        "relu6",
        "rrelu",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "softshrink",
        "softsign",
        "tanh",
        "tanhshrink",
        "threshold",
    ]
)
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
RANDOM = frozenset(["dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"])
BROKEN = frozenset(
    [
        "argmax",
        "argmin",
        "argsort",
        "bernoulli",
        "bucketize",
        "ceil",
        "detach",
        "floor",
        "frac",
        "heaviside",
        "histc",
        "multinomial",
        "one_hot",
        "round",
        "searchsorted",
        "sign",
        "trunc",
    ]
)
# Which axis holds the channels is decided by the last operation that mixes them.
CHANNELS_FIRST = frozenset(
    [
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
        "batch_norm",
        "group_norm",
    ]
)
CHANNELS_LAST = frozenset(
    [
        "linear",
        "layer_norm",
        "rms_norm",
        "embedding",
        "multi_head_attention_forward",
        "lstm",
        "gru",
        "rnn_tanh",
        "rnn_relu",
    ]
)


class Entry(NamedTuple):
    """One recorded tensor: its unique name, its value (batch included) and where its channels are."""

    name: str
    value: Tensor
    channels_first: bool
    version: int
    is_default: bool


class Recorder(TorchFunctionMode):
    """Records activations by functions and by modules while it is active.

    `wanted(name, is_default)` decides what is kept. `is_default` holds for outputs of activation
    functions and of recurrent modules. Operations that make a Jacobian meaningless raise at once.
    """

    def __init__(self, wanted: Callable[[str, bool], bool], *, copy: frozenset[str] = frozenset()):
        super().__init__()
        self.wanted, self.copy = wanted, copy
        self.entries: list[Entry] = []
        self.suspects: list[str] = []
        self.names: list[str] = []
        self.numbers = 0
        """How many numbers all operations gave together: what a pass through the network may hold."""
        self._path = [""]
        self._calls: Counter[str] = Counter()
        self._channels_first = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "").removesuffix("_")
        kwargs = kwargs or {}
        if name in RANDOM or name == "batch_norm":
            _refuse_training(name, self._path[-1], args, kwargs)
        result = func(*args, **kwargs)
        if isinstance(result, Tensor):
            self.numbers += result.numel()
        if name in ACTIVATIONS and isinstance(result, Tensor):
            self._keep(self._function_name(name), result, is_default=True)
        elif name in BROKEN:
            self.suspects.append(f"`{name}` in `{self._path[-1] or 'the model'}`")
        elif name in CHANNELS_FIRST or name in CHANNELS_LAST:
            self._channels_first = name in CHANNELS_FIRST
        return result

    def _function_name(self, function: str) -> str:
        """`act` for a module that is an activation, `block.relu` for a function called inside `block`."""
        path, module = self._path[-1], self._modules.get(self._path[-1])
        if module is not None and type(module).__module__ == "torch.nn.modules.activation":
            return path or function
        return f"{path}.{function}" if path else function

    def _keep(self, name: str, value: Tensor, *, is_default: bool) -> None:
        self._calls[name] += 1
        unique = name if self._calls[name] == 1 else f"{name}#{self._calls[name]}"
        self.names.append(unique)
        if self.wanted(unique, is_default) and value.is_floating_point():
            kept = value.clone() if unique in self.copy else value
            self.entries.append(Entry(unique, kept, self._channels_first, _version(kept), is_default))

    def enter(self, path: str) -> None:
        """A module starts."""
        self._path.append(path)

    def leave(self, path: str, module: nn.Module, output: Any) -> None:
        """A module has ended: its (first) output may be wanted under its own name."""
        self._path.pop()
        value = next(tensors(output), None)
        activation = type(module).__module__ == "torch.nn.modules.activation" and not isinstance(
            module, nn.MultiheadAttention | nn.Softmax | nn.Softmax2d | nn.LogSoftmax | nn.Softmin
        )
        if value is not None and path and not activation and not any(e.value is value for e in self.entries[-1:]):
            self._keep(path, value, is_default=isinstance(module, RECURRENT))

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator["Recorder"]:
        """Active on `model` inside the `with` block; every hook is gone after it."""
        self._modules = dict(model.named_modules())
        with ExitStack() as stack:
            for path, module in self._modules.items():
                enter = lambda _m, _i, path=path: self.enter(path)  # noqa: E731
                leave = lambda m, _i, out, path=path: self.leave(path, m, out)  # noqa: E731
                stack.callback(module.register_forward_pre_hook(enter).remove)
                stack.callback(module.register_forward_hook(leave).remove)
            stack.enter_context(self)
            yield self


def tensors(output: Any) -> Iterator[Tensor]:
    """The tensors in whatever a module returned, in order."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, dict):
        for value in output.values():
            yield from tensors(value)
    elif isinstance(output, tuple | list):
        for value in output:
            yield from tensors(value)


def _version(t: Tensor) -> int:
    """How often t has been written in place; −1 where that is not counted."""
    try:
        return t._version
    except RuntimeError:  # inference tensors do not count
        return -1


def _refuse_training(name: str, path: str, args: Any, kwargs: Any) -> None:
    """Raise if this call depends on the rest of the batch or on chance."""
    where = f"`{path or 'the model'}`"
    if name == "batch_norm":
        training = kwargs.get("training", args[5] if len(args) > 5 else False)
        statistics = kwargs.get("running_mean", args[1] if len(args) > 1 else None)
        if training or statistics is None:
            raise NotDifferentiable(
                f"batch normalisation in {where} uses the statistics of the batch, which couples its samples. "
                "Call `model.eval()` first (and keep `track_running_stats=True`)."
            )
        return
    live = kwargs.get("training", args[2] if len(args) > 2 else not name.endswith("alpha_dropout"))
    if live and kwargs.get("p", args[1] if len(args) > 1 else 0.5) > 0:
        raise NotDifferentiable(
            f"{name} in {where} is live, so the network is random. Call `model.eval()` first, or pass "
            "`training=self.training` to `F.dropout`."
        )
